"""The plan as polars expressions. Numbers are integers over a fixed denominator, so every comparison is exact; a bound on
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
from .plan import Aggregate, Copy, Expression, Filled, Plan, PlanError, Tier, Verdict, Years, Yuan, places
from .reading import BOUNDS, SCALES
from .vocabulary import NO_TIER, RECOGNISED_TIER, shift

NARROW, WIDE = 2**62, 2**126
MEMBERS_BOUND = 1000
FEN = 100
_CONNECT = {tree.And: and_, tree.Or: or_}


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
        return Number(_cast(self, wider.dtype) * pl.lit(factor, dtype=wider.dtype), wider.scale, _proven(wider.bound))


@dataclass
class Compiled:
    """Expressions by step name; ``numbers``: scale and bound of the columns that hold a number.

    ``members``: for an aggregate the expressions inside ``group_by``, and what the household makes of them.
    """

    plan: Plan
    expressions: dict[str, pl.Expr] = field(default_factory=dict)
    members: dict[str, tuple[list[pl.Expr], pl.Expr]] = field(default_factory=dict)
    numbers: dict[str, tuple[int, int]] = field(default_factory=dict)


def compile_plan(plan: Plan) -> Compiled:
    """Build expressions only; no query runs, so a process may still fork afterwards. Raises PlanError."""
    compiled = Compiled(plan)
    for name in plan.facts:
        fact = plan.book.vocabulary.facts.get(name)
        if fact is not None and fact.type in SCALES:
            compiled.numbers[name] = (SCALES[fact.type], BOUNDS[fact.type] * SCALES[fact.type])
    for step in plan.steps:
        try:
            _STEPS[type(step)](step, compiled)
        except PlanError as error:
            raise PlanError(error.code, str(error), error.mend, step.name.partition(":")[2] or step.name) from None
    return compiled


def _cast(number: Number, dtype: Any) -> pl.Expr:
    return number.expr if number.dtype == dtype else number.expr.cast(dtype)


def _proven(bound: int) -> int:
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
    assert isinstance(node, tree.Arith)
    return _combined(node.op, number(node.left, c), number(node.right, c))


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
        bound = _proven(left.bound * right.bound)
        dtype = Number(left.expr, 1, bound).dtype
        return Number(_cast(left, dtype) * _cast(right, dtype), left.scale * right.scale, bound)
    left, right = _aligned(left, right)
    bound = _proven(left.bound + right.bound)
    dtype = Number(left.expr, 1, bound).dtype
    one, other = _cast(left, dtype), _cast(right, dtype)
    return Number(one + other if op == "+" else one - other, left.scale, bound)


def _aligned(left: Number, right: Number) -> tuple[Number, Number]:
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
    if isinstance(node, tree.Arith):
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
        left, right = _aligned(number(node.left, c), number(node.right, c))
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
    days = node.sign * int(amount)
    if abs(days) > {"YEAR": 300, "MONTH": 3600, "DAY": 100_000}[node.unit]:
        raise PlanError("too_large", "INTERVAL 过长。", "不超过 300 年", "")
    if isinstance(node.base, tree.OnDate):
        return pl.lit(shift(c.plan.on, days, node.unit))
    return plain(node.base, c).dt.offset_by(f"{days}{ {'YEAR': 'y', 'MONTH': 'mo', 'DAY': 'd'}[node.unit] }")


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


def _store_number(name: str, given: Number, c: Compiled) -> pl.Expr:
    c.numbers[name] = (given.scale, given.bound)
    return given.expr.cast(given.dtype)


def _expression(step: Expression, c: Compiled) -> None:
    derived = c.plan.book.vocabulary.derived.get(step.name)
    if derived is not None and derived.value:
        c.expressions[step.name] = _store_number(step.name, number(step.node, c), c)
    else:
        c.expressions[step.name] = condition(step.node, c)


def _years(step: Years, c: Compiled) -> None:
    on, born = c.plan.on, pl.col(step.base)
    later = (born.dt.month().cast(pl.Int32) * 100 + born.dt.day()) > on.month * 100 + on.day
    c.expressions[step.name] = on.year - born.dt.year().cast(pl.Int64) - later.cast(pl.Int64)
    c.numbers[step.name] = (1, 10_000)


def _filled(step: Filled, c: Compiled) -> None:
    text = step.template
    for name in places(text):
        text = text.replace("{" + name + "}", "{}")
    c.expressions[step.name] = pl.format(text, *(_shown(name, c) for name in places(step.template)))


def _shown(name: str, c: Compiled) -> pl.Expr:
    scale = c.numbers.get(name, (1, 0))[0]
    if scale != 1:
        raise PlanError("bad_shape", f"{name} 不是文字或整数。", "只用文字、选项和整数拼接", "")
    return pl.col(name).cast(pl.String)


def _copy(step: Copy, c: Compiled) -> None:
    c.expressions[step.name] = pl.col(step.base) if step.base else pl.lit(None, dtype=pl.Boolean)


def _verdict(step: Verdict, c: Compiled) -> None:
    c.expressions[step.name] = reduce(and_, [condition(node, c) for node in step.nodes])


def _yuan(step: Yuan, c: Compiled) -> None:
    """The sum in fen (分), half a fen rounded up, never below zero and never above the cap."""
    value = number(step.value, c)
    if step.cap is not None:
        value, cap = _aligned(value, number(step.cap, c))
        lower = pl.when(value.expr <= cap.expr).then(value.expr).when(cap.expr < value.expr).then(cap.expr)
        value = Number(lower, value.scale, max(value.bound, cap.bound))
    doubled = value.scaled(2 * FEN)
    rounded = (doubled.expr + pl.lit(value.scale, dtype=doubled.dtype)) // pl.lit(2 * value.scale, dtype=doubled.dtype)
    c.expressions[step.name] = pl.when(rounded < 0).then(pl.lit(0, dtype=doubled.dtype)).otherwise(rounded).cast(pl.Int64)


def _tier(step: Tier, c: Compiled) -> None:
    names = list(dict.fromkeys([*c.plan.book.vocabulary.get(step.name).choices, *(t for t, _ in step.choices), NO_TIER]))  # type: ignore[union-attr]
    kind = pl.Enum(names)
    proposed = pl.lit(NO_TIER if step.ordered else None, dtype=kind)
    for tier, columns in reversed(step.choices if step.ordered else ()):
        verdict = reduce(or_, [pl.col(name) for name in columns]) if columns else pl.lit(None, dtype=pl.Boolean)
        found = pl.when(verdict).then(pl.lit(tier, dtype=kind)).when(~verdict).then(proposed)
        proposed = found.otherwise(pl.lit(None, dtype=kind))
    if step.recognised:
        known = pl.col(RECOGNISED_TIER).cast(pl.String)
        proposed = pl.when(known != NO_TIER).then(known.cast(kind)).otherwise(proposed)
    c.expressions[step.name] = proposed


def _aggregate(step: Aggregate, c: Compiled) -> None:
    if step.op in ("sum", "max"):
        _total(step, c)
    else:
        _logical(step, c)


def _total(step: Aggregate, c: Compiled) -> None:
    assert step.of is not None
    value = number(step.of, c)
    bound = _proven(value.bound * MEMBERS_BOUND) if step.op == "sum" else value.bound
    summed = Number(value.expr, value.scale, bound)
    inside = pl.lit(True) if step.where is None else condition(step.where, c)
    unknown = inside.is_null() | (inside & value.expr.is_null())
    chosen = pl.when(inside).then(value.expr.cast(summed.dtype))
    total = chosen.fill_null(0).sum() if step.op == "sum" else chosen.max()
    known, held = f"{step.name}?", f"{step.name}="
    c.members[step.name] = (
        [unknown.any().alias(known), total.alias(held)],
        pl.when(~pl.col(known)).then(pl.col(held)).alias(step.name),
    )
    c.numbers[step.name] = (value.scale, bound)


def _logical(step: Aggregate, c: Compiled) -> None:
    where = None if step.where is None else condition(step.where, c)
    of = None if step.of is None else condition(step.of, c)
    if step.op == "all":
        each = where if of is None else of if where is None else ~where | of
    else:
        each = reduce(and_, [part for part in (where, of) if part is not None], pl.lit(True))
    assert each is not None
    unknown, held = f"{step.name}?", f"{step.name}="
    decisive = each == (step.op != "all")
    parts = [each.is_null().any().alias(unknown)]
    if step.op == "count":
        # Counting over a column keeps the group's length even where the condition is a constant.
        parts.append((each.fill_null(False).cast(pl.Int64) + pl.col("@one") - 1).sum().alias(held))
        c.members[step.name] = (parts, pl.when(~pl.col(unknown)).then(pl.col(held)).alias(step.name))
        c.numbers[step.name] = (1, 10**6)
        return
    parts.append(decisive.fill_null(False).any().alias(held))
    seen = pl.col(held).is_not_null()
    result = pl.when(pl.col(held)).then(step.op != "all").when(pl.col(unknown)).then(None).when(seen).then(step.op == "all")
    c.members[step.name] = (parts, result.alias(step.name))


_STEPS: dict[type, Callable[..., None]] = {
    Expression: _expression,
    Years: _years,
    Filled: _filled,
    Copy: _copy,
    Verdict: _verdict,
    Yuan: _yuan,
    Tier: _tier,
    Aggregate: _aggregate,
}

