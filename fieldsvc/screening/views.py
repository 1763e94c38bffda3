"""Determinations on the wire, without what the reader's role may not see."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from fieldsvc.accounts.rules import CHILD, CLASSES, Actor
from fieldsvc.eligibility.determination import VERDICTS, InputView, Ruled
from fieldsvc.eligibility.miss import nearest_miss
from fieldsvc.eligibility.plan import ELIGIBLE, NOT_ELIGIBLE
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.kit import clock

from .determinations import Shown


def shown(found: Shown, actor: Actor, book: RuleBook, differ: list[dict[str, Any]]) -> dict[str, Any]:
    """A rule that reads a child-class fact is left out whole for a role without that class: its result would tell."""
    hidden = frozenset() if CHILD in CLASSES[actor.role] else child_facts(book)
    whole: dict[str, Any] = msgspec.to_builtins(found.determination, str_keys=True)
    for view, subject in zip(whole["subjects"], found.determination.subjects, strict=True):
        kept = [number for number, rule in enumerate(subject.rules) if not reads(rule) & hidden]
        view["rules"] = [view["rules"][number] | refused(found, subject.rules[number], hidden) for number in kept]
        fitting = [r for r in view["rules"] if r["verdict"] == ELIGIBLE and r["kind"] == "programme"]
        view["fits_now"] = [{"id": r["id"], "title": r["title"]} for r in fitting]
    whole["stored"], whole["screened_at"] = found.screened_at is not None, clock.show(found.screened_at)
    whole["contradictions"] = [each for each in differ if each["fact"] not in hidden]
    return whole


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


def child_facts(book: RuleBook) -> frozenset[str]:
    return frozenset(name for name, fact in book.vocabulary.facts.items() if fact.sensitivity == CHILD)


def reads(rule: Ruled) -> set[str]:
    """Every fact behind a rule, also those behind computed ones."""
    inputs = [each for condition in rule.conditions for each in condition.inputs]
    inputs += rule.amount.inputs if rule.amount else ()
    return set(_names(inputs))


def _names(inputs: Any) -> Iterator[str]:
    each: InputView
    for each in inputs:
        yield each.fact
        yield from _names(each.computed_from)
