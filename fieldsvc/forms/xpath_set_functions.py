"""Functions of several values: choices picked, rows of a repeat."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from .errors import XPathError
from .xpath_types import MANY, Build, Function, Kind, Resolver, Run, Typed, as_number, as_text
from .xpath_values import NAN, number_of, number_of_date, text_of


def _items(typed: Typed) -> Run:
    if typed.items is not None:
        return typed.items
    text = as_text(typed)
    return lambda s: text(s).split()


def _selected(arguments: Sequence[Typed], _: Resolver) -> Typed:
    items = _items(arguments[0])
    if isinstance(arguments[1].constant, str):
        wanted = arguments[1].constant.strip()
        return Typed(Kind.BOOL, lambda s: wanted in items(s))
    text = as_text(arguments[1])
    return Typed(Kind.BOOL, lambda s: text(s).strip() in items(s))


def _count_selected(arguments: Sequence[Typed], _: Resolver) -> Typed:
    items = _items(arguments[0])
    return Typed(Kind.NUMBER, lambda s: float(len(items(s))))


def _selected_at(arguments: Sequence[Typed], _: Resolver) -> Typed:
    items, index = _items(arguments[0]), as_number(arguments[1])

    def run(scope: Any) -> str:
        chosen, at = items(scope), index(scope)
        return chosen[int(at)] if 0 <= at < len(chosen) else ""

    return Typed(Kind.TEXT, run)


def _choice_name(arguments: Sequence[Typed], resolver: Resolver) -> Typed:
    target = arguments[1].constant
    match = re.fullmatch(r"\s*\$\{\s*([^}\s]+)\s*\}\s*", target) if isinstance(target, str) else None
    if match is None:
        raise XPathError("xpath_choice_name", "jr:choice-name() 的第二个参数要写成 '${题目名}'")
    labels, value = resolver.choice_labels(match[1]), as_text(arguments[0])
    return Typed(Kind.TEXT, lambda s: labels.get(value(s), ""))


def _nodes(typed: Typed) -> Run:
    """The values of an argument: all rows of a repeat, or the single one."""
    if typed.kind is Kind.NODES:
        return typed.run
    run = typed.run
    return lambda s: [run(s)]


def _element_number(typed: Typed) -> Callable[[Any], float]:
    kind = typed.element if typed.kind is Kind.NODES else typed.kind
    return number_of_date if kind is Kind.DATE else number_of


def _folded(fold: Callable[[list[float]], float]) -> Build:
    """sum, min, max: ODK Collect passes over unanswered ones (web forms give NaN, and then send no value)."""

    def make(arguments: Sequence[Typed], _: Resolver) -> Typed:
        parts = [(_nodes(each), _element_number(each)) for each in arguments]
        return Typed(
            Kind.NUMBER, lambda s: fold([n for nodes, number in parts for v in nodes(s) if (n := number(v)) == n])
        )

    return make


def _extreme(choose: Callable[[list[float]], float]) -> Callable[[list[float]], float]:
    return lambda numbers: choose(numbers) if numbers else NAN


def _count(arguments: Sequence[Typed], _: Resolver) -> Typed:
    if arguments[0].kind is not Kind.NODES:
        raise XPathError("xpath_arguments", "count() 只数重复组")
    nodes = arguments[0].run
    return Typed(Kind.NUMBER, lambda s: float(len(nodes(s))))


def _count_non_empty(arguments: Sequence[Typed], _: Resolver) -> Typed:
    nodes = _nodes(arguments[0])
    return Typed(Kind.NUMBER, lambda s: float(sum(1 for v in nodes(s) if v != "")))


def _join(arguments: Sequence[Typed], _: Resolver) -> Typed:
    separator, parts = as_text(arguments[0]), [_nodes(each) for each in arguments[1:]]
    return Typed(Kind.TEXT, lambda s: separator(s).join(text_of(v) for nodes in parts for v in nodes(s)))


SET_FUNCTIONS: dict[str, Function] = {
    "sum": Function(1, 1, _folded(math.fsum), takes_nodes=True),
    "min": Function(1, MANY, _folded(_extreme(min)), takes_nodes=True),
    "max": Function(1, MANY, _folded(_extreme(max)), takes_nodes=True),
    "count": Function(1, 1, _count, takes_nodes=True),
    "count-non-empty": Function(1, 1, _count_non_empty, takes_nodes=True),
    "join": Function(2, MANY, _join, takes_nodes=True),
    "selected": Function(2, 2, _selected),
    "count-selected": Function(1, 1, _count_selected),
    "selected-at": Function(2, 2, _selected_at),
    "jr:choice-name": Function(2, 2, _choice_name),
}
