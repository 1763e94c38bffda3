"""The columns a phone may write, each with how it is read. What a reader refuses is ``Wrong`` with a Chinese sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fieldsvc.households.rules import AREAS, SEXES, is_village
from fieldsvc.kit import clock
from fieldsvc.kit.ids import is_id


class Wrong(ValueError):
    """The value cannot stand in this column; the text says why and what to enter instead."""


@dataclass(frozen=True, slots=True)
class Column:
    """``read(value, county)`` gives what is stored. ``needed``: a new record cannot do without it."""

    read: Callable[[Any, str], Any]
    needed: bool = False
    only_new: bool = False


def text(most: int, needed: bool = False) -> Column:
    def read(value: Any, _county: str) -> str | None:
        if value is None or value == "":
            if needed:
                raise Wrong("此项必填。")
            return None
        if not isinstance(value, str) or len(value) > most:
            raise Wrong(f"应为不超过 {most} 字的文字。")
        return value.strip()

    return Column(read, needed)


def choice(names: dict[str, str]) -> Column:
    def read(value: Any, _county: str) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str) or value not in names:
            raise Wrong("应为：" + "、".join(f"{name}（{label}）" for name, label in names.items()) + "。")
        return value

    return Column(read)


def _day(value: Any, _county: str) -> Any:
    if value in (None, ""):
        return None
    moment = clock.parse(value) if isinstance(value, str) else None
    if moment is None:
        raise Wrong("应为日期，例如 1985-03-09。")
    return moment.astimezone(clock.CHINA).date()


def _moment(value: Any, _county: str) -> Any:
    if value in (None, ""):
        return None
    moment = clock.parse(value)
    if moment is None:
        raise Wrong("应为时间，例如 2026-03-09T10:00:00+08:00。")
    return moment


def _village(value: Any, county: str) -> str:
    if not isinstance(value, str) or not is_village(value, county):
        raise Wrong("应为本县（市）的 12 位村（社区）代码。")
    return value


def _reference(value: Any, _county: str) -> str | None:
    if value in (None, ""):
        return None
    if not is_id(value):
        raise Wrong("所引用的编号不是有效的 UUID（小写）。")
    return value


HOUSEHOLDS = {
    "name": text(64, needed=True), "address": text(500), "area": choice(AREAS), "phone": text(20),
    "village_code": Column(_village, needed=True, only_new=True),
}  # fmt: skip
PERSONS = {
    "name": text(64, needed=True), "sex": choice(SEXES), "birth_date": Column(_day), "relation": text(24),
    "phone": text(20), "id_number": text(40), "household_id": text(36, needed=True),
}  # fmt: skip
TASK_STATES = {"open": "待办", "done": "已完成", "cancelled": "已取消"}
TASKS = {
    "status": choice(TASK_STATES), "done_at": Column(_moment), "title": text(120), "detail": text(2000),
    "household_id": Column(_reference), "person_id": Column(_reference), "due_on": Column(_day),
}  # fmt: skip
