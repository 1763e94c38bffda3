"""Whether two names, two birth days or two numbers may be one person's, however they were written. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

from opencc import OpenCC

from fieldsvc.households.plan import day
from fieldsvc.households.rules import OLDEST, check_character

BLANKS = "?？*＊□■○〇×"
"""Signs that stand for a character a list could not write (生僻字) or would not show (张*三)."""
SAME, PART = "same", "part"
_DOT = re.compile("[·•‧・･∙⋅․．.]")
_SERIAL = re.compile(r"[1-6]\d{4}")
_MONTH = re.compile(r"(\d{4})[-/.年]?(\d{1,2})月?")
_EXCEL_DAY_0 = date(1899, 12, 30)


@cache
def _simplifier() -> Any:
    return OpenCC("t2s")


@lru_cache(maxsize=4096)
def name_key(name: str) -> str:
    """A name as it is compared: half-width, simplified, without spaces and without the dots of 少数民族 names."""
    plain = name
    if not (name.isalpha() and unicodedata.is_normalized("NFKC", name)):
        plain = "".join(_sign(c) for c in unicodedata.normalize("NFKC", name))
    return str(_simplifier().convert(plain)).casefold()


def _sign(character: str) -> str:
    if character in BLANKS:
        return "?"
    return character if unicodedata.category(character)[0] in "LNM" or unicodedata.category(character) == "Co" else ""


def likeness(one: str, other: str) -> str | None:
    """``same``; ``part`` when what is written agrees (an unwritten character, a given name without the father's); else None."""
    first, second = name_key(one), name_key(other)
    if first == second:
        return SAME if first and "?" not in first else None
    if "?" in first + second and len(first) == len(second) and len(first) > 1:
        agree = [a for a, b in zip(first, second, strict=True) if a == b != "?"]
        differ = any(a != b and "?" not in (a, b) for a, b in zip(first, second, strict=True))
        return PART if agree and not differ else None
    if not (_DOT.search(one) or _DOT.search(other)):
        return None
    heads = {_head(one), _head(other)} - {""}
    return PART if len(heads) == 1 and (first in heads or second in heads) else None


def _head(name: str) -> str:
    """The part before the first dot of a name that has one."""
    parts = _DOT.split(name, maxsplit=1)
    return name_key(parts[0]) if len(parts) > 1 else ""


@dataclass(frozen=True, slots=True)
class Birth:
    """A birth date as far as a list tells it: a day, or a month (then ``day`` is None and ``month`` its first day)."""

    day: date | None = None
    month: date | None = None

    def __bool__(self) -> bool:
        return self.day is not None or self.month is not None

    def days(self) -> Iterator[date]:
        """The days a registered birth date may bear: the day, the same with month and day swapped, or each of the month."""
        if self.day is not None:
            yield self.day
            if self.day.day <= 12 and self.day.day != self.day.month:
                yield date(self.day.year, self.day.day, self.day.month)
        elif self.month is not None:
            at = self.month
            while at.month == self.month.month:
                yield at
                at += timedelta(days=1)


def read_birth(text: str, on: date) -> Birth:
    """``1990-1-2``, ``1990年1月2日``, ``19900102``, a spreadsheet's day number, ``1990-01``; nothing for what is no birth date."""
    text = unicodedata.normalize("NFKC", text).strip()
    found = _day(day(text)) or (_EXCEL_DAY_0 + timedelta(days=int(text)) if _SERIAL.fullmatch(text) else None)
    if found is not None:
        return Birth(day=found) if on.year - OLDEST <= found.year and found <= on else Birth()
    month = _MONTH.fullmatch(text)
    first = _day(f"{month[1]}-{month[2].zfill(2)}-01") if month else None
    return Birth(month=first) if first and on.year - OLDEST <= first.year and first <= on else Birth()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def upgraded(number: str) -> str:
    """A 15-digit number (第一代) as the 18-digit one of the same person: the century 19 and the check character added."""
    body = f"{number[:6]}19{number[6:]}"
    return body + check_character(body)


def near(one: str, other: str) -> bool:
    """Whether two numbers differ as a slip of the pen does: up to two characters, or two neighbours swapped."""
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) <= 2
