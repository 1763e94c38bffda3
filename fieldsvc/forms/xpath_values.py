"""XPath 1.0 values as ODK clients treat them: numbers are doubles, a date counts days since 1970-01-01, nothing
answered is ``""``.

Local time is +08:00 throughout; China has one zone. A date as a number is therefore the local calendar day.
"""

import math
import re
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal

NAN = math.nan
CHINA = timezone(timedelta(hours=8))
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_WIDE = Context(prec=400)  # quantize must hold the largest double
_NUMBER = re.compile(r"\s*-?(?:\d+(?:\.\d*)?|\.\d+)\s*", re.ASCII)


def number_of_text(text: str) -> float:
    """``number("12.5")``; anything that is not a plain decimal is NaN (also ``1e5``, ``+1``, and the empty text)."""
    return float(text) if _NUMBER.fullmatch(text) else NAN


def number_of_date(text: str) -> float:
    """Days since 1970-01-01 of an ISO date or date-time: whole local days, as ODK Collect counts; NaN if it is neither."""
    try:
        if len(text) == 10:
            return date.fromisoformat(text).toordinal() - _EPOCH_DAY
        return local_time(text).toordinal() - _EPOCH_DAY
    except (ValueError, OverflowError):
        return NAN


def days_with_time(text: str) -> float:
    """``decimal-date-time()``: days since 1970-01-01T00:00Z with the time of day as fraction."""
    try:
        return local_time(text).timestamp() / 86400
    except (ValueError, OverflowError):
        return NAN


def local_time(text: str) -> datetime:
    """The moment an ISO date or date-time names, on the local clock. Raises ``ValueError`` or ``OverflowError``."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(CHINA) if moment.tzinfo else moment.replace(tzinfo=CHINA)


def date_of_number(days: float) -> str:
    """The ISO date of a day count, ``""`` where there is none."""
    if not -719162 <= days <= 2932896:
        return ""
    return date.fromordinal(math.floor(days) + _EPOCH_DAY).isoformat()


def text_of_number(value: float) -> str:
    """``string(12.0)`` is ``"12"``; no exponents."""
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == int(value):
        return str(int(value))
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text


def number_of(value: object) -> float:
    """The number of a value whose kind is known only at run time."""
    if value.__class__ is str:
        return number_of_text(value)
    return float(value)  # type: ignore[arg-type]


def text_of(value: object) -> str:
    if value.__class__ is str:
        return value
    if value.__class__ is bool:
        return "true" if value else "false"
    return text_of_number(value)  # type: ignore[arg-type]


def truth_of(value: object) -> bool:
    return value == value and bool(value)


def near(left: float, right: float) -> bool:
    """Numbers are equal within 1e-12, as on the phone: ``0.1 + 0.2 = 0.3``."""
    return left == right or abs(left - right) < 1e-12


def equal(left: object, right: object) -> bool:
    """XPath ``=`` at run time: a boolean on either side decides, then a number, then text."""
    if left.__class__ is bool or right.__class__ is bool:
        return truth_of(left) == truth_of(right)
    if left.__class__ is str and right.__class__ is str:
        return left == right
    return near(number_of(left), number_of(right))


def divide(left: float, right: float) -> float:
    if right:
        return left / right
    return NAN if not left or left != left else math.copysign(math.inf, left) * math.copysign(1.0, right)


def modulo(left: float, right: float) -> float:
    """The sign follows the dividend, as in XPath and unlike Python."""
    if not right or left != left or right != right or math.isinf(left):
        return NAN
    return math.fmod(left, right)


def round_half_up(value: float, places: float = 0.0) -> float:
    """On the decimal digits shown, ties upward: ``round(1.255, 2)`` is 1.26, ``round(2.5)`` 3, ``round(-2.5)`` -2."""
    if not math.isfinite(value) or places != places or not 0 <= places <= 15:
        return value if places == places and 0 <= places <= 15 else NAN
    ties = ROUND_HALF_DOWN if value < 0 else ROUND_HALF_UP
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-int(places)), ties, _WIDE))


def truncate(value: float) -> float:
    return value if value != value or math.isinf(value) else float(math.trunc(value))
