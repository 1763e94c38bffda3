"""The catalogue of aid items (救助项目目录) of a place: every programme the core and the departments bring, and what it is for.

The indicator list (动态监测指标体系) is read from the same plan: what is watched, from where, past which threshold. Pure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .authority import cited, parameter_view
from .determination import VERDICTS, Authority, ParameterView
from .explain import Explanation
from .language import parse
from .plan import ELIGIBLE, NOT_ELIGIBLE, UNKNOWN, Plan, Ruling, verdict_column
from .rulebook import Rule
from .tree import params_of

NEEDS = "needs_ticked"
"""The fact that holds the needs ticked at a visit, as words with spaces between."""
AID = {"basic": "基本生活救助", "special": "专项社会救助", "emergency": "急难社会救助", "service": "服务类社会救助",
       "charity": "慈善和社会力量帮扶"}  # fmt: skip
OF_DUTY = {
    "medical_insurance": "medical", "health": "medical", "education": "education", "housing": "housing",
    "human_resources": "employment", "emergency_management": "disaster", "disabled_federation": "rehabilitation",
    "women_screening": "medical",
}  # fmt: skip
"""What an item of a duty is for where its file does not say."""
_LETTERS = {True: ELIGIBLE, False: NOT_ELIGIBLE, None: UNKNOWN}


@dataclass(frozen=True, slots=True)
class Item:
    """One aid item of a place. ``state``: "" where its text or supplement decides, else s, x or o; ``texts`` say where it stands."""

    id: str
    title: str
    aid: str
    needs: tuple[str, ...]
    subject: str
    duty: str
    office: str
    package: str
    state: str
    texts: tuple[Authority, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """One indicator of a place: its signal, where that comes from, the thresholds it compares with, and whether it is on."""

    id: str
    title: str
    signal: str
    source: str
    package: str
    duty: str
    on: bool
    why_off: str
    thresholds: tuple[ParameterView, ...]
    texts: tuple[Authority, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """An item that fits a subject (``verdict`` e), or may fit once more is known (u). ``wanted``: a need ticked at a visit."""

    item: Item
    subject_id: str
    verdict: str
    wanted: bool


def needs_of(rule: Rule) -> tuple[str, ...]:
    return rule.needs or tuple(filter(None, [OF_DUTY.get(rule.duty, "")]))


def items(plan: Plan) -> list[Item]:
    """Every item installed here, those of one kind of aid together."""
    order = {aid: n for n, aid in enumerate(AID)}
    made = [_item(plan, ruling) for ruling in plan.rulings.values() if not ruling.rule.is_indicator]
    return sorted(made, key=lambda item: (order.get(item.aid, len(order)), item.id))


def _item(plan: Plan, ruling: Ruling) -> Item:
    rule, office = ruling.rule, plan.book.policy.office(plan.jurisdiction, ruling.rule.duty)
    return Item(rule.id, rule.title, rule.aid, needs_of(rule), rule.subject, rule.duty, office.office if office else "",
                rule.package, ruling.status, texts(plan, ruling))  # fmt: skip


def texts(plan: Plan, ruling: Ruling) -> tuple[Authority, ...]:
    """The clauses an item stands on, each once."""
    cites = (c.cite for c in (ruling.body.conditions if ruling.body else ()) if c.cite)
    found = {(c.document, c.clause): cited(plan.book.policy, plan.jurisdiction, c) for c in cites}
    return tuple(found.values())


def watches(plan: Plan) -> list[Watch]:
    """The indicators of the place: what no text or supplement of it names is off."""
    return [_watch(plan, r) for r in plan.rulings.values() if r.rule.is_indicator]


def _watch(plan: Plan, ruling: Ruling) -> Watch:
    rule = ruling.rule
    names = dict.fromkeys(_thresholds(plan, ruling))
    return Watch(rule.id, rule.title, rule.signal, rule.source, rule.package, rule.duty, not ruling.status,
                 VERDICTS[ruling.status] if ruling.status else "", tuple(parameter_view(plan, n) for n in names),
                 texts(plan, ruling))  # fmt: skip


def _thresholds(plan: Plan, ruling: Ruling) -> Iterator[str]:
    if ruling.body is None:
        return
    if ruling.rule.needs_parameter:
        yield ruling.rule.needs_parameter
    for condition in ruling.body.conditions:
        yield from (name for name in params_of(parse(condition.test)) if name in plan.answers)


def ticked(explanation: Explanation) -> tuple[str, ...]:
    """The needs ticked at the household's last visit that are still known."""
    said = explanation.state.get(None)(NEEDS)
    return tuple(said.split()) if isinstance(said, str) else ()


def offers(explanation: Explanation, persons: Iterable[str] | None = None, but: frozenset[str] = frozenset()) -> list[Offer]:
    """What fits the household and these persons (all of them by default), wanted items first; ``but``: rules left out.

    An item that may still fit is offered only where a need ticked at a visit calls for it (缺什么补什么).
    """
    people = list(explanation.state.persons) if persons is None else list(persons)
    plan, wants = explanation.plan, set(ticked(explanation))
    found = []
    for ruling in plan.rulings.values():
        if ruling.status or ruling.rule.is_indicator or ruling.rule.id in but:
            continue
        item = _item(plan, ruling)
        for who in [None] if item.subject == "household" else people:
            verdict = _LETTERS[explanation.state.get(who)(verdict_column(item.id))]
            wanted = bool(wants & set(item.needs))
            if verdict == ELIGIBLE or (verdict == UNKNOWN and wanted):
                found.append(Offer(item, who or explanation.household_id, verdict, wanted))
    return sorted(found, key=lambda offer: (not offer.wanted, offer.verdict, offer.item.id))


def by_aid(found: Iterable[Offer]) -> dict[str, list[Offer]]:
    """``{kind of aid: its offers}``; every kind stands there, also when it has none."""
    grouped: dict[str, list[Offer]] = {aid: [] for aid in AID}
    for offer in found:
        grouped.setdefault(offer.item.aid, []).append(offer)
    return grouped


def shown(offer: Offer) -> dict[str, Any]:
    item = offer.item
    return {"id": item.id, "title": item.title, "aid": item.aid, "duty": item.duty, "office": item.office,
            "subject_id": offer.subject_id, "verdict": offer.verdict, "verdict_label": VERDICTS[offer.verdict],
            "wanted": offer.wanted, "clauses": [f"{t.number or t.title} {t.clause}" for t in item.texts]}  # fmt: skip
