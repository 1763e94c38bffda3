"""Determinations on the wire, without what the reader's role may not see."""

from datetime import date
from typing import Any

import msgspec

from fieldsvc.accounts.rules import CHILD, CLASSES, Actor
from fieldsvc.eligibility.behind import behind_rule, facts_behind
from fieldsvc.eligibility.determination import VERDICTS, Ruled
from fieldsvc.eligibility.miss import nearest_miss
from fieldsvc.eligibility.plan import ELIGIBLE, NOT_ELIGIBLE
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.eligibility.vocabulary import TIER
from fieldsvc.kit import clock

from .determinations import Shown


def shown(found: Shown, actor: Actor, book: RuleBook, differ: list[dict[str, Any]], misses: bool = False) -> dict[str, Any]:
    """A rule behind which a child-class fact stands is left out whole for a role without that class: its result would tell."""
    plan = found.explanation.plan
    hidden = closed_to(actor, book, plan.book)
    whole: dict[str, Any] = msgspec.to_builtins(found.determination, str_keys=True)
    for view, subject in zip(whole["subjects"], found.determination.subjects, strict=True):
        kept = [number for number, rule in enumerate(subject.rules) if not behind_rule(plan, rule.id) & hidden]
        if view["tier_source"] == "proposed" and facts_behind(plan, TIER) & hidden:
            view |= {"tier": None, "tier_label": "", "tier_source": "", "tier_rule": ""}
        view["rules"] = [view["rules"][number] | (refused(found, subject.rules[number], hidden) if misses else {}) for number in kept]
        fitting = [r for r in view["rules"] if r["verdict"] == ELIGIBLE and r["kind"] == "programme"]
        view["fits_now"] = [{"id": r["id"], "title": r["title"]} for r in fitting]
    whole["stored"], whole["screened_at"] = found.screened_at is not None, clock.show(found.screened_at)
    open_to = book.vocabulary.facts.keys() - hidden if hidden else {each["fact"] for each in differ}
    whole["contradictions"] = [each for each in differ if each["fact"] in open_to]
    return whole


def closed_to(actor: Actor, *books: RuleBook) -> frozenset[str]:
    """Facts the actor's role may not see; a department that is gone has left its facts in the rules of then."""
    if CHILD in CLASSES[actor.role]:
        return frozenset()
    declared = (fact for book in books for fact in book.vocabulary.facts.values())
    return frozenset(fact.name for fact in declared if fact.sensitivity == CHILD)


def refused(found: Shown, ruled: Ruled, hidden: frozenset[str]) -> dict[str, Any]:
    """What the nearest single change would be, for a programme that refuses."""
    explanation = found.explanation
    rule = explanation.plan.book.by_id[ruled.id]
    if ruled.verdict != NOT_ELIGIBLE or rule.is_indicator:
        return {"nearest_miss": None}
    miss = nearest_miss(explanation, rule, ruled.subject_id if rule.subject == "person" else None)
    if miss is None or miss.fact in hidden:
        return {"nearest_miss": None}
    told = {"fact": miss.fact, "label": miss.label, "subject_id": miss.subject_id, "now": _plain(miss.now),
            "value": _plain(miss.value), "shown": miss.shown, "becomes": VERDICTS[miss.becomes]}  # fmt: skip
    return {"nearest_miss": told}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
