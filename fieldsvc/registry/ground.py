"""What every act of registry care stands on: who may, which locks, what is taken over and given back, what is written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor, Item, may_see
from fieldsvc.aidchain.service import News, append_many
from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.facts.rules import Declared
from fieldsvc.facts.service import mark_dirty
from fieldsvc.households.models import Household, Person, Redirect
from fieldsvc.households.service import stamp_fields
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.ids import new_id
from fieldsvc.kit.notify import household_changed, household_moved

from . import rows
from .followers import Ids
from .models import Merge

HOUSEHOLD, PERSON, MOVE, DISTINCT = "household", "person", "move", "distinct"
SURVIVOR, MERGED = "survivor", "merged"
STANDS, SPLIT = "stands", "split"
KINDS = {HOUSEHOLD: "并户", PERSON: "并人", MOVE: "人员迁移", DISTINCT: "核实为不同"}


@dataclass(frozen=True, slots=True)
class Care:
    """Who tends the register, and which facts are declared there."""

    actor: Actor
    declared: Mapping[str, Declared] = field(default_factory=dict)

    @property
    def county(self) -> str:
        return self.actor.county


def lock(session: Session, care: Care, homes: list[str]) -> None:
    """Both must be the officer's to see before anything is locked."""
    for one in homes:
        home_of(session, care, one)
    mark_dirty(session, care.county, homes)
    session.expire_all()
    held = select(Household).where(Household.county_code == care.county, Household.id.in_(homes)).order_by(Household.id)
    session.scalars(held.with_for_update()).all()


def home_of(session: Session, care: Care, household_id: str) -> Household:
    found = session.get(Household, (care.county, household_id))
    if found is None or not may_see(care.actor, Item(found.village_code)):
        raise not_found()
    return found


def person_of(session: Session, care: Care, person_id: str) -> Person:
    found = session.get(Person, (care.county, person_id))
    if found is None:
        raise not_found()
    home_of(session, care, found.household_id)
    return found


def distinct(one: str, other: str) -> None:
    if one == other:
        raise Problem(409, "same-record", "请选择两条不同的记录。")


def changed_meanwhile() -> Problem:
    return Problem(409, "changed-meanwhile", "登记刚刚有变动，请重新对照后再办理。")


def new(care: Care, kind: str, survivor: str, merged: str, home: str, reason: str, row: Any, moved: Any, own: Any) -> Merge:
    return Merge(county_code=care.county, id=new_id(), kind=kind, survivor_id=survivor, merged_id=merged, household_id=home, row=row,
                 moved=moved, own=own, undo={}, reason=reason, actor_id=care.actor.id, at=clock.now(), state=STANDS)  # fmt: skip


def keep_tiers(session: Session, county: str, persons: list[str], tier: str | None) -> list[str]:
    """Who had the tier of the household keeps it as their own; answers who was given it."""
    if tier is None:
        return []
    mine = Person.county_code == county, Person.id.in_(persons), Person.tier.is_(None)
    given = list(session.scalars(select(Person).where(*mine)))
    for person in given:
        person.tier = tier
        stamp_fields(session, person, {"tier"})
    session.flush()
    return [person.id for person in given]


def restore_tiers(session: Session, county: str, persons: list[str]) -> None:
    for person in session.scalars(select(Person).where(Person.county_code == county, Person.id.in_(persons))):
        person.tier = None
        stamp_fields(session, person, {"tier"})


def take_over(session: Session, record: Any, row: dict[str, Any], table: str, fields: tuple[str, ...]) -> dict[str, Any]:
    """Set the fields the other is right in, and those it alone knows; answers what stood there before, by column."""
    before, now = rows.packed(record), {}
    for name in rows.TAKEN[table]:
        columns = rows.columns([name])
        lacks = name != "tier" and all(before[c] is None for c in columns)
        if (name in fields or lacks) and any(row[c] is not None and row[c] != before[c] for c in columns):
            now |= {c: row[c] for c in columns}
    return set_fields(session, record, now, before)


def set_fields(session: Session, record: Any, now: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    for name in now:
        setattr(record, name, rows.value(type(record), now, name))
    if now:
        record.updated_at = clock.now()
        stamp_fields(session, record, {n.removesuffix("_sealed") for n in now if not n.endswith("_index")})
        session.flush()
    return {name: [before[name], now[name]] for name in now}


def give_back(session: Session, record: Any, done: Merge) -> None:
    """What was taken from the other returns, unless somebody has changed it since."""
    now = rows.packed(record)
    back = {name: was for name, (was, took) in done.undo["taken"].items() if now[name] == took}
    set_fields(session, record, back, now)


def lead_on(session: Session, done: Merge, table: str) -> None:
    session.add(Redirect(county_code=done.county_code, old_id=done.merged_id, tbl=table, new_id=done.survivor_id, merge_id=done.id,
                         ref=done.row.get("ref")))  # fmt: skip
    session.flush()


def write_down(session: Session, care: Care, home: str, kind: str, done: Merge, told: dict[str, Any], person: str | None) -> None:
    content = {"merge": done.id, "reason": done.reason, **told}
    append_many(session, care.county, [News(home, kind, care.actor.name, content, person)])


def settle(session: Session, county: str, gone: str, homes: set[str]) -> None:
    """Who listens to the registry hears of the households that remain; nothing is owed to one that is gone."""
    session.flush()
    household_changed(session, county, homes)
    household_moved(session, county, homes)
    mark_dirty(session, county, homes)
    if gone:
        session.execute(delete(DirtyHousehold).where(DirtyHousehold.county_code == county, DirtyHousehold.household_id == gone))


def returning(now: Ids, done: Merge, later: str) -> Ids:
    """What came from the merged record, as far as it is still here; with ``later`` = merged also what neither of them had."""
    found = {}
    for name, ids in now.items():
        came, had = set(done.moved.get(name, ())), set(done.own.get(name, ()))
        found[name] = [i for i in ids if i in came or (later == MERGED and i not in had)]
    return found
