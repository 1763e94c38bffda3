"""Every SELECT of visits and of what was set aside."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, Actor
from fieldsvc.feed.models import Removal
from fieldsvc.households.caseload import DUTIES, Duty, listed, per_dialect
from fieldsvc.households.models import Household

from .models import SetAside, Visit

HOMES = """SELECT p.id, NULL, p.household_id, NULL, NULL, NULL, NULL FROM persons p
WHERE p.county_code = :county AND p.id {persons}"""
WAITS = """SELECT 'waits', NULL, NULL, NULL, NULL, NULL, NULL WHERE EXISTS (SELECT 1 FROM quarantine q
WHERE q.county_code = :county AND q.author_id = :author AND q.state IN ('quarantined', 'held'))"""
_GROUND = per_dialect(f"{DUTIES} UNION ALL {HOMES} UNION ALL {WAITS}", "households", "persons")


def ground(
    session: Session, author: Actor, household_ids: Iterable[str], person_ids: Iterable[str]
) -> tuple[list[Duty], dict[str, str], bool]:
    """``duties``, ``{person id: household id}``, and whether the author has anything set aside, in one round trip: a push
    of one visit is mostly round trips."""
    dialect = session.get_bind().dialect.name
    values = {"county": author.county, "author": author.id, "households": listed(dialect, household_ids),
              "persons": listed(dialect, person_ids)}  # fmt: skip
    rows = session.connection().execute(_GROUND[dialect], values).all()
    held = [Duty(*row) for row in rows if row[1] is not None]
    homes = {row[0]: row[2] for row in rows if row[1] is None}
    return held, homes, homes.pop("waits", False) is None


def dropped(session: Session, actor: Actor, cursor: int, household_ids: Iterable[str]) -> set[str]:
    """Households this device has certainly dropped: its cursor is past the page that told it to."""
    mine = Removal.county_code == actor.county, Removal.account_id == actor.id, Removal.device_id == actor.device_id
    told = select(Removal.household_id).where(*mine, Removal.sent_seq <= cursor)
    return set(session.scalars(told.where(Removal.household_id.in_(list(household_ids)))))


def villages(session: Session, county: str, household_ids: Iterable[str]) -> dict[str, str]:
    """``{household id: village code}`` of those that exist."""
    wanted = select(Household.id, Household.village_code)
    rows = session.execute(wanted.where(Household.county_code == county, Household.id.in_(list(household_ids))))
    return {row.id: row.village_code for row in rows}


def standing(session: Session, county: str, ids: Iterable[str]) -> dict[str, Row[Any]]:
    """What is already stored under these visit ids, enough to tell a duplicate from a new revision."""
    rows = session.execute(
        select(Visit.id, Visit.content_hash, Visit.revision, Visit.verdict, Visit.author_id, Visit.household_id)
        .where(Visit.county_code == county, Visit.id.in_(list(ids)))
    )  # fmt: skip
    return {row.id: row for row in rows}


def awaiting(session: Session, county: str, ids: Iterable[str]) -> list[SetAside]:
    """Held records that wait for one of these ids, oldest first."""
    wanted = SetAside.county_code == county, SetAside.awaits_id.in_(list(ids)), SetAside.state == "held"
    return list(session.scalars(select(SetAside).where(*wanted).order_by(SetAside.received_at, SetAside.id)))


def set_aside_page(
    session: Session, actor: Actor, state: str | None, after: str, limit: int
) -> list[SetAside]:
    """What waits, newest last: a worker's own, an officer's region; ids grow with time, so the last one is the cursor."""
    wanted = [SetAside.county_code == actor.county, SetAside.id > after, SetAside.klass.in_(sorted(CLASSES[actor.role]))]
    wanted.append(SetAside.author_id == actor.id if actor.is_worker else SetAside.region.startswith(actor.region))
    if state:
        wanted.append(SetAside.state == state)
    return list(session.scalars(select(SetAside).where(*wanted).order_by(SetAside.id).limit(limit)))


def belongings(session: Session, county: str, household_ids: list[str]) -> list[tuple[str, str, str, str]]:
    """``("visits", id, household id, class)`` of every visit of the households, however old (``kit.notify``)."""
    wanted = select(Visit.id, Visit.household_id, Visit.klass)
    rows = session.execute(wanted.where(Visit.county_code == county, Visit.household_id.in_(household_ids)))
    return [("visits", row.id, row.household_id, row.klass) for row in rows]
