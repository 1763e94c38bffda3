"""Determinations on the wire, without what the reader's role may not see."""

from collections.abc import Iterator
from typing import Any

import msgspec

from fieldsvc.accounts.rules import CHILD, CLASSES, Actor
from fieldsvc.eligibility.determination import InputView, Ruled
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.kit import clock

from .determinations import Shown


def shown(found: Shown, actor: Actor, book: RuleBook, differ: list[dict[str, Any]]) -> dict[str, Any]:
    """A rule that reads a child-class fact is left out whole for a role without that class: its result would tell."""
    hidden = frozenset() if CHILD in CLASSES[actor.role] else child_facts(book)
    whole: dict[str, Any] = msgspec.to_builtins(found.determination, str_keys=True)
    for view, subject in zip(whole["subjects"], found.determination.subjects, strict=True):
        kept = [number for number, rule in enumerate(subject.rules) if not reads(rule) & hidden]
        view["rules"] = [view["rules"][number] for number in kept]
    whole["stored"], whole["screened_at"] = found.screened_at is not None, clock.show(found.screened_at)
    whole["contradictions"] = [each for each in differ if each["fact"] not in hidden]
    return whole


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
