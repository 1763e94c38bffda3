"""The columns of a task a phone may write, each with how it is read. Households and persons are the registry's to read."""

from collections.abc import Callable, Mapping
from typing import Any

from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import is_id

Reader = Callable[[Any], Any]
TASK_STATES = {"open": "待办", "done": "已完成", "cancelled": "已取消"}


def task_fields(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The known task fields of ``raw``; absent stays absent, ``""`` becomes None. Problem 422 naming the ``field``."""
    found = {}
    for name in TASK.keys() & raw.keys():
        try:
            found[name] = None if raw[name] in (None, "") else TASK[name](raw[name])
        except ValueError as wrong:
            raise Problem(422, "invalid-record", str(wrong), {"field": name}) from None
    return found


def text(most: int) -> Reader:
    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value) > most:
            raise ValueError(f"应为不超过 {most} 字的文字。")
        return value.strip()

    return read


def _status(value: Any) -> str:
    if not isinstance(value, str) or value not in TASK_STATES:
        raise ValueError("应为：" + "、".join(f"{name}（{label}）" for name, label in TASK_STATES.items()) + "。")
    return value


def _moment(value: Any) -> Any:
    moment = clock.parse(value)
    if moment is None:
        raise ValueError("应为时间，例如 2026-03-09T10:00:00+08:00。")
    return moment


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("应为日期，例如 2026-03-09。")
    return _moment(value).astimezone(clock.CHINA).date()


def _reference(value: Any) -> str:
    if not is_id(value):
        raise ValueError("所引用的编号不是有效的 UUID（小写）。")
    return str(value)


TASK: dict[str, Reader] = {
    "status": _status, "done_at": _moment, "title": text(120), "detail": text(2000), "due_on": _day,
    "household_id": _reference, "person_id": _reference,
}  # fmt: skip
