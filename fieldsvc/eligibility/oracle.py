"""Plain three-valued evaluation, one value at a time: the reference the vectorised engine is tested against, and the
basis of explanations. None is unknown."""

from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from . import tree
from .binding import Table, listed, scalar
from .plan import Plan
from .vocabulary import shift

Get = Callable[[str], Any]


def value_of(node: tree.Node, plan: Plan, get: Get) -> Any:
    """The value of an expression; ``get`` gives a fact's exact value or None."""
    return _EVALUATE[type(node)](node, plan, get)


def both(values: Iterable[bool | None]) -> bool | None:
    """Kleene AND; a "no" settles it, whatever comes after."""
    unknown = False
    for value in values:
        if value is False:
            return False
        unknown = unknown or value is None
    return None if unknown else True


def either(values: Iterable[bool | None]) -> bool | None:
    """Kleene OR; a "yes" settles it, whatever comes after."""
    unknown = False
    for value in values:
        if value is True:
            return True
        unknown = unknown or value is None
    return None if unknown else False


def negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def _param(node: tree.Param, plan: Plan, get: Get) -> Any:
    value = scalar(plan, node.name)
    return value.values.get(get(value.by)) if isinstance(value, Table) else value


def _arith(node: tree.Arith, plan: Plan, get: Get) -> Any:
    left, right = value_of(node.left, plan, get), value_of(node.right, plan, get)
    if left is None or right is None:
        return None
    return {"+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right}[node.op]()


def _shift(node: tree.Shift, plan: Plan, get: Get) -> date | None:
    base, amount = value_of(node.base, plan, get), value_of(node.amount, plan, get)
    if base is None or amount is None:
        return None
    return shift(base, node.sign * int(amount), node.unit)


_OPS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _compare(node: tree.Compare, plan: Plan, get: Get) -> bool | None:
    left, right = value_of(node.left, plan, get), value_of(node.right, plan, get)
    return None if left is None or right is None else _OPS[node.op](left, right)


def _between(node: tree.Between, plan: Plan, get: Get) -> bool | None:
    ends = (tree.Compare(">=", node.value, node.low), tree.Compare("<=", node.value, node.high))
    return both(_compare(end, plan, get) for end in ends)


def _in(node: tree.In, plan: Plan, get: Get) -> bool | None:
    value = value_of(node.value, plan, get)
    items = listed(plan, node.param.name) if node.param else tuple(i.value for i in node.items)
    return None if value is None or items is None else value in items


def _when(node: tree.When, plan: Plan, get: Get) -> Any:
    test = value_of(node.test, plan, get)
    return Fraction(0) if test is False else value_of(node.value, plan, get) if test else None


_EVALUATE: dict[type, Callable[..., Any]] = {
    tree.Fact: lambda node, plan, get: get(node.name),
    tree.Param: _param,
    tree.OnDate: lambda node, plan, get: plan.on,
    tree.Literal: lambda node, plan, get: node.value,
    tree.Arith: _arith,
    tree.Shift: _shift,
    tree.Compare: _compare,
    tree.Between: _between,
    tree.In: _in,
    tree.And: lambda node, plan, get: both(value_of(p, plan, get) for p in node.parts),
    tree.Or: lambda node, plan, get: either(value_of(p, plan, get) for p in node.parts),
    tree.Not: lambda node, plan, get: negated(value_of(node.part, plan, get)),
    tree.When: _when,
}
