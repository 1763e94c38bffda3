"""The plan as polars expressions: for each step what to select, and for each column of numbers its scale and bound."""

from collections.abc import Callable
from functools import reduce
from operator import and_, or_

import polars as pl

from .expressions import Compiled, Number, aligned, condition, number, proven
from .plan import Aggregate, Copy, Expression, Filled, Plan, PlanError, Tier, Verdict, Years, Yuan, places
from .reading import BOUNDS, SCALES
from .vocabulary import NO_TIER, RECOGNISED_TIER

MEMBERS_BOUND = 1000
FEN = 100


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


def _store_number(name: str, given: Number, c: Compiled) -> pl.Expr:
    c.numbers[name] = (given.scale, given.bound)
    return given.expr.cast(given.dtype)


def _expression(step: Expression, c: Compiled) -> None:
    derived = c.plan.book.vocabulary.derived.get(step.name)
    if derived is not None and (derived.value or derived.terms):
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
        value, cap = aligned(value, number(step.cap, c))
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
    bound = proven(value.bound * MEMBERS_BOUND) if step.op == "sum" else value.bound
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
