"""Every SELECT of simulations."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.households.models import Household, Person

from .models import Simulation, SimulationLine

PART = 5_000


def recent(session: Session, county: str, limit: int = 50) -> list[Simulation]:
    """Newest first."""
    wanted = select(Simulation).where(Simulation.county_code == county)
    return list(session.scalars(wanted.order_by(Simulation.asked_at.desc(), Simulation.id.desc()).limit(limit)))


def lines(session: Session, county: str, simulation_id: str, after: int, limit: int) -> list[SimulationLine]:
    mine = SimulationLine.county_code == county, SimulationLine.simulation_id == simulation_id, SimulationLine.n > after
    return list(session.scalars(select(SimulationLine).where(*mine).order_by(SimulationLine.n).limit(limit)))


def all_lines(session: Session, county: str, simulation_id: str) -> Iterator[SimulationLine]:
    after = 0
    while part := lines(session, county, simulation_id, after, PART):
        yield from part
        after = part[-1].n


def homes(session: Session, county: str) -> dict[str, tuple[str, str, str]]:
    """``{household id: (village code, roster number, name)}`` of the county."""
    columns = Household.id, Household.village_code, Household.ref, Household.name
    rows = session.execute(select(*columns).where(Household.county_code == county))
    return {home: (village, ref or "", name) for home, village, ref, name in rows}


def people(session: Session, county: str) -> dict[str, str]:
    rows = session.execute(select(Person.id, Person.name).where(Person.county_code == county))
    return {person: name for person, name in rows}
