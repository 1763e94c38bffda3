"""Paying out what the rules find owed (发放): who is owed an item this month, who has been paid, and entering a payment."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.aidchain.aids import Grant, grant
from fieldsvc.aidchain.models import Aid
from fieldsvc.aidchain.service import News, append_many, hold
from fieldsvc.eligibility.behind import behind_rule
from fieldsvc.eligibility.explain import worked_through
from fieldsvc.eligibility.plan import ELIGIBLE
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.eligibility.vocabulary import NO_TIER, RECOGNISED_TIER, shift
from fieldsvc.households.kin import refuse_kin
from fieldsvc.households.models import Household, Person
from fieldsvc.households.queries import scope
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.rows import within
from fieldsvc.screening.models import DeterminationRow

from .service import Counter

SOURCE = "payment"
MOST = 500
_TIER = func.coalesce(Person.tier, Household.tier, NO_TIER)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom the list is of: a programme, the month by its first day, paid or not (None: both), a prefix of village codes.
    ``registered``: only who is on the register (已认定), because the programme goes by the tier."""

    programme: str
    month: date
    registered: bool
    paid: bool | None = None
    village: str | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """One person the last screening found entitled. ``amount``: yuan, empty where a parameter is missing."""

    person_id: str
    name: str
    household_id: str
    household: str
    village_code: str
    tier: str | None
    amount: str
    paid_on: date | None


def items(book: RuleBook) -> dict[str, str]:
    """Programmes of persons whose text or supplement names an amount in some place, by id."""
    return {r.id: r.title for r in book.programmes if r.subject == "person" and any(body.amount for body in r.bodies.values())}


def by_tier(book: RuleBook, jurisdiction: str, programme: str) -> bool:
    """Whether the programme goes by the recognised tier: then a tier that is only proposed pays nobody."""
    return RECOGNISED_TIER in behind_rule(worked_through(book, jurisdiction, clock.today(), {}, {}).plan, programme)


def owed(session: Session, actor: Actor, book: RuleBook, wanted: Wanted, first: int, size: int) -> tuple[list[Owed], int]:
    """By village and name; what the rules of now said at the last screening."""
    where = _where(session, actor, book, wanted)
    paid = select(func.max(Aid.starts)).where(*_paid(wanted)).scalar_subquery()
    found = (
        select(Person.id, Person.name, Household.id, Household.name, Household.village_code, _TIER, DeterminationRow.amounts, paid)
        .join_from(DeterminationRow, Person, _same(Person, DeterminationRow.subject_id))
        .join(Household, _same(Household, DeterminationRow.household_id)).where(*where)
    )  # fmt: skip
    ordered = found.order_by(Household.village_code, Household.name, Person.name, Person.id).offset(first).limit(size)
    counted = (
        select(func.count()).select_from(DeterminationRow).join(Person, _same(Person, DeterminationRow.subject_id))
        .join(Household, _same(Household, DeterminationRow.household_id))
    )  # fmt: skip
    total = session.scalar(counted.where(*where)) or 0
    return [_owed(row, wanted.programme) for row in session.execute(ordered)], total


def _owed(row: Row[Any], programme: str) -> Owed:
    person, name, home, household, village, tier, amounts, paid = row
    return Owed(person, name, home, household, village, tier, (amounts or {}).get(programme, ""), paid)


def _same(table: Any, key: Any) -> ColumnElement[bool]:
    return and_(table.county_code == DeterminationRow.county_code, table.id == key)


def _where(session: Session, actor: Actor, book: RuleBook, wanted: Wanted) -> list[ColumnElement[bool]]:
    place = list(book.order("person")).index(wanted.programme) + 1
    where = [
        DeterminationRow.county_code == actor.county, DeterminationRow.current, DeterminationRow.subject == "person",
        DeterminationRow.rule_set == book.hash, func.substr(DeterminationRow.verdicts, place, 1) == ELIGIBLE, scope(session, actor),
    ]  # fmt: skip
    if wanted.registered:
        where.append(_TIER != NO_TIER)
    if wanted.village:
        where.append(within(Household.village_code, wanted.village))
    if wanted.paid is not None:
        settled = exists().where(*_paid(wanted))
        where.append(settled if wanted.paid else ~settled)
    return where


def _paid(wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    """Aid of the programme that begins in the month."""
    return (Aid.county_code == DeterminationRow.county_code, Aid.subject_id == DeterminationRow.subject_id,
            Aid.programme == wanted.programme, Aid.starts >= wanted.month, Aid.starts < shift(wanted.month, 1, "MONTH"))  # fmt: skip


def _due(session: Session, actor: Actor, book: RuleBook, wanted: Wanted, chosen: set[str]) -> list[Owed]:
    rows, _ = owed(session, actor, book, replace(wanted, paid=False), 0, 100_000)
    return [row for row in rows if row.person_id in chosen]


def pay(session: Session, at: Counter, wanted: Wanted, person_ids: Iterable[str], on: date) -> int:
    """Enter a payment of the month to these people; who is not owed it, or has it already, is left alone. How many were paid.

    Problems: 422 ``nobody-chosen``, ``other-month``, ``too-many``; 409 ``kin-stands-aside``.
    """
    chosen, book = set(person_ids), at.departments.rulebook
    if not chosen:
        raise Problem(422, "nobody-chosen", "请先勾选发放给谁。")
    if on.replace(day=1) != wanted.month or on > clock.today():
        raise Problem(422, "other-month", "发放日期应在所选月份之内，且不晚于今天。", {"errors": {"on": "应在所选月份之内"}})
    due = _due(session, at.actor, book, wanted, chosen)
    hold(session, at.actor.county, (row.household_id for row in due))
    due = _due(session, at.actor, book, wanted, chosen)  # who held the chains before may have paid
    refuse_kin(session, at.actor, *{row.household_id for row in due})
    rule, office = book.by_id[wanted.programme], book.policy.office(at.jurisdiction, book.by_id[wanted.programme].duty)
    append_many(session, at.actor.county, [
        News(row.household_id, "aid", at.actor.name, {"programme": rule.id, "title": rule.title, "amount_yuan": row.amount,
             "done_on": on.isoformat()}, row.person_id) for row in due
    ])  # fmt: skip
    for row in due:
        source = f"{rule.id}:{wanted.month:%Y%m}:{row.person_id}"[-64:]
        grant(session, at.actor.county, Grant(row.household_id, row.person_id, rule.id, office.office if office else "", SOURCE, source,
                                              on, shift(on, 1, "DAY"), row.amount or None))  # fmt: skip
    return len(due)
