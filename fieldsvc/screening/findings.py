"""From a rule that fired to an alert with its reasons: which facts, found by whom, under which clause."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from fieldsvc.accounts.rules import CHILD, GENERAL
from fieldsvc.alerts.rules import REPORTED, Finding, fingerprint
from fieldsvc.eligibility.behind import behind_rule
from fieldsvc.eligibility.determination import InputView, Ruled
from fieldsvc.eligibility.explain import Explanation
from fieldsvc.eligibility.plan import Expression, unless_column
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.eligibility.tree import facts_of
from fieldsvc.eligibility.vocabulary import TIER

from .examine import Judged, Verdict

CHANNEL = {"visit": "visit", "department": "matching"} | {way: way for way in REPORTED}


def findings(book: RuleBook, judged: Judged) -> Iterator[Finding]:
    for verdict in judged.verdicts:
        for rule_id in verdict.raised:
            yield _finding(book, judged, verdict, rule_id)


def _finding(book: RuleBook, judged: Judged, verdict: Verdict, rule_id: str) -> Finding:
    assert judged.explanation is not None
    rule, person = book.by_id[rule_id], verdict.subject_id if verdict.subject == "person" else None
    assert rule.alert is not None
    ruled, held_back = judged.explanation.ruled(rule, person), unless(judged.explanation, rule_id, person)
    given = [*(each for condition in ruled.conditions for each in condition.inputs), *held_back]
    read, proposed = list(leaves(given)), list(behind_proposals(judged.explanation, given))
    facts = book.vocabulary.facts
    child = any(
        facts[name].sensitivity == CHILD for name in behind_rule(judged.explanation.plan, rule_id) if name in facts
    )
    return Finding(
        rule_id, verdict.subject, verdict.subject_id, verdict.household_id, person, judged.facts.home.row.village_code,
        CHILD if child else GENERAL, rule.alert.kind, rule.alert.severity, rule.duty, rule.title, rule.alert.message,
        reasons(ruled, held_back, judged), _fingerprint(read, given), channels([*read, *proposed]),
        rule.alert.limit, _found_at(judged, read) if rule.alert.limit else None,
    )  # fmt: skip


def _found_at(judged: Judged, read: list[InputView]) -> datetime | None:
    """When the last of what fired it was observed: the finding (发现), which may lie before its screening by as long as a
    phone was offline. None when only the registry said so."""
    known = judged.facts.known
    said = [known[one.subject_id].document.get(one.fact) for one in read if one.subject_id in known]
    return max((datetime.fromisoformat(each[1]) for each in said if each), default=None)


def _fingerprint(read: list[InputView], given: list[InputView]) -> str:
    """A tier that rules propose counts by what it is, not by every fact that led to it."""
    tiers = [each for each in given if each.fact == TIER]
    return fingerprint({f"{one.subject_id} {one.fact}": str(one.value) for one in (*read, *tiers)})


def behind_proposals(explanation: Explanation, given: Iterable[InputView]) -> Iterator[InputView]:
    """The facts for which rules propose a tier that was read: who told them found the matter."""
    for each in given:
        rule = explanation.tier(each.subject_id)[2] if each.fact == TIER and each.subject_id in explanation.state.persons else ""
        if rule:
            ruled = explanation.ruled(explanation.plan.book.by_id[rule], each.subject_id)
            yield from leaves(one for condition in ruled.conditions for one in condition.inputs)


def unless(explanation: Explanation, rule_id: str, person: str | None) -> list[InputView]:
    """What would have held the alert back, and did not: the visit that said so found the alert as much as any condition."""
    step = explanation.steps.get(unless_column(rule_id))
    return [explanation.input(name, person) for name in facts_of(step.node)] if isinstance(step, Expression) else []


def leaves(inputs: Iterable[InputView]) -> Iterator[InputView]:
    """The facts at the bottom: what a computed fact was computed from."""
    for each in inputs:
        if each.computed_from:
            yield from leaves(each.computed_from)
        else:
            yield each


def channels(read: list[InputView]) -> tuple[dict[str, Any], ...]:
    """Who found it: the newest source of each kind among the facts read."""
    newest: dict[str, InputView] = {}
    for one in sorted((o for o in read if o.as_of and o.source_kind), key=lambda o: (o.as_of, o.source_id)):
        newest[CHANNEL.get(one.source_kind, "registry")] = one
    found = {name: newest[name] for name in newest if name != "registry" or len(newest) == 1}
    return tuple(
        {"channel": name, "source": one.source_id, "as_of": str(one.as_of)} for name, one in sorted(found.items())
    )


def reasons(ruled: Ruled, held_back: list[InputView], judged: Judged) -> dict[str, Any]:
    """The conditions as explained: input and its source, value, parameter, document, clause and quote."""
    shown = msgspec.to_builtins(ruled, str_keys=True)
    return {"on": judged.on.isoformat(), "office": ruled.office, "conditions": shown["conditions"], "amount": shown["amount"],
            "unless": msgspec.to_builtins(held_back, str_keys=True)}  # fmt: skip
