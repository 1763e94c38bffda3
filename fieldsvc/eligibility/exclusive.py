"""Programmes of which a place's text grants only one (互斥). Where both could be met and nothing decides, the rules are refused.

What may decide: the conditions themselves, which is proven here; the place's order of tiers, where the first that fits wins;
or a fact that records which of them the family chose."""

from collections.abc import Iterator
from datetime import date, timedelta

from fieldsvc.policy.book import Found
from fieldsvc.policy.source import Place, Source

from .branches import Store, TooWide, together
from .language import ExpressionError
from .parameters import base_parameter
from .plan import ORDER_PARAMETER, PlanError
from .planner import pair_plan
from .rulebook import Exclusive, RuleBook

MEND = ("在其中一项写明不与另一项同时符合的条件；由家庭选择的，写 choice = \"事实\"；由认定顺序决定的，两项写不同的 tier；"
        "是本地设定的条件重叠的，改正本地设定")  # fmt: skip
BY_CONDITIONS, BY_ORDER, BY_CHOICE = "conditions", "order", "choice"
Declared = list[tuple[Exclusive, Source, Place]]


def exclusive_in(book: RuleBook, jurisdiction: str) -> list[Exclusive]:
    """The pairs the place's own text declares, and those of the text it forwards."""
    chain = (jurisdiction, *book.policy.parents(jurisdiction))
    return [pair for pair in book.exclusive if pair.jurisdiction in chain]


def tiers_in_order(book: RuleBook, jurisdiction: str, on: date) -> Iterator[Exclusive]:
    """Programmes of different tiers of the place's order: a person belongs to one tier, so that nobody draws two of them."""
    answer = book.policy.at(jurisdiction, ORDER_PARAMETER, on)
    if not isinstance(answer, Found) or not isinstance(answer.value, tuple):
        return
    order, given = answer.value, answer.parameter
    ranked = [(order.index(r.tier), r) for r in book.programmes if r.tier in order and book.body(r, jurisdiction)]
    for rank, one in ranked:
        for other_rank, other in ranked:
            if rank < other_rank:
                yield Exclusive(one.id, other.id, jurisdiction, given.cite, given.reference, given.sample)


def check_exclusive(book: RuleBook, declared: Declared) -> None:
    """Refuse, at its own line, every declaration that names no such programme or that nothing keeps."""
    for pair, source, at in declared:
        if not _known(book, pair, source, at):
            continue
        told = next((f"{pair.a} 与 {pair.b} 在 {place} 互斥，{how}。" for place in _places(book, pair)
                     for on in _days(book, pair, place) if (how := _both_win(book, pair, place, on))), "")  # fmt: skip
        if told:
            source.refuse(at, "exclusive_both_win", told, MEND)


def _places(book: RuleBook, pair: Exclusive) -> Iterator[str]:
    """Where the declaration holds: the place itself, and those that forward its text, with values of their own."""
    for place in book.policy.jurisdictions:
        if pair.jurisdiction in (place, *book.policy.parents(place)):
            yield place


def _known(book: RuleBook, pair: Exclusive, source: Source, at: Place) -> bool:
    a, b = book.by_id[pair.a], book.by_id.get(pair.b)
    if b is None or b.id == a.id:
        source.refuse((*at, "programme"), "unknown_rule", f"没有另一个规则 {pair.b}。", "改正 excludes 的 programme")
    elif b.subject != a.subject:
        message = f"{pair.a} 与 {pair.b} 对象不同，不能互斥。"
        source.refuse((*at, "programme"), "other_subject", message, "只在同为个人或同为家庭的项目间写 excludes")
    elif pair.choice and getattr(book.vocabulary.get(pair.choice), "choices", None) in (None, {}):
        source.refuse((*at, "choice"), "unknown_fact", f"没有选项事实 {pair.choice}。", "改正 choice，或在 facts.toml 中登记")
    else:
        return True
    return False


def decided_by(book: RuleBook, pair: Exclusive, jurisdiction: str, on: date) -> str:
    """What keeps the two apart: order, choice or conditions; "" where nothing does. Raises TooWide."""
    if pair.choice:
        return BY_CHOICE
    if _ordered(book, pair, jurisdiction, on):
        return BY_ORDER
    return BY_CONDITIONS if _met_by(book, pair, jurisdiction, on) is None else ""


def _both_win(book: RuleBook, pair: Exclusive, jurisdiction: str, on: date) -> str:
    """How both could be met on the day, in words; "" where one of them never is."""
    if pair.choice or _ordered(book, pair, jurisdiction, on):
        return ""
    try:
        found = _met_by(book, pair, jurisdiction, on)
    except TooWide:
        return "条件过于复杂，无法证明不会同时符合"
    except (PlanError, ExpressionError) as error:
        return f"但 {on} 的条件无法核对：{error}"
    return "" if found is None else f"但{_told(book, found)}时两项都符合"


def _ordered(book: RuleBook, pair: Exclusive, jurisdiction: str, on: date) -> bool:
    tiers = {book.by_id[pair.a].tier, book.by_id[pair.b].tier} - {""}
    answer = book.policy.at(jurisdiction, ORDER_PARAMETER, on)
    order = answer.value if isinstance(answer, Found) and isinstance(answer.value, tuple) else ()
    return len(tiers) == 2 and tiers <= set(order)


def _met_by(book: RuleBook, pair: Exclusive, jurisdiction: str, on: date) -> Store | None:
    plan = pair_plan(book, jurisdiction, on, (pair.a, pair.b))
    rulings = [plan.rulings[each] for each in (pair.a, pair.b)]
    if any(ruling.status for ruling in rulings):
        return None
    return together(plan, [node for ruling in rulings for node in ruling.nodes])


def _days(book: RuleBook, pair: Exclusive, jurisdiction: str) -> list[date]:
    """Every day on which something the two rules stand on begins, or has just ended."""
    first = book.policy.documents[book.policy.jurisdictions[jurisdiction].documents[0]].starts
    found, waiting = {first}, [first]
    while waiting:
        new = set(_turns(book, pair, jurisdiction, waiting.pop())) - found
        waiting += new
        found |= new
    return sorted(found)


def _turns(book: RuleBook, pair: Exclusive, jurisdiction: str, on: date) -> Iterator[date]:
    try:
        plan = pair_plan(book, jurisdiction, on, (pair.a, pair.b))
    except (PlanError, ExpressionError):
        return
    chain = (jurisdiction, *book.policy.parents(jurisdiction))
    for name in plan.answers:
        for parameter in book.policy.named(base_parameter(book, name)):
            if parameter.jurisdiction in chain:
                yield parameter.starts
                yield from [parameter.ends + timedelta(1)] if parameter.ends else ()


def _told(book: RuleBook, found: Store) -> str:
    """The witness by its choices and truths; sums and dates are not spelled out."""
    vocabulary = book.vocabulary
    parts = []
    for name, values in found.among.items():
        known = vocabulary.get(name)
        shown = [known.choices.get(v, v) if known else v for v in sorted(map(str, values))]
        parts += [f"{vocabulary.label(name)}为{'或'.join(shown)}"] if len(shown) <= 3 else []
    parts += [f"{vocabulary.label(name)}为{'是' if value else '否'}" for name, value in found.truths.items()]
    if found.lines:
        parts.append("金额、数量、日期合于两项条件")
    return "、".join(parts[:8]) or "不需任何条件"
