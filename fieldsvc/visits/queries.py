"""Every SELECT of visits and of what was set aside."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, Actor
from fieldsvc.feed.models import Removal
from fieldsvc.households.caseload import DUTIES, Duty, duty
from fieldsvc.households.models import Household, Person
from fieldsvc.kit.rows import counted, the_one, within
from fieldsvc.kit.sql import Sql

from .models import SetAside, Visit, VisitRevision


class Read(NamedTuple):
    """``homes``: {person id: household id}; ``stored``: which visits are; ``waits``: the author has something set aside."""

    duties: list[Duty]
    homes: dict[str, str]
    stored: set[str]
    waits: bool


HOMES = """SELECT p.id, NULL, p.household_id, NULL, NULL, NULL, NULL FROM persons p
WHERE p.county_code = :county AND p.id {persons}"""
STORED = """SELECT v.id, NULL, NULL, NULL, NULL, NULL, NULL FROM visits v WHERE v.county_code = :county AND v.id {visits}"""
WAITS = """SELECT '', NULL, NULL, NULL, NULL, NULL, NULL WHERE EXISTS (SELECT 1 FROM quarantine q
WHERE q.county_code = :county AND q.author_id = :author AND q.state IN ('quarantined', 'held'))"""
_GROUND = Sql(f"{DUTIES} UNION ALL {HOMES} UNION ALL {STORED} UNION ALL {WAITS}", "households", "persons", "visits")


def ground(
    session: Session, author: Actor, household_ids: Iterable[str], person_ids: Iterable[str], visit_ids: Iterable[str]
) -> Read:
    """All that scope asks of a push's visits in one round trip: a push of one visit is mostly round trips."""
    rows = _GROUND.rows(session, county=author.county, author=author.id, households=household_ids, persons=person_ids,
                        visits=visit_ids)  # fmt: skip
    held = [duty(row) for row in rows if row[1] is not None]
    homes = {row[0]: row[2] for row in rows if row[1] is None and row[2] is not None}
    alone = {row[0] for row in rows if row[2] is None}
    return Read(held, homes, alone - {""}, "" in alone)


def dropped(session: Session, actor: Actor, cursor: int, household_ids: Iterable[str]) -> dict[str, int]:
    """Households this device has certainly dropped, each with the number of the taking it obeyed: its cursor was, at a pull
    or now, past the page that told it to."""
    mine = Removal.county_code == actor.county, Removal.account_id == actor.id, Removal.device_id == actor.device_id
    heard = or_(Removal.done, Removal.sent_seq <= cursor)
    told = select(Removal.household_id, Removal.revoked_seq).where(*mine, heard)
    rows = session.execute(told.where(Removal.household_id.in_(list(household_ids))))
    return {row.household_id: row.revoked_seq for row in rows}


def villages(session: Session, county: str, household_ids: Iterable[str]) -> dict[str, str]:
    """``{household id: village code}`` of those that exist."""
    wanted = select(Household.id, Household.village_code)
    rows = session.execute(wanted.where(Household.county_code == county, Household.id.in_(list(household_ids))))
    return {row.id: row.village_code for row in rows}


def standing(session: Session, county: str, ids: Iterable[str]) -> dict[str, Any]:
    """What is already stored under these visit ids, enough to tell a duplicate from a new revision."""
    rows = session.execute(
        select(Visit.id, Visit.content_hash, Visit.revision, Visit.verdict, Visit.household_id, Visit.klass)
        .where(Visit.county_code == county, Visit.id.in_(list(ids)))
    )  # fmt: skip
    return {row.id: row for row in rows}


def earlier(session: Session, county: str, ids: Iterable[str]) -> set[tuple[str, bytes]]:
    """``(visit id, content hash)`` of their superseded revisions."""
    wanted = VisitRevision.county_code == county, VisitRevision.visit_id.in_(list(ids))
    return set(session.execute(select(VisitRevision.visit_id, VisitRevision.content_hash).where(*wanted)).tuples())


def awaiting(session: Session, county: str, table: str, record_id: str, most: int) -> list[SetAside]:
    """Held records that wait for this one, the oldest first."""
    this = SetAside.awaits_id == record_id, SetAside.awaits_tbl == table
    wanted = SetAside.county_code == county, *this, SetAside.state == "held"
    return list(session.scalars(select(SetAside).where(*wanted).order_by(SetAside.received_at, SetAside.id).limit(most)))


def overdue(session: Session, author: Actor, most: int) -> list[tuple[str, str]]:
    """``(id, household id)`` of the author's held records whose awaited one is there: too many waited for it to be taken in
    with it, or we failed at them then."""
    mine = SetAside.county_code == author.county, SetAside.author_id == author.id, SetAside.state == "held"
    home = (Household.county_code == author.county) & (SetAside.awaits_tbl == "households") & (Household.id == SetAside.awaits_id)
    person = (Person.county_code == author.county) & (SetAside.awaits_tbl == "persons") & (Person.id == SetAside.awaits_id)
    there = func.coalesce(Household.id, Person.household_id)
    found = select(SetAside.id, there).outerjoin(Household, home).outerjoin(Person, person).where(*mine, there.is_not(None))
    return list(session.execute(found.order_by(SetAside.received_at, SetAside.id).limit(most)).tuples())


def held(session: Session, county: str, ids: Iterable[str]) -> list[SetAside]:
    """Those of the set-aside rows that are still held, locked, the oldest first."""
    wanted = SetAside.county_code == county, SetAside.id.in_(list(ids)), SetAside.state == "held"
    return list(session.scalars(select(SetAside).where(*wanted).order_by(SetAside.received_at, SetAside.id).with_for_update()))


def aside_scope(actor: Actor) -> list[Any]:
    """Whose set-aside records the actor answers for: a worker's own, an officer's region, of the classes of the role."""
    readable = SetAside.klass.in_(sorted(CLASSES[actor.role]))
    whose = SetAside.author_id == actor.id if actor.is_worker else within(SetAside.region, actor.region)
    return [SetAside.county_code == actor.county, readable, whose]


def set_aside_page(
    session: Session, actor: Actor, state: str | None, after: str, limit: int, newest: bool = False
) -> list[SetAside]:
    """What waits, newest last (``newest``: first); ids grow with time, so the last one of a page is the cursor."""
    beyond = SetAside.id < after if newest and after else SetAside.id > after
    wanted = [*aside_scope(actor), beyond, *([SetAside.state == state] if state else [])]
    order = SetAside.id.desc() if newest else SetAside.id
    return list(session.scalars(select(SetAside).where(*wanted).order_by(order).limit(limit)))


def aside_counts(session: Session, actor: Actor) -> dict[str, int]:
    """``{state: number}`` of the records the actor answers for."""
    return counted(session, SetAside.state, *aside_scope(actor))


def one_aside(session: Session, actor: Actor, aside_id: str) -> SetAside:
    """The record, when the actor answers for it; foreign and missing give the same 404."""
    return the_one(session, select(SetAside).where(*aside_scope(actor), SetAside.id == aside_id))


def belongings(session: Session, county: str, household_ids: list[str]) -> list[tuple[str, str, str, str]]:
    """``("visits", id, household id, class)`` of every visit of the households, however old (``kit.notify``)."""
    wanted = select(Visit.id, Visit.household_id, Visit.klass)
    rows = session.execute(wanted.where(Visit.county_code == county, Visit.household_id.in_(household_ids)))
    return [("visits", row.id, row.household_id, row.klass) for row in rows]
