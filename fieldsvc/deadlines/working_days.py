"""When a time limit ends: hours run on, 工作日 end with the day. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

import chinese_calendar

from fieldsvc.kit.clock import CHINA

HOUR, WORKING_DAY = "hour", "working_day"


@dataclass(frozen=True, slots=True)
class Length:
    """A time limit with where it comes from: a text's clause and quote, or a local setting (本地设定) with its reference."""

    amount: Fraction
    unit: str
    source: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Calendar:
    """工作日: the State Council's published calendar, and beyond its last year Monday to Friday with the deployment's own days.

    ``close``: when a working day ends; 24:00 unless the deployment sets its office hours.
    """

    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()
    close: time | None = None

    def working(self, day: date) -> bool:
        known = published(day)
        if known is not None:
            return known
        return day in self.make_up_days or (day.weekday() < 5 and day not in self.holidays)

    def end_of(self, day: date) -> datetime:
        if self.close:
            return datetime.combine(day, self.close, CHINA)
        return datetime.combine(day + timedelta(days=1), time(), CHINA)


@lru_cache(maxsize=4096)
def published(day: date) -> bool | None:
    """Whether the published calendar makes it a working day; None for a year that is not published."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def due(length: Length, since: datetime, calendar: Calendar) -> tuple[datetime, bool]:
    """When the time is over, and whether that is provisional because a day on the way has no published calendar.

    The day on which it begins does not count; N working days end with the close of the Nth.
    """
    if length.unit == HOUR:
        return since + timedelta(seconds=int(length.amount * 3600)), False
    day, left, sure = since.astimezone(CHINA).date(), int(length.amount), True
    while left:
        day += timedelta(days=1)
        sure = sure and published(day) is not None
        left -= calendar.working(day)
    return calendar.end_of(day), not sure


def due_text(due_at: datetime) -> str:
    """The moment as people say it: a day's end is 24:00 of that day."""
    local = due_at.astimezone(CHINA)
    if local.time() == time():
        last = local.date() - timedelta(days=1)
        return f"{last.year}年{last.month}月{last.day}日24:00"
    return f"{local.year}年{local.month}月{local.day}日{local:%H:%M}"
