"""From a stored value to an exact one: what cannot be read is unknown, never zero and never "no"."""

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from fieldsvc.facts.derive import fact_value

from .vocabulary import Derived, Fact

MONEY_SCALE = 100
NUMBER_SCALE = 1_000_000
SCALES = {"integer": 1, "money": MONEY_SCALE, "number": NUMBER_SCALE}
BOUNDS = {"integer": 10**9, "money": 10**11, "number": 10**9}
PLACES = {"integer": 0, "money": 2, "number": 6}
PATTERNS = {
    "integer": r"^-?\d{1,9}$",
    "money": r"^-?\d{1,11}(\.\d{1,2}0*)?$",
    "number": r"^-?\d{1,9}(\.\d{1,6}0*)?$",
}
DATE_PATTERN = r"^(1[89]|2[0-2])\d\d-\d\d-\d\d$"
WRITTEN = ("text", "choice", "date")
FIRST_DAY, LAST_DAY = date(1800, 1, 1), date(2299, 12, 31)

Value = Fraction | bool | str | date
"""A known value: numbers of all three kinds are Fraction, choices and text str. None is unknown."""


def read(fact: Fact | Derived, raw: Any) -> Value | None:
    """The exact value, or None when ``raw`` is no value of the fact's type. Raises TypeError for a float."""
    if raw is None:
        return None
    if isinstance(raw, float):
        raise TypeError(f"{fact.name}: a float is no exact value; give a decimal string")
    if fact.type in SCALES:
        return _number(fact.type, raw)
    return _READERS[fact.type](fact, raw)


def stored(fact: Fact, told: Any) -> Any:
    """What somebody says, as the fact's value is kept (numbers as exact text); None when the fact cannot take it."""
    if fact.type in WRITTEN and not isinstance(told, str):
        return None
    value = fact_value(fact.type, told)
    return None if read(fact, value) is None else value


def _number(kind: str, raw: Any) -> Fraction | None:
    if isinstance(raw, bool) or not isinstance(raw, int | str | Decimal | Fraction):
        return None
    if isinstance(raw, Fraction):
        return raw
    text = f"{raw:f}" if isinstance(raw, Decimal) else str(raw)
    if not re.fullmatch(PATTERNS[kind], text, re.ASCII):
        return None
    return Fraction(text)


def _bool(_: Fact | Derived, raw: Any) -> bool | None:
    if isinstance(raw, bool):
        return raw
    return {"true": True, "false": False}.get(raw) if isinstance(raw, str) else None


def _choice(fact: Fact | Derived, raw: Any) -> str | None:
    return raw if isinstance(raw, str) and raw in fact.choices else None


def _text(_: Fact | Derived, raw: Any) -> str | None:
    return raw if isinstance(raw, str) else None


def _date(_: Fact | Derived, raw: Any) -> date | None:
    if isinstance(raw, str):
        try:
            raw = date.fromisoformat(raw) if re.fullmatch(DATE_PATTERN, raw, re.ASCII) else None
        except ValueError:
            return None
    return raw if type(raw) is date and FIRST_DAY <= raw <= LAST_DAY else None


_READERS = {"bool": _bool, "choice": _choice, "text": _text, "date": _date}
