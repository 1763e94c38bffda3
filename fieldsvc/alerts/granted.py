"""按规定落实 of a programme is aid granted: recorded once, taken back with the step."""

from typing import Any, cast

from sqlalchemy.orm import Session

from fieldsvc.aidchain.aids import ALERT, Grant, grant, taken_back
from fieldsvc.departments.load import Departments
from fieldsvc.kit import clock

from .kinds import Desk
from .models import Alert, Disposal
from .rules import CARRY_OUT
from .undo import UNDOINGS, Undoing


def carried_out(session: Session, desk: Desk, alert: Alert, done_on: Any) -> None:
    """Record what the township carried out, where the alert is about a programme and not an indicator."""
    rule = cast(Departments, desk.departments).rulebook.by_id.get(alert.rule_id)
    if rule is None or rule.is_indicator:
        return
    held = desk.departments.policy.office(desk.jurisdiction, rule.duty)
    grant(session, alert.county_code, Grant(
        alert.household_id, alert.person_id, rule.id, held.office if held else desk.actor.name, ALERT, alert.id,
        starts=done_on or clock.today(), klass=alert.klass))  # fmt: skip


def _take_back(session: Session, alert: Alert, _desk: Desk, _last: Disposal, _reason: str) -> dict[str, Any]:
    taken_back(session, alert.county_code, ALERT, alert.id)
    return {}


UNDOINGS[CARRY_OUT] = Undoing(_take_back)
