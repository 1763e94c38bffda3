"""Dates: today, now, date, format-date."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from .errors import XPathError
from .xpath_types import Function, Kind, Resolver, Typed, as_number, as_text
from .xpath_values import date_of_number, days_with_time, local_time, number_of_date


def _today(arguments: Sequence[Typed], _: Resolver) -> Typed:
    return Typed(Kind.DATE, lambda s: s.today)


def _now(arguments: Sequence[Typed], _: Resolver) -> Typed:
    return Typed(Kind.DATE, lambda s: s.now)


def _date(arguments: Sequence[Typed], _: Resolver) -> Typed:
    given = arguments[0]
    if isinstance(given.constant, str) and number_of_date(given.constant) != number_of_date(given.constant):
        raise XPathError("xpath_date", f"“{given.constant}”不是日期")
    if given.kind in (Kind.NUMBER, Kind.ANSWER):
        days = as_number(given)
        return Typed(Kind.DATE, lambda s: date_of_number(days(s)))
    text = as_text(given)
    return Typed(Kind.DATE, lambda s: v if number_of_date(v := text(s)) == number_of_date(v) else "")


_FORMATS: dict[str, Callable[[datetime], str]] = {
    "%Y": lambda d: f"{d.year:04}",
    "%y": lambda d: f"{d.year % 100:02}",
    "%m": lambda d: f"{d.month:02}",
    "%n": lambda d: str(d.month),
    "%d": lambda d: f"{d.day:02}",
    "%e": lambda d: str(d.day),
    "%H": lambda d: f"{d.hour:02}",
    "%h": lambda d: str(d.hour),
    "%M": lambda d: f"{d.minute:02}",
    "%S": lambda d: f"{d.second:02}",
}


def _format_date(arguments: Sequence[Typed], _: Resolver) -> Typed:
    pattern = arguments[1].constant
    if not isinstance(pattern, str) or any(code not in _FORMATS for code in re.findall("%.?", pattern)):
        raise XPathError("xpath_date_format", f"format-date() 的格式只认 {' '.join(_FORMATS)}")
    text = as_text(arguments[0])

    def run(scope: Any) -> str:
        value = text(scope)
        if number_of_date(value) != number_of_date(value):
            return ""
        local = local_time(value)
        return re.sub("%.", lambda code: _FORMATS[code[0]](local), pattern)

    return Typed(Kind.TEXT, run)


def _decimal_date_time(arguments: Sequence[Typed], _: Resolver) -> Typed:
    text = as_text(arguments[0])
    return Typed(Kind.NUMBER, lambda s: days_with_time(text(s)))


DATE_FUNCTIONS: dict[str, Function] = {
    "today": Function(0, 0, _today),
    "now": Function(0, 0, _now),
    "date": Function(1, 1, _date),
    "decimal-date-time": Function(1, 1, _decimal_date_time),
    "format-date": Function(2, 2, _format_date),
}
