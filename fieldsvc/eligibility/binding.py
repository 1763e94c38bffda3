"""The value of a parameter as an expression uses it: a number, a list, or a table by the value of a fact."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

from fieldsvc.policy.book import Answer, Found

from .plan import Plan, PlanError


@dataclass(frozen=True, slots=True)
class Table:
    """A value for each value of the fact ``by``; any other value of that fact is unknown."""

    by: str
    values: Mapping[str, Any]


Scalar = Fraction | str | bool


def scalar(plan: Plan, name: str) -> Scalar | Table | None:
    """The value of ``:name`` outside IN; None where the jurisdiction has none on that day. Raises PlanError on a wrong shape."""
    answer = plan.answers[name]
    if not isinstance(answer, Found):
        return None
    value: Any = answer.value
    if name != answer.parameter.name:
        return _end(name, answer)
    if isinstance(value, dict) and answer.parameter.by:
        return Table(answer.parameter.by, value)
    if isinstance(value, dict | tuple):
        raise PlanError("bad_shape", f"参数 {name} 是列表或分档表，不能当作一个值。", "区间用 _min、_max，分档表写 by", name)
    return cast(Scalar, value)


def listed(plan: Plan, name: str) -> tuple[Any, ...] | None:
    """The values of ``IN (:name)``; None where the jurisdiction has none on that day."""
    answer: Answer = plan.answers[name]
    if not isinstance(answer, Found):
        return None
    if not isinstance(answer.value, tuple):
        raise PlanError("bad_shape", f"参数 {name} 不是列表。", "改用 = 比较", name)
    return answer.value


def _end(name: str, answer: Found) -> Scalar:
    value = answer.value
    if not isinstance(value, tuple) or len(value) != 2:
        raise PlanError("bad_shape", f"参数 {answer.parameter.name} 不是区间，没有 {name}。", "直接用参数名", name)
    return cast(Scalar, value[0] if name.endswith("_min") else value[1])
