"""Registers (名单、台账): everybody for whom an item or indicator says yes, with chosen facts, each with its day, and their totals."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, Actor
from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.rules import CLOSED
from fieldsvc.eligibility.behind import behind_rule
from fieldsvc.eligibility.explain import worked_through
from fieldsvc.eligibility.plan import ELIGIBLE
from fieldsvc.eligibility.rulebook import Rule, RuleBook
from fieldsvc.eligibility.vocabulary import Fact
from fieldsvc.facts import queries as facts
from fieldsvc.facts.rules import day_of
from fieldsvc.households.models import Household, Person
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.rows import within
from fieldsvc.visits.models import Visit

from .models import DeterminationRow
from .views import closed_to


def rule_of(book: RuleBook, jurisdiction: str, actor: Actor, rule_id: str) -> Rule:
    """The rule a register is of. Problem 404 where there is none, or where what stands behind it is not the actor's to see."""
    rule = book.by_id.get(rule_id)
    if rule is None:
        raise not_found()
    plan = worked_through(book, jurisdiction, clock.today(), {}, {}).plan
    if behind_rule(plan, rule_id) & closed_to(actor, book):
        raise not_found()
    return rule


def facts_of(book: RuleBook, actor: Actor, names: Iterable[str]) -> list[Fact]:
    """Problem 422 ``unknown-fact`` for what is no fact, or not the actor's to see."""
    closed, known = closed_to(actor, book), book.vocabulary.facts
    if wrong := [name for name in names if name not in known or name in closed]:
        raise Problem(422, "unknown-fact", f"没有这些事实：{'、'.join(wrong)}。")
    return [known[name] for name in names]


def entries(session: Session, actor: Actor, book: RuleBook, rule: Rule, wanted: list[Fact], village: str | None) -> list[dict[str, Any]]:
    """One entry for each subject: those an open alert of this rule calls for first, then by village and name. Subjects that await
    their screening are left out until it is done."""
    rows = _rows(session, actor, book, rule, village)
    known = facts.known(session, actor.county, [each for row in rows for each in (row.subject_id, row.household_id)])
    visits = _last_visits(session, actor, {row.household_id for row in rows})
    return [_entry(row, wanted, known, visits) for row in rows]


def _rows(session: Session, actor: Actor, book: RuleBook, rule: Rule, village: str | None) -> list[Any]:
    order = book.indicator_order(rule.subject) if rule.is_indicator else book.order(rule.subject)
    place = order.index(rule.id) + 1 + (len(book.order(rule.subject)) + 1 if rule.is_indicator else 0)
    d, joined = DeterminationRow, (DeterminationRow.county_code == Household.county_code, DeterminationRow.household_id == Household.id)
    wanted = [d.county_code == actor.county, d.current, d.rule_set == book.hash, d.subject == rule.subject,
              func.substr(d.verdicts, place, 1) == ELIGIBLE, within(Household.village_code, actor.region)]  # fmt: skip
    if village:
        wanted.append(within(Household.village_code, village))
    named = (Person.county_code == d.county_code) & (Person.id == d.subject_id)
    called = case((exists().where(Alert.county_code == d.county_code, Alert.rule_id == rule.id, Alert.subject_id == d.subject_id,
                                  Alert.status != CLOSED), 0), else_=1)  # fmt: skip
    found = (
        select(d.subject_id, d.household_id, d.on_date, Household.village_code, Household.name.label("household"), Person.name,
               called.label("later"))
        .join(Household, joined[0] & joined[1]).outerjoin(Person, named).where(*wanted)
        .order_by(called, Household.village_code, Household.name, d.subject_id)
    )  # fmt: skip
    return list(session.execute(found))


def _last_visits(session: Session, actor: Actor, homes: set[str]) -> dict[str, Any]:
    mine = Visit.county_code == actor.county, Visit.household_id.in_(sorted(homes)), Visit.klass.in_(CLASSES[actor.role])
    rows = session.execute(select(Visit.household_id, func.max(Visit.observed_at)).where(*mine).group_by(Visit.household_id))
    return {home: at for home, at in rows} if homes else {}


def _entry(row: Any, wanted: list[Fact], known: dict[str, facts.Known], visits: dict[str, Any]) -> dict[str, Any]:
    own = {f.name: (known.get(row.subject_id if f.subject == "person" else row.household_id) or facts.NOTHING).document for f in wanted}
    return {
        "subject_id": row.subject_id, "household_id": row.household_id, "household": row.household, "person": row.name,
        "village_code": row.village_code, "called": not row.later, "judged_on": row.on_date.isoformat(),
        "last_visit_at": clock.show(visits.get(row.household_id)),
        "facts": {f.name: _said(f, own[f.name].get(f.name)) for f in wanted},
    }  # fmt: skip


def _said(fact: Fact, entry: list[Any] | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    day = day_of(entry)
    return {"value": entry[0], "shown": words(fact, entry[0]), "as_of": day.isoformat() if day else None, "source_kind": entry[2],
            "source_id": entry[3]}  # fmt: skip


def words(fact: Fact, value: Any) -> str:
    """A value as people read it: a choice, or several words of one text, by their labels."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if fact.choices and isinstance(value, str):
        return "、".join(fact.choices.get(word, word) for word in value.split())
    return str(value)


def totals(wanted: list[Fact], found: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """How many entries name each choice of a fact, or say yes and no: needs add up to what is to be bought."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for fact in wanted:
        for entry in found if fact.choices or fact.type == "bool" else ():
            told = entry["facts"][fact.name]
            counted[fact.name].update(_each(fact, told["value"])) if told else None
    return {name: dict(sorted(each.items())) for name, each in counted.items()}


def _each(fact: Fact, value: Any) -> list[str]:
    return [words(fact, word) for word in ([value] if isinstance(value, bool) else str(value).split())]


def by_village(wanted: list[Fact], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each village its entries, their totals, and the sums in yuan (exact text) of what facts say in money."""
    places: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in found:
        places[entry["village_code"]].append(entry)
    return [{"village_code": code, "total": len(own), "totals": totals(wanted, own), "sums": _sums(wanted, own)}
            for code, own in sorted(places.items())]  # fmt: skip


def _sums(wanted: list[Fact], found: list[dict[str, Any]]) -> dict[str, str]:
    money = [fact.name for fact in wanted if fact.type == "money"]
    return {name: str(sum(Decimal(str(e["facts"][name]["value"])) for e in found if e["facts"][name])) for name in money}
