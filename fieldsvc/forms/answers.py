"""One checker per question type: a JSON value goes in, its stored form comes out, or a ``Bad`` saying why not.

``None``, ``""`` and ``[]`` mean "not answered" and never reach a checker (``[]`` gives ``None``). Shapes: integer =
JSON
integer within ±(2^53-1); decimal and range = JSON number or decimal text, kept as number; dates are ISO texts; a
geopoint is
ODK's ``"lat lon [altitude [accuracy]]"``; select_multiple is a list of names; file types are a bare file name.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from .model import Question

MAX_TEXT = 4_000
MAX_INTEGER = 2**53 - 1
MAX_DECIMAL = 1e15
_DECIMAL_TEXT = re.compile(r"-?\d{1,15}(\.\d{1,9})?", re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII)
_FILE = re.compile(r'[^\s/\\:*?"<>|\x00-\x1f.][^/\\:*?"<>|\x00-\x1f]{0,199}')
_COORDINATE = re.compile(r"-?\d{1,7}(\.\d{1,12})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bad:
    """Why an answer cannot be read: stable code and Chinese reason (without the label)."""

    code: str
    reason: str


Check = Callable[[Any], Any]

_NOT_TEXT = Bad("wrong_type", "应填文字")
_BAD_TEXT = Bad("bad_text", "含有无法保存的字符")
_TOO_LONG = Bad("too_long", f"不能超过 {MAX_TEXT} 个字符")
_NOT_INTEGER = Bad("wrong_type", "应填整数")
_NOT_NUMBER = Bad("wrong_type", "应填数字")
_TOO_LARGE = Bad("out_of_range", "数字太大")
_NOT_DATE = Bad("wrong_type", "应填日期，如 2025-03-01")
_NOT_DATETIME = Bad("wrong_type", "应填日期和时间，如 2025-03-01T09:30:00+08:00")
_NOT_TIME = Bad("wrong_type", "应填时间，如 09:30")
_NOT_CHOICE = Bad("not_a_choice", "不是给出的选项")
_NOT_CHOICES = Bad("wrong_type", "应为选项名的列表")
_NOT_POINT = Bad("wrong_type", "应为“纬度 经度 [海拔 [精度]]”")
_NOT_FILE = Bad("wrong_type", "应为文件名")
_NO_ANSWER = Bad("wrong_type", "说明文字没有答案")


def check_of(question: Question) -> Check:
    """The checker of a question; everything that depends only on the form is settled here."""
    match question.type:
        case "select_one":
            return _one_of(frozenset(choice.name for choice in question.choices))
        case "select_multiple":
            return _some_of(frozenset(choice.name for choice in question.choices))
        case "range":
            return _within(*(float(question.parameters[key]) for key in ("start", "end", "step")))
        case _:
            return _CHECKS[question.type]


def text(value: Any) -> Any:
    if value.__class__ is not str:
        return _NOT_TEXT
    if len(value) > MAX_TEXT:
        return _TOO_LONG
    if value.isprintable():  # a lone surrogate and NUL are not printable: the common case ends here
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return _BAD_TEXT
    return _BAD_TEXT if "\0" in value else value


def integer(value: Any) -> Any:
    if value.__class__ is not int:
        return _NOT_INTEGER
    return value if -MAX_INTEGER <= value <= MAX_INTEGER else _TOO_LARGE


def decimal(value: Any) -> Any:
    kind = value.__class__
    if kind is str and len(value) < 30 and _DECIMAL_TEXT.fullmatch(value):
        value = float(value)
    elif kind is not float and kind is not int:
        return _NOT_NUMBER
    if value != value:
        return _NOT_NUMBER
    return value if -MAX_DECIMAL <= value <= MAX_DECIMAL else _TOO_LARGE


def day(value: Any) -> Any:
    if value.__class__ is not str or len(value) != 10 or value[4] != "-" or value[7] != "-":
        return _NOT_DATE
    try:
        date.fromisoformat(value)
    except ValueError:
        return _NOT_DATE
    return value


def moment(value: Any) -> Any:
    if value.__class__ is not str or len(value) > 40 or not _DATETIME.fullmatch(value):
        return _NOT_DATETIME
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return _NOT_DATETIME
    return value


def clock(value: Any) -> Any:
    if value.__class__ is not str or len(value) > 30 or not _TIME.fullmatch(value):
        return _NOT_TIME
    try:
        time.fromisoformat(value)
    except ValueError:
        return _NOT_TIME
    return value


def geopoint(value: Any) -> Any:
    parts = value.split(" ") if value.__class__ is str and len(value) < 100 else []
    if not 2 <= len(parts) <= 4 or not all(_COORDINATE.fullmatch(part) for part in parts):
        return _NOT_POINT
    inside = abs(float(parts[0])) <= 90 and abs(float(parts[1])) <= 180
    return value if inside else Bad("out_of_range", "经纬度超出范围")


def file_name(value: Any) -> Any:
    if value.__class__ is not str or not _FILE.fullmatch(value):
        return _NOT_FILE
    return text(value)


def calculated(value: Any) -> Any:
    """What a client computed: any scalar; it is compared with the server's own result."""
    kind = value.__class__
    if kind is bool:
        return "true" if value else "false"
    return text(value) if kind is str else decimal(value)


def acknowledged(value: Any) -> Any:
    return "OK" if value in ("OK", "yes", True) and value.__class__ in (str, bool) else _NOT_CHOICE


def nothing(value: Any) -> Any:
    return _NO_ANSWER


def _one_of(names: frozenset[str]) -> Check:
    return lambda value: value if value.__class__ is str and value in names else _NOT_CHOICE


def _some_of(names: frozenset[str]) -> Check:
    most = len(names)

    def check(value: Any) -> Any:
        if value.__class__ is not list:
            return _NOT_CHOICES
        if not value:
            return None
        if len(value) > most:
            return _NOT_CHOICE
        if not all(each.__class__ is str and each in names for each in value):
            return _NOT_CHOICE
        return value if len(set(value)) == len(value) else Bad("not_a_choice", "选项重复")

    return check


def _within(start: float, end: float, step: float) -> Check:
    outside = Bad("out_of_range", f"应在 {start:g} 到 {end:g} 之间")
    off_step = Bad("out_of_range", f"应从 {start:g} 起每 {step:g} 一档")

    def check(value: Any) -> Any:
        number = decimal(value)
        if number.__class__ is Bad:
            return number
        if not start <= number <= end:
            return outside
        steps = (number - start) / step
        return number if math.isclose(steps, round(steps), abs_tol=1e-6) else off_step

    return check


_CHECKS: dict[str, Check] = {
    "text": text,
    "integer": integer,
    "decimal": decimal,
    "date": day,
    "datetime": moment,
    "time": clock,
    "geopoint": geopoint,
    "file": file_name,
    "note": nothing,
    "calculate": calculated,
    "acknowledge": acknowledged,
}
