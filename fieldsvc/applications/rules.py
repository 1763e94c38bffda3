"""Ordered classification (分类审核认定): the jurisdiction's order, first match wins, refusals before it keep their reasons. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from fieldsvc.eligibility.determination import Ruled
from fieldsvc.eligibility.explain import Explanation
from fieldsvc.eligibility.oracle import both, either
from fieldsvc.eligibility.plan import Tier, verdict_column
from fieldsvc.eligibility.vocabulary import NO_TIER, TIER

OPEN, DECIDED, WITHDRAWN = "open", "decided", "withdrawn"
STATES = {OPEN: "办理中", DECIDED: "已认定", WITHDRAWN: "已撤回"}
CONFIRM, OVERRIDE = "confirm", "override"
MARKS = ("anti_relapse_monitored", "other_hardship")
FITS, REFUSED, UNDECIDED, SILENT = "fits", "refused", "undecided", "silent"
RESULTS = {FITS: "符合", REFUSED: "不符合", UNDECIDED: "尚不能确定", SILENT: "本地区没有认定规则"}


@dataclass(frozen=True, slots=True)
class Reason:
    """A condition that refuses, or is not decided, for a person: with the text it stands on."""

    person_id: str
    rule: str
    condition: str
    result: str
    clause: str
    quote: str
    reference: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One tier of the order with its result (``RESULTS``), why it failed, and which facts are still to be asked."""

    tier: str
    title: str
    result: str
    rules: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    missing: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rules propose: ``tier`` (none: refused in every tier tried), or None while a tier is undecided.

    ``tried`` in the jurisdiction's order, up to the first that fits. ``marks`` stand beside the tier.
    """

    tier: str | None
    title: str
    tried: tuple[Tried, ...]
    marks: tuple[dict[str, Any], ...]
    order: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return made


def order_of(explanation: Explanation) -> tuple[str, ...]:
    """The jurisdiction's order of tiers (先后顺序); empty where neither text nor supplement gives one."""
    step = explanation.steps.get(TIER)
    return tuple(tier for tier, _ in step.choices) if isinstance(step, Tier) and step.ordered else ()


def classify(explanation: Explanation, person_id: str | None, tiers: Iterable[str]) -> Proposal:
    """Try the tiers in the order given for the person, or for the household as a whole (every member must fit)."""
    persons = [person_id] if person_id else list(explanation.state.persons)
    tried: list[Tried] = []
    for tier in tiers:
        tried.append(_try(explanation, tier, persons))
        if tried[-1].result != REFUSED:
            break
    last = tried[-1] if tried else None
    tier_found = last.tier if last and last.result == FITS else NO_TIER if last and last.result == REFUSED else None
    return Proposal(tier_found, _title(explanation, tier_found), tuple(tried), _marks(explanation, persons), order_of(explanation))


def _try(explanation: Explanation, tier: str, persons: list[str]) -> Tried:
    """A tier fits where one of its programmes fits; for a household where every member has such a programme."""
    rules = [r for r in explanation.plan.book.programmes if r.tier == tier and not explanation.plan.rulings[r.id].status]
    title = _title(explanation, tier)
    if not rules or not persons:
        return Tried(tier, title, SILENT if not rules else UNDECIDED)
    verdict = both(either(explanation.state.get(p)(verdict_column(r.id)) for r in rules) for p in persons)
    result = {True: FITS, False: REFUSED, None: UNDECIDED}[verdict]
    ruled = [(p, explanation.ruled(rule, p)) for p in persons for rule in rules]
    if verdict:
        return Tried(tier, title, result, tuple(dict.fromkeys(r.id for _, r in ruled if r.verdict == "e")))
    wanted = "false" if verdict is False else "unknown"
    reasons = tuple(reason for p, r in ruled for reason in _reasons(p, r, wanted))
    return Tried(tier, title, result, tuple(r.id for r in rules), reasons, _missing(ruled) if verdict is None else ())


def _reasons(person: str, ruled: Ruled, wanted: str) -> Iterable[Reason]:
    for c in ruled.conditions:
        if c.result == wanted:
            a = c.authority
            yield Reason(person, ruled.id, c.label, c.result, f"{a.number or a.title} {a.clause}".strip(), a.quote, a.reference)


def _missing(ruled: Iterable[tuple[str, Ruled]]) -> tuple[dict[str, str], ...]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for _, each in ruled:
        for fact in each.missing_facts:
            found[fact.fact, fact.subject_id] = {"fact": fact.fact, "subject_id": fact.subject_id, "ask": fact.ask}
        for parameter in each.missing_supplements:
            found[parameter.name, ""] = {"parameter": parameter.name, "title": parameter.title}
    return tuple(found.values())


def _title(explanation: Explanation, tier: str | None) -> str:
    known = explanation.plan.book.vocabulary.get(TIER)
    return known.choices.get(tier or "", tier or "") if known else tier or ""


def _marks(explanation: Explanation, persons: list[str]) -> tuple[dict[str, Any], ...]:
    """The categories outside the order (胶州 二(一): 防止返贫监测对象、其他困难人员), as they are known of each person."""
    facts = explanation.plan.book.vocabulary.facts
    return tuple(
        {"mark": name, "label": facts[name].label, "person_id": person, "value": value}
        for name in MARKS if name in facts for person in persons
        if (value := explanation.given[person].get(name)) is not None and (value := value.value) is not None
    )  # fmt: skip


def tiers_to_try(order: tuple[str, ...], applied: str, consented: bool, left: str | None = None) -> tuple[str, ...]:
    """With consent every tier in order, without only the one applied for. Who left a tier is judged for those after it."""
    if not consented or applied not in order:
        return (applied,)
    return order[order.index(left) + 1 :] or (applied,) if left in order else order
