"""One household's situation, kind of risk, needs and measures (缺什么补什么), by kind of aid."""

from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.alerts import queries as alerts
from fieldsvc.eligibility.behind import behind_rule, facts_behind
from fieldsvc.eligibility.catalogue import NEEDS, by_aid, offers, shown, ticked
from fieldsvc.eligibility.explain import Explanation
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.eligibility.vocabulary import TIER
from fieldsvc.screening.views import closed_to

from . import queries, schemas
from .service import MONITORED, Desk, known

MARKS = ("anti_relapse_monitored", "other_hardship", "out_of_poverty", "child_welfare_status", "left_behind")
MOST_RISKS = 50


def measures(session: Session, desk: Desk, household_id: str) -> dict[str, Any]:
    """Without what the actor's role may not see. Persons, open alerts, ticked needs, offers by aid, plans, visits to come."""
    household = known(session, desk, household_id)
    book, actor = desk.departments.rulebook, desk.actor
    hidden = _hidden_rules(household, actor, book)
    found = by_aid(offers(household, but=hidden))
    return {
        "household_id": household_id, "on": household.plan.on.isoformat(), "monitored": household.state.get(None)(MONITORED),
        "persons": [_person(household, who, closed_to(actor, book)) for who in household.state.persons],
        "risks": _risks(session, actor, household_id), "needs": _needs(household),
        "offers": {aid: [shown(offer) for offer in each] for aid, each in found.items()},
        "plans": [schemas.line(plan) for plan in queries.of_household(session, actor, household_id)],
        "next_visits": [
            {"title": s.title, "person_id": None if s.subject_id == household_id else s.subject_id, "form_id": s.form_id,
             "due_on": s.due_on.isoformat(), "months": s.months}
            for s in queries.coming_visits(session, actor, household_id)
        ],
    }  # fmt: skip


def _hidden_rules(household: Explanation, actor: Actor, book: RuleBook) -> frozenset[str]:
    """Items behind which a child-class fact stands: that they fit would tell."""
    closed = closed_to(actor, book)
    if not closed:
        return frozenset()
    return frozenset(rule for rule in household.plan.rulings if behind_rule(household.plan, rule) & closed)


def _person(household: Explanation, who: str, closed: frozenset[str]) -> dict[str, Any]:
    vocabulary, get = household.plan.book.vocabulary, household.state.get(who)
    tier, source, rule = household.tier(who)
    if source == "proposed" and facts_behind(household.plan, TIER) & closed:
        tier, source, rule = None, "", ""
    labels = vocabulary.get(TIER)
    marks = {name: value for name in MARKS if name not in closed and (value := get(name)) not in (None, False, "none")}
    return {"person_id": who, "tier": tier, "tier_label": labels.choices.get(tier or "", "") if labels else "", "tier_source": source,
            "tier_rule": rule, "marks": [{"mark": n, "label": vocabulary.label(n), "value": v} for n, v in marks.items()]}  # fmt: skip


def _risks(session: Session, actor: Actor, household_id: str) -> list[dict[str, Any]]:
    rows = alerts.page(session, actor, {"status": "active", "household_id": household_id}, None, MOST_RISKS)
    return [{"alert": a.id, "rule": a.rule_id, "title": a.title, "severity": a.severity, "person_id": a.person_id,
             "channels": [c["channel"] for c in a.channels]} for a in rows]  # fmt: skip


def _needs(household: Explanation) -> list[dict[str, str]]:
    fact = household.plan.book.vocabulary.facts.get(NEEDS)
    return [{"need": need, "label": fact.choices.get(need, need) if fact else need} for need in ticked(household)]
