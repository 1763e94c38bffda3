"""Time limits among the parameters (办理时限): which names a deployment may set, in which units. A misspelt one would be
nobody's deadline, so it is refused."""

from typing import Any

PREFIX = "deadline_"
STEPS = {"verify": "核实", "dispose": "处置", "accept": "部门受理", "answer": "部门答复", "decide": "审核认定"}
HOLIDAYS, MAKE_UP_DAYS, DAY_CLOSE = "deadline_holidays", "deadline_make_up_days", "deadline_day_close"
UNITS = {"hour": "小时", "working_day": "个工作日"}
_OWN = {HOLIDAYS: "date", MAKE_UP_DAYS: "date", DAY_CLOSE: "time_of_day"}


def fault(name: str, unit: Any, value: Any) -> tuple[str, str] | None:
    """What is wrong with such a parameter, and how to mend it."""
    if not name.startswith(PREFIX):
        return None
    if name in _OWN:
        shape = str if name == DAY_CLOSE else list
        right = unit == _OWN[name] and isinstance(value, shape)
        like = '"17:30"' if name == DAY_CLOSE else '["2027-02-08", "2027-02-09"]'
        return None if right else (f"{name} 的写法不对。", f'写 value = {like}，unit = "{_OWN[name]}"')
    if name.removeprefix(PREFIX).split("_")[0] not in STEPS:
        known = "、".join(f"{PREFIX}{step}（{label}）" for step, label in STEPS.items())
        return f"没有名为 {name} 的办理时限。", f"写 {known}，后面可加 _严重程度、_职责或 _类别"
    if unit not in UNITS or isinstance(value, dict | list):
        return f"办理时限 {name} 不是一段时间。", '写 value = 数目，unit = "hour" 或 "working_day"'
    return None
