"""Changed parameters (参数调整): a new dated value beside the old one, which keeps its own dates. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from .book import Parameter, PolicyBook
from .values import Exact, NotExact, exact


@dataclass(frozen=True, slots=True)
class Change:
    """``value`` as a supplement file has it (decimals as strings; a table as a dict) from ``starts`` on."""

    jurisdiction: str
    name: str
    value: Any
    starts: date
    reference: str = ""


class ChangeRefused(ValueError):
    """A change that cannot be made. ``code`` is stable; the text, in Chinese, says how to mend it."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def amended(policy: PolicyBook, changes: Iterable[Change]) -> PolicyBook:
    """The book with each change in force from its day; what held before ends the day before. Raises ChangeRefused."""
    for change in changes:
        policy = _amended(policy, change)
    return policy


def _amended(policy: PolicyBook, change: Change) -> PolicyBook:
    if change.jurisdiction not in policy.jurisdictions:
        raise ChangeRefused("unknown-jurisdiction", f"没有地区 {change.jurisdiction}。")
    own = [p for p in policy.named(change.name) if p.jurisdiction == change.jurisdiction]
    made = _parameter(policy, change, own)
    kept = [_ended(p, change.starts) if p in own else p for p in policy.parameters]
    later = min((p.starts for p in own if p.starts > change.starts), default=None)
    made = replace(made, ends=later - timedelta(1)) if later else made
    return replace(policy, parameters=(*(p for p in kept if p is not None), made))


def _ended(parameter: Parameter, starts: date) -> Parameter | None:
    """What held before the change, ended; the value of the very same first day is replaced."""
    if parameter.starts == starts:
        return None
    if parameter.starts > starts or (parameter.ends is not None and parameter.ends < starts):
        return parameter
    return replace(parameter, ends=starts - timedelta(1))


def _parameter(policy: PolicyBook, change: Change, own: list[Parameter]) -> Parameter:
    like = max(own, key=lambda p: p.starts, default=None) or next(iter(policy.named(change.name)), None)
    point = policy.open_points.get(change.name)
    if like is None and point is None:
        raise ChangeRefused("unknown-parameter", f"没有参数 {change.name}。用 fieldsvc policy show 查看名称。")
    unit, by = (like.unit, like.by) if like else (point.unit, point.by) if point else ("", "")
    title = like.title if like else point.title if point else change.name
    if unit == "test":
        raise ChangeRefused("not-a-value", f"{change.name} 是条件，不是数值，请在本地设定文件中修改。")
    value = _checked(change, unit, like)
    return Parameter(change.name, change.jurisdiction, title, value, unit, change.starts, by=by if isinstance(value, dict) else "",
                     bound=like.bound if like else "exact", reference=change.reference or "试算")  # fmt: skip


def _checked(change: Change, unit: str, like: Parameter | None) -> Any:
    """The value in the shape the parameter has; a table may be given in part, the rest stays as it was."""
    value = change.value
    try:
        if like is not None and isinstance(like.value, dict) and isinstance(value, Mapping):
            unknown = value.keys() - like.value.keys()
            if unknown:
                raise ChangeRefused("bad-shape", f"{change.name} 没有 {'、'.join(sorted(unknown))} 这一档。")
            value = {**like.value, **value}
        if like is not None and _shape(exact(value, unit)) != _shape(like.exact):
            raise ChangeRefused("bad-shape", f"{change.name} 的值应与现有的形式相同：{like.value}。")
    except NotExact as wrong:
        raise ChangeRefused("not-exact", f"{change.name} 的值 {wrong} 不是精确数，小数请写成文字，如 \"1.3\"。") from None
    return value


def _shape(value: Exact) -> Any:
    if isinstance(value, dict):
        return {key: _shape(part) for key, part in value.items()}
    return tuple if isinstance(value, tuple) else type(value)


def fixed_by_text(policy: PolicyBook, change: Change) -> Parameter | None:
    """The text's own value that a deployment may try out but not change; None where the value is the deployment's own."""
    for place in (change.jurisdiction, *policy.parents(change.jurisdiction)):
        for parameter in policy.named(change.name):
            if parameter.jurisdiction == place and parameter.cite is not None:
                return parameter
    return None
