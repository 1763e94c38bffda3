"""What each item costs (资金需求测算) and what has been paid: numbers only, nobody is named."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.aidchain.models import Aid
from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.rules import CLOSED
from fieldsvc.applications.payments import by_tier
from fieldsvc.eligibility.plan import ELIGIBLE
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.eligibility.vocabulary import shift
from fieldsvc.households.models import Household, Person
from fieldsvc.kit.rows import within
from fieldsvc.screening.models import DeterminationRow

NO_TIER, MONTHS = "none", 12
NOT_DELIVERED = "civil.policy_not_delivered"
MONTHLY = frozenset({"basic"})
"""Kinds of aid paid every month; the sum of any other is one of a year or of an occasion, and counted once."""


@dataclass(slots=True)
class Cost:
    """One item: people entitled, sums of each in yuan, and what was paid of it in the month."""

    item: str
    title: str
    monthly: bool
    sums: list[Decimal] = field(default_factory=list)
    paid: list[Decimal] = field(default_factory=list)

    @property
    def people(self) -> int:
        return len(self.sums)

    @property
    def standard(self) -> str:
        """The sum of one person, or the least and the most."""
        if not self.sums:
            return ""
        low, high = min(self.sums), max(self.sums)
        return f"{low:.2f}" if low == high else f"{low:.2f}—{high:.2f}"

    @property
    def due(self) -> Decimal:
        return sum(self.sums, Decimal(0))

    @property
    def paid_sum(self) -> Decimal:
        return sum(self.paid, Decimal(0))

    @property
    def need(self) -> Decimal:
        """Of a whole year with the people of now."""
        return self.due * (MONTHS if self.monthly else 1)


def costs(session: Session, actor: Actor, book: RuleBook, place: str, month: date) -> list[Cost]:
    """Items with anybody entitled to a sum at the last screening, or anything paid in the month. Three queries."""
    made: dict[str, Cost] = {}
    places = {kind: {rule: n for n, rule in enumerate(book.order(kind))} for kind in ("person", "household")}
    registered: dict[str, bool] = {}
    for kind, verdicts, amounts, tier in _entitled(session, actor, book):
        for item, yuan in amounts.items():
            if item not in registered:
                registered[item] = by_tier(book, place, item)
            if (
                item in places[kind]
                and verdicts[places[kind][item]] == ELIGIBLE
                and (tier != NO_TIER or not registered[item])
            ):
                _cost(made, book, item).sums.append(Decimal(yuan))
    for item, given in _paid(session, actor, month).items():
        _cost(made, book, item).paid.extend(given)
    return sorted(made.values(), key=lambda one: one.item)


def _cost(made: dict[str, Cost], book: RuleBook, item: str) -> Cost:
    rule = book.by_id.get(item)
    return made.setdefault(item, Cost(item, rule.title if rule else item, bool(rule and rule.aid in MONTHLY)))


def _here(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return Household.county_code == actor.county, within(Household.village_code, actor.region)


def _entitled(session: Session, actor: Actor, book: RuleBook) -> Iterable[tuple[str, str, Mapping[str, str], str]]:
    """``(subject kind, verdicts, {item: yuan}, recognised tier)`` of whoever is owed a sum."""
    home = and_(Household.county_code == DeterminationRow.county_code, Household.id == DeterminationRow.household_id)
    person = and_(Person.county_code == DeterminationRow.county_code, Person.id == DeterminationRow.subject_id)
    tier = func.coalesce(Person.tier, Household.tier, NO_TIER)
    found = (
        select(DeterminationRow.subject, DeterminationRow.verdicts, DeterminationRow.amounts, tier)
        .join(Household, home).outerjoin(Person, person)
        .where(*_here(actor), DeterminationRow.current, DeterminationRow.rule_set == book.hash, DeterminationRow.amounts != {})
    )  # fmt: skip
    for kind, verdicts, amounts, held in session.execute(found):
        yield kind, verdicts, amounts or {}, held


def _paid(session: Session, actor: Actor, month: date) -> dict[str, list[Decimal]]:
    home = and_(Household.county_code == Aid.county_code, Household.id == Aid.household_id)
    span = Aid.starts >= month, Aid.starts < shift(month, 1, "MONTH"), Aid.amount.is_not(None)
    found: dict[str, list[Decimal]] = defaultdict(list)
    for item, amount in session.execute(
        select(Aid.programme, Aid.amount).join(Household, home).where(*_here(actor), *span)
    ):
        found[item].append(Decimal(amount or 0))
    return found


def not_received(session: Session, actor: Actor) -> int:
    """Open alerts of visits that said aid granted has not arrived."""
    here = Alert.county_code == actor.county, within(Alert.village_code, actor.region)
    counted = (
        select(func.count()).select_from(Alert).where(*here, Alert.rule_id == NOT_DELIVERED, Alert.status != CLOSED)
    )
    return session.scalar(counted) or 0


def recognised(session: Session, actor: Actor) -> dict[tuple[str, str], int]:
    """``{(tier, urban or rural): people}``: each by the person's own tier, else the household's."""
    home = and_(Household.county_code == Person.county_code, Household.id == Person.household_id)
    tier = func.coalesce(Person.tier, Household.tier, NO_TIER).label("tier")
    part = (
        select(tier, func.coalesce(Household.area, "").label("area"))
        .join_from(Person, Household, home)
        .where(*_here(actor))
        .subquery()
    )
    rows = session.execute(select(part.c.tier, part.c.area, func.count()).group_by(part.c.tier, part.c.area))
    return {(held, area): number for held, area, number in rows}


def ledger(session: Session, actor: Actor, on: date) -> dict[tuple[str, str], int]:
    """The ledger of aid that runs (救助台账), as numbers: ``{(item, township): recipients}``."""
    home = and_(Household.county_code == Aid.county_code, Household.id == Aid.household_id)
    runs = Aid.starts <= on, Aid.ends.is_(None) | (Aid.ends > on)
    town = func.substr(Household.village_code, 1, 9).label("town")
    part = (
        select(Aid.programme, town, Aid.subject_id)
        .join(Household, home)
        .where(*_here(actor), *runs)
        .distinct()
        .subquery()
    )
    counted: Any = select(part.c.programme, part.c.town, func.count()).group_by(part.c.programme, part.c.town)
    return {(item, place): number for item, place, number in session.execute(counted)}


def entitled(session: Session, actor: Actor, book: RuleBook, items: Iterable[str]) -> dict[str, int]:
    """``{item: subjects}`` whom the last screening found entitled to each of these items, in one query."""
    wanted, home = (
        list(items),
        and_(Household.county_code == DeterminationRow.county_code, Household.id == DeterminationRow.household_id),
    )
    places = {item: list(book.order(book.by_id[item].subject)).index(item) + 1 for item in wanted}
    letters = {item: func.substr(DeterminationRow.verdicts, place, 1) == ELIGIBLE for item, place in places.items()}
    counts = [func.sum(case((and_(DeterminationRow.subject == book.by_id[item].subject, letter), 1), else_=0))
              for item, letter in letters.items()]  # fmt: skip
    if not counts:
        return {}
    current = DeterminationRow.current, DeterminationRow.rule_set == book.hash
    row = session.execute(
        select(*counts).select_from(DeterminationRow).join(Household, home).where(*_here(actor), *current)
    ).one()
    return {item: int(number or 0) for item, number in zip(wanted, row, strict=True)}
