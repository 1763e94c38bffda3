"""What later features want settled before an application is decided; each raises a Problem that says what to do first."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from fieldsvc.departments.load import Departments

Gate = Callable[[Session, str, str, Departments], None]
_gates: list[Gate] = []


def before_decision(gate: Gate) -> None:
    """Ask ``gate(session, county, household id, departments)`` at every decision. Registering it again changes nothing."""
    if gate not in _gates:
        _gates.append(gate)


def pass_gates(session: Session, county: str, household_id: str, departments: Departments) -> None:
    for gate in _gates:
        gate(session, county, household_id, departments)
