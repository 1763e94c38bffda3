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


def _end(name: str, answer: Found) -> Scalar | None:
    """The part of a table or range that ``name`` adds to the parameter's own name."""
    found = part(answer.value, name[len(answer.parameter.name) + 1 :])
    if found is not None and not isinstance(found, dict | tuple):
        return cast(Scalar, found)
    if isinstance(answer.value, dict):
        return None
    raise PlanError("bad_shape", f"参数 {answer.parameter.name} 不是区间或分档表，没有 {name}。", "直接用参数名", name)


def part(value: Any, path: str) -> Any:
    """What ``path`` names in a value: a table's key, the ``min`` or ``max`` of a range, or ``key_min`` of a table of ranges.

    None where there is no such part.
    """
    if not path:
        return value
    if isinstance(value, tuple):
        return dict(zip(("min", "max"), value, strict=True)).get(path) if len(value) == 2 else None
    if not isinstance(value, dict):
        return None
    keys = [key for key in value if path == key or path.startswith(f"{key}_")]
    found = [part(value[key], path[len(key) + 1 :]) for key in keys]
    return next((each for each in found if each is not None), None)


def absent(plan: Plan, name: str) -> bool:
    """Whether the place has no value for ``:name`` that day: no parameter, or a table without that part."""
    answer = plan.answers[name]
    if not isinstance(answer, Found):
        return True
    return part(answer.value, name[len(answer.parameter.name) + 1 :]) is None
