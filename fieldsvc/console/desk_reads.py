"""What the desk (工作台) reads: a page of alerts with names and clocks, counts of its tabs, the choices of its filters."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.queries import regions_below
from fieldsvc.accounts.regions import in_region
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP, WORKERS, Actor
from fieldsvc.alerts import worklist
from fieldsvc.alerts.rules import CLOSED, STATUSES
from fieldsvc.deadlines import queries as deadlines
from fieldsvc.deadlines.views import Running
from fieldsvc.households.queries import household_names, person_names
from fieldsvc.kit import clock

MANY = 300


@dataclass(frozen=True, slots=True)
class Line:
    """One alert of the desk, named. ``due``: the clock that ends first, None where none runs."""

    alert: Row[Any]
    household: str
    person: str
    village: str
    finder: str
    assignee: str
    due: Running | None


@dataclass(frozen=True, slots=True)
class People:
    """Accounts by id, and whom the filters and the assignment offer: ``{id: name}``."""

    names: dict[int, str]
    workers: dict[int, str]
    officers: dict[int, str]


def lines(
    session: Session, county: str, found: list[Row[Any]], places: Mapping[str, str], people: People
) -> list[Line]:
    homes = household_names(session, county, {a.household_id for a in found})
    persons = person_names(session, county, {a.person_id for a in found if a.person_id})
    clocks: dict[str, list[Running]] = {}
    for start in range(0, len(found), 2_000):
        part = [a.id for a in found[start : start + 2_000]]
        clocks |= deadlines.running(session, county, part, clock.now())
    name = people.names.get
    return [Line(a, homes.get(a.household_id, ""), persons.get(a.person_id, ""), places.get(a.village_code, ""),
                 name(a.finder_id, ""), name(a.assignee_id, ""), next(iter(clocks.get(a.id, ())), None)) for a in found]  # fmt: skip


def places(session: Session, actor: Actor) -> dict[str, str]:
    """``{code: name}`` of every division in the actor's region."""
    return {code: name for code, name, _ in regions_below(session, actor.county, actor.region)}


def choices(found: Mapping[str, str], actor: Actor, village: str | None) -> dict[str, str]:
    """The divisions a filter offers: the villages of a township; to the county its townships, and the villages of the one
    chosen."""
    if actor.role != COUNTY:
        return {code: name for code, name in found.items() if len(code) == 12}
    township = (village or "-")[:9]
    return {code: name if len(code) == 9 else f"　{name}" for code, name in found.items()
            if len(code) == 9 or (len(code) == 12 and code.startswith(township))}  # fmt: skip


def people(session: Session, actor: Actor, village: str | None, found: Mapping[str, str]) -> People:
    """One query: who works in the region, and who may be given its alerts. A list too long to choose from is not offered."""
    wanted = select(Account.id, Account.name, Account.role, Account.region, Account.active).where(
        Account.county_code == actor.county, Account.role.in_([TOWNSHIP, COUNTY, *sorted(WORKERS)])
    )
    rows = session.execute(wanted.order_by(Account.region, Account.name, Account.id)).all()
    here = (village or actor.region)[:9]
    near = [row for row in rows if row.active and (in_region(row.region, here) or in_region(here, row.region))]
    workers = {row.id: row.name for row in near if row.role in WORKERS}
    officers = {row.id: _officer(row, found) for row in near if row.role not in WORKERS}
    return People({row.id: row.name for row in rows}, workers if len(workers) <= MANY else {}, officers)


def _officer(row: Row[Any], found: Mapping[str, str]) -> str:
    place = found.get(row.region, "")
    return f"{row.name}（{place}）" if place else str(row.name)


def tabs(counted: Counter[tuple[str, str]], kind: str | None) -> dict[str, int]:
    """``{status: number}`` with ``active`` for all that is not closed, of the kind chosen."""
    chosen: Iterable[tuple[tuple[str, str], int]] = (each for each in counted.items() if kind in (None, each[0][1]))
    by_status: Counter[str] = Counter()
    for (status, _), number in chosen:
        by_status[status] += number
    active = sum(number for status, number in by_status.items() if status != CLOSED)
    return {worklist.ACTIVE: active, **{status: by_status[status] for status in STATUSES}}


def kinds(counted: Counter[tuple[str, str]], status: str) -> Counter[str]:
    """``{kind: number}`` of the status chosen."""
    found: Counter[str] = Counter()
    for (each, kind), number in counted.items():
        if each == status or (status == worklist.ACTIVE and each != CLOSED):
            found[kind] += number
    return found
