"""Expressions as polars expressions. Numbers are integers over a fixed denominator, so every comparison is exact; a bound on
each number, proven here, says whether 64 bits hold it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import lcm
from operator import and_, or_
from typing import Any

import polars as pl

from . import tree
from .binding import Table, listed, scalar
from .plan import Plan, PlanError
from .vocabulary import shift

NARROW, WIDE = 2**62, 2**126
_UNITS = {"YEAR": ("y", 300), "MONTH": ("mo", 3600), "DAY": ("d", 100_000)}


@dataclass(frozen=True, slots=True)
class Number:
    """``expr / scale`` with |expr| ≤ bound. ``dtype`` of expr is Int64 below 2^62, else Int128."""

    expr: pl.Expr
    scale: int
    bound: int

    @property
    def dtype(self) -> Any:
        return pl.Int64 if self.bound < NARROW else pl.Int128

    def scaled(self, factor: int) -> "Number":
        if factor == 1:
            return self
        wider = Number(self.expr, self.scale * factor, self.bound * factor)
        return Number(_cast(self, wider.dtype) * pl.lit(factor, dtype=wider.dtype), wider.scale, proven(wider.bound))


@dataclass
class Compiled:
    """Expressions by step name; ``numbers``: scale and bound of the columns that hold a number.

    ``members``: for an aggregate the expressions inside ``group_by``, and what the household makes of them.
    """

    plan: Plan
    expressions: dict[str, pl.Expr] = field(default_factory=dict)
    members: dict[str, tuple[list[pl.Expr], pl.Expr]] = field(default_factory=dict)
    numbers: dict[str, tuple[int, int]] = field(default_factory=dict)


def _cast(number: Number, dtype: Any) -> pl.Expr:
    return number.expr if number.dtype == dtype else number.expr.cast(dtype)


def proven(bound: int) -> int:
    if bound >= WIDE:
        raise PlanError("too_large", "算式可能超出 128 位整数。", "减少相乘的次数，或化简参数的分母", "")
    return bound


def _constant(value: Fraction | None) -> Number:
    if value is None:
        return Number(pl.lit(None, dtype=pl.Int64), 1, 0)
    bound = abs(value.numerator)
    return Number(pl.lit(value.numerator, dtype=pl.Int64 if bound < NARROW else pl.Int128), value.denominator, bound)


def number(node: tree.Node, c: Compiled) -> Number:
    """A numeric expression as an exact polars number."""
    if isinstance(node, tree.Literal):
        return _constant(Fraction(node.value))  # type: ignore[arg-type]
    if isinstance(node, tree.Fact):
        scale, bound = c.numbers[node.name]
        return Number(pl.col(node.name), scale, bound)
    if isinstance(node, tree.Param):
        return _number_param(node, c)
    if isinstance(node, tree.When):
        return _number_when(node, c)
    assert isinstance(node, tree.Arith)
    return _combined(node.op, number(node.left, c), number(node.right, c))


def _number_when(node: tree.When, c: Compiled) -> Number:
    test, value = condition(node.test, c), number(node.value, c)
    chosen = pl.when(test).then(value.expr).when(~test).then(pl.lit(0, dtype=value.dtype))
    return Number(chosen.otherwise(pl.lit(None, dtype=value.dtype)), value.scale, value.bound)


def _number_param(node: tree.Param, c: Compiled) -> Number:
    value = scalar(c.plan, node.name)
    if isinstance(value, Table):
        return _number_table(value)
    if isinstance(value, bool | str):
        raise PlanError("bad_shape", f"参数 {node.name} 不是数。", "改用数值参数", node.name)
    return _constant(value)


def _number_table(table: Table) -> Number:
    scale = lcm(*(value.denominator for value in table.values.values()))
    whole = {key: int(value * scale) for key, value in table.values.items()}
    bound = max(map(abs, whole.values()), default=0)
    dtype = pl.Int64 if bound < NARROW else pl.Int128
    expr = _chosen(table.by, {key: pl.lit(value, dtype=dtype) for key, value in whole.items()}, pl.lit(None, dtype=dtype))
    return Number(expr, scale, bound)


def _chosen(by: str, values: Mapping[str, pl.Expr], otherwise: pl.Expr) -> pl.Expr:
    """``by`` unknown, or a value the table lacks: unknown."""
    expr = otherwise
    for key, value in values.items():
        expr = pl.when(pl.col(by).cast(pl.String) == key).then(value).otherwise(expr)
    return expr


def _combined(op: str, left: Number, right: Number) -> Number:
    if op == "*":
        bound = proven(left.bound * right.bound)
        dtype = Number(left.expr, 1, bound).dtype
        return Number(_cast(left, dtype) * _cast(right, dtype), left.scale * right.scale, bound)
    left, right = aligned(left, right)
    bound = proven(left.bound + right.bound)
    dtype = Number(left.expr, 1, bound).dtype
    one, other = _cast(left, dtype), _cast(right, dtype)
    return Number(one + other if op == "+" else one - other, left.scale, bound)


def aligned(left: Number, right: Number) -> tuple[Number, Number]:
    """Both over one denominator: comparing is then comparing integers."""
    common = lcm(left.scale, right.scale)
    left, right = left.scaled(common // left.scale), right.scaled(common // right.scale)
    dtype = left.dtype if left.bound > right.bound else right.dtype
    return (
        Number(_cast(left, dtype), common, left.bound if dtype == left.dtype else NARROW),
        Number(_cast(right, dtype), common, right.bound if dtype == right.dtype else NARROW),
    )


def condition(node: tree.Node, c: Compiled) -> pl.Expr:
    """A condition as a Boolean expression with null for unknown."""
    return _CONDITIONS[type(node)](node, c)


def _is_number(node: tree.Node, c: Compiled) -> bool:
    if isinstance(node, tree.Arith | tree.When):
        return True
    if isinstance(node, tree.Literal):
        return isinstance(node.value, Fraction)
    if isinstance(node, tree.Fact):
        return node.name in c.numbers
    if not isinstance(node, tree.Param):
        return False
    value = scalar(c.plan, node.name)
    value = next(iter(value.values.values()), None) if isinstance(value, Table) else value
    return isinstance(value, Fraction)


def _compare(node: tree.Compare, c: Compiled) -> pl.Expr:
    if _is_number(node.left, c) or _is_number(node.right, c):
        left, right = aligned(number(node.left, c), number(node.right, c))
        return _OPS[node.op](left.expr, right.expr)
    left_text, right_text = plain(node.left, c), plain(node.right, c)
    if isinstance(node.left, tree.Fact) and isinstance(node.right, tree.Fact) and _is_text(node.left, c):
        left_text, right_text = left_text.cast(pl.String), right_text.cast(pl.String)
    return _OPS[node.op](left_text, right_text)


def _is_text(node: tree.Fact, c: Compiled) -> bool:
    found = c.plan.book.vocabulary.get(node.name)
    return found is not None and found.type in ("text", "choice")


_OPS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def plain(node: tree.Node, c: Compiled) -> pl.Expr:
    """A value that is no number: bool, text or date."""
    if isinstance(node, tree.Fact):
        return pl.col(node.name)
    if isinstance(node, tree.OnDate):
        return pl.lit(c.plan.on)
    if isinstance(node, tree.Literal):
        return pl.lit(node.value)
    if isinstance(node, tree.Param):
        return _plain_param(node, c)
    assert isinstance(node, tree.Shift)
    return _shift(node, c)


def _plain_param(node: tree.Param, c: Compiled) -> pl.Expr:
    value = scalar(c.plan, node.name)
    if isinstance(value, Table):
        return _chosen(value.by, {key: pl.lit(v) for key, v in value.values.items()}, pl.lit(None))
    return pl.lit(value)


def _shift(node: tree.Shift, c: Compiled) -> pl.Expr:
    amount = node.amount.value if isinstance(node.amount, tree.Literal) else scalar(c.plan, node.amount.name)
    if not isinstance(amount, Fraction) or amount.denominator != 1:
        if amount is None:
            return pl.lit(None, dtype=pl.Date)
        raise PlanError("bad_shape", "INTERVAL 的数量不是整数。", "改用整数参数", "")
    count = node.sign * int(amount)
    letter, most = _UNITS[node.unit]
    if abs(count) > most:
        raise PlanError("too_large", "INTERVAL 过长。", "不超过 300 年", "")
    if isinstance(node.base, tree.OnDate):
        return pl.lit(shift(c.plan.on, count, node.unit))
    return plain(node.base, c).dt.offset_by(f"{count}{letter}")


def _between(node: tree.Between, c: Compiled) -> pl.Expr:
    low, high = tree.Compare(">=", node.value, node.low), tree.Compare("<=", node.value, node.high)
    return _compare(low, c) & _compare(high, c)


def _in(node: tree.In, c: Compiled) -> pl.Expr:
    items = listed(c.plan, node.param.name) if node.param else tuple(item.value for item in node.items)
    if items is None:
        return pl.lit(None, dtype=pl.Boolean)
    tests = [_compare(tree.Compare("=", node.value, tree.Literal(item)), c) for item in items if _possible(node.value, item, c)]
    return reduce(or_, tests) if tests else _known_false(node.value, c)


def _possible(value: tree.Node, item: Any, c: Compiled) -> bool:
    """A list of a text may name more than the fact's choices; those members never match."""
    found = c.plan.book.vocabulary.get(value.name) if isinstance(value, tree.Fact) else None
    return found is None or not found.choices or item in found.choices


def _known_false(value: tree.Node, c: Compiled) -> pl.Expr:
    """FALSE for a known value, unknown for an unknown one."""
    expr = number(value, c).expr if _is_number(value, c) else plain(value, c)
    return pl.when(expr.is_not_null()).then(pl.lit(False))


def _flag(node: tree.Fact | tree.Param | tree.Literal, c: Compiled) -> pl.Expr:
    return plain(node, c).cast(pl.Boolean)


_CONDITIONS: dict[type, Callable[..., pl.Expr]] = {
    tree.Compare: _compare,
    tree.Between: _between,
    tree.In: _in,
    tree.And: lambda node, c: reduce(and_, [condition(p, c) for p in node.parts]),
    tree.Or: lambda node, c: reduce(or_, [condition(p, c) for p in node.parts]),
    tree.Not: lambda node, c: ~condition(node.part, c),
    tree.Fact: _flag,
    tree.Param: _flag,
    tree.Literal: _flag,
}
