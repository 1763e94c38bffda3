"""Exact values: integers, decimals and ratios as Fraction, never a float."""

import re
from collections.abc import Callable
from datetime import date, time
from fractions import Fraction
from typing import Any

NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?|-?\d{1,9}/[1-9]\d{0,5}")
NUMERIC_UNITS = frozenset(
    {"month", "hour", "working_day", "day", "year", "year_of_age", "person", "post", "ratio", "times", "count", "number"}
)
LENGTHS, LONGEST = frozenset({"hour", "working_day"}), 9_999
WRITTEN: dict[str, Callable[[str], Any]] = {"date": date.fromisoformat, "time_of_day": time.fromisoformat}

Exact = Fraction | str | bool | tuple[Any, ...] | dict[str, Any]


class NotExact(ValueError):
    """The value is a float, a word where the unit asks for a number, or no length of time, day or hour where it asks for one."""


def is_money(unit: str) -> bool:
    """Units of money: ``yuan``, ``yuan_per_month``, ``yuan_per_year`` …"""
    return unit == "yuan" or unit.startswith("yuan_")


def exact(value: Any, unit: str) -> Exact:
    """The value as rules compute with it. Raises NotExact. Numbers come as integers or as strings like "1.3", "70/100"."""
    if isinstance(value, dict):
        return {key: exact(part, unit) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return tuple(exact(part, unit) for part in value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _in_unit(Fraction(value), unit)
    if type(value) is str:
        return _exact_text(value, unit)
    raise NotExact(str(value))


def _exact_text(value: str, unit: str) -> Exact:
    if unit in NUMERIC_UNITS or is_money(unit):
        if not NUMBER.fullmatch(value):
            raise NotExact(value)
        return _in_unit(Fraction(value), unit)
    if unit in WRITTEN:
        _written(value, unit)
    return value


def _in_unit(value: Fraction, unit: str) -> Fraction:
    """A length of time ends some day; whoever waits whole days is not told of half ones."""
    endless = unit in LENGTHS and not 0 < value <= LONGEST
    if endless or unit in WRITTEN or (unit == "working_day" and value.denominator != 1):
        raise NotExact(str(value))
    return value


def _written(value: str, unit: str) -> None:
    try:
        WRITTEN[unit](value)
    except ValueError:
        raise NotExact(value) from None


def show(value: Any) -> Any:
    """A JSON-ready form: integers as integers, exact decimals as strings, other ratios as "p/q"."""
    if isinstance(value, Fraction):
        return _show_number(value)
    if isinstance(value, dict):
        return {key: show(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [show(part) for part in value]
    return value


def _show_number(value: Fraction) -> int | str:
    if value.denominator == 1:
        return int(value)
    for places in range(1, 19):
        scaled = value * 10**places
        if scaled.denominator == 1:
            digits = f"{abs(int(scaled)):0{places + 1}d}"
            return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    return f"{value.numerator}/{value.denominator}"
