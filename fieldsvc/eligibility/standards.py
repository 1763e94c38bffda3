"""Does what a place has set (本地设定) keep to what its texts say of it? A standard outside its range warns; it is still saved."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from fieldsvc.policy.book import OutOfPeriod

from . import tree
from .authority import authority, parameter_view
from .binding import absent
from .determination import Authority, ParameterView
from .oracle import value_of
from .plan import Plan
from .planner import bound_to
from .rulebook import Condition, Rule, RuleBook

WITHIN, OUTSIDE, UNKNOWN, OUT_OF_PERIOD = "within", "outside", "unknown", "out_of_period"


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition of a ``[[standard]]``. ``state``: within | outside | unknown (a value is missing) | out_of_period.

    ``missing`` names the parameters without a value; ``parameters`` shows every value that was compared.
    """

    standard: str
    condition: str
    title: str
    label: str
    state: str
    message: str
    missing: tuple[str, ...]
    parameters: tuple[ParameterView, ...]
    authority: Authority


def standard_findings(book: RuleBook, jurisdiction: str, on: date) -> list[Finding]:
    """Every standard the place's texts speak of, condition by condition. Raises KeyError for an unknown jurisdiction."""
    return [finding for rule in book.standards for finding in _findings(book, rule, jurisdiction, on)]


def _findings(book: RuleBook, rule: Rule, jurisdiction: str, on: date) -> Iterator[Finding]:
    body = book.body(rule, jurisdiction)
    if body is None:
        return
    plan, nodes = bound_to(book, jurisdiction, on, [c.test for c in body.conditions])
    for condition, node in zip(body.conditions, nodes, strict=True):
        yield _finding(plan, rule, condition, node)


def _finding(plan: Plan, rule: Rule, condition: Condition, node: tree.Node) -> Finding:
    names = tree.params_of(node)
    origin = authority(plan.book.policy, plan.jurisdiction, condition.cite, condition.reference, condition.sample)
    missing = tuple(name for name in names if absent(plan, name))
    views = tuple(parameter_view(plan, name) for name in names)
    return Finding(rule.id, condition.id, rule.title, condition.label, _state(plan, node), rule.signal, missing, views, origin)


def _state(plan: Plan, node: tree.Node) -> str:
    if any(isinstance(plan.answers[name], OutOfPeriod) for name in tree.params_of(node)):
        return OUT_OF_PERIOD
    result = value_of(node, plan, lambda _: None)
    return UNKNOWN if result is None else WITHIN if result else OUTSIDE
