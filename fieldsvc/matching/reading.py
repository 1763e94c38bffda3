"""From a department's file to entries: the header found, columns named by the feed's definition, each cell read or told why not."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, islice
from typing import Any

from fieldsvc.departments.feeds import KEYS, YES_NO, Feed, FeedColumn
from fieldsvc.eligibility.reading import read as readable
from fieldsvc.eligibility.vocabulary import Fact, Vocabulary
from fieldsvc.facts.derive import fact_value
from fieldsvc.households.plan import day
from fieldsvc.households.roster import HEADINGS
from fieldsvc.households.rules import BadIdentity, read_identity
from fieldsvc.kit.crypto import normalise
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.sheets import Line, bounded, cell_text, heading, is_mangled, read_lines

from .names import Birth, read_birth, upgraded

MOST_ROWS, HEADER_WITHIN, LONGEST, MOST_KEPT = 100_000, 15, 200, 4_096
LONG_NUMBER = re.compile(r"\d{11,}[Xx]?")
OF = "of"
"""The column of the day a row was true, beside the key's columns."""


def unusable(detail: str) -> Problem:
    return Problem(422, "bad-list", detail)


@dataclass(slots=True)
class Entry:
    """One row of the list. ``number``: the 18-digit number, read soundly; ``remarks``: codes of ``rules.REASONS`` about it;
    ``problem`` says in Chinese why the row cannot be used; ``notes`` what of it was not used."""

    row: int
    name: str = ""
    told_number: str = ""
    number: str | None = None
    birth: Birth = field(default_factory=Birth)
    as_of: date | None = None
    values: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problem: str = ""


@dataclass(slots=True)
class Listing:
    """A file as it is read: ``ignored`` headings nobody asked for, ``missing`` columns the definition names; ``entries`` stream."""

    ignored: list[str]
    missing: list[str]
    entries: Iterator[Entry]


def read_listing(data: bytes, feed: Feed, vocabulary: Vocabulary, on: date, as_of: date | None) -> Listing:
    """Open a list. ``as_of`` is the day given with the delivery, for rows that name none. Problem 422 ``bad-list`` when the file
    or its headings cannot be used; what is wrong with a row stands in its entry."""
    lines = read_lines(data, unusable)
    named = _named(feed)
    places, ignored, rest = _header(lines, named)
    missing = [column.names[0] for column in feed.columns if column.fact not in places.values()]
    if missing and len(missing) == len(feed.columns) and not feed.tells:
        raise unusable(f"没有一列是这份名单要的，应有：{'、'.join(missing)}。请核对是否选对了名单。")
    if OF not in places.values() and as_of is None:
        raise unusable(f"名单没有“{(feed.as_of or ('数据日期',))[0]}”列，请在提交时写明数据日期（as_of）。")
    reader = _Rows(feed, vocabulary, places, on, as_of)
    return Listing(ignored, missing, (reader.entry(line) for line in bounded(rest, MOST_ROWS, unusable)))


def _named(feed: Feed) -> dict[str, str]:
    """``{heading: key or fact}``. The usual names of number, name and birth date are understood also where the definition names
    none, because a birth date finds whom a spoilt number does not."""
    found = {heading(name): key for key in KEYS for name in (*feed.key.get(key, ()), *HEADINGS[key])}
    found |= {heading(name): column.fact for column in feed.columns for name in column.names}
    return found | {heading(name): OF for name in feed.as_of}


def _header(lines: Iterator[Line], named: Mapping[str, str]) -> tuple[dict[int, str], list[str], Iterator[Line]]:
    """The header, which may stand below a title and may take two rows (merged cells). What stands above it is skipped."""
    first = list(islice(lines, HEADER_WITHIN))
    for at, (_, cells) in enumerate(first):
        told = [heading(cell) for cell in cells]
        if not {"id_number", "name"} & {named.get(each) for each in told}:
            continue
        both = _two_rows(told, first[at + 1][1] if at + 1 < len(first) else [], named)
        places = _places(both or told, named)
        ignored = [each for each in both or told if each and each not in named]
        return places, ignored, chain(first[at + (2 if both else 1) :], lines)
    raise unusable(f"前 {HEADER_WITHIN} 行中没有找到表头，应有“身份证号”或“姓名”列。")


def _two_rows(upper: list[str], lower: list[Any], named: Mapping[str, str]) -> list[str] | None:
    """One header out of two rows: a cell merged downwards is empty in the second, one merged sideways has its parts there."""
    below = [heading(cell) for cell in lower] + [""] * (len(upper) - len(lower))
    keys = [place for place, told in enumerate(upper) if named.get(told) in ("id_number", "name")]
    joined = [under or over for over, under in zip([*upper, *[""] * (len(below) - len(upper))], below, strict=True)]
    more = sum(each in named for each in joined) > sum(each in named for each in upper)
    return joined if more and not any(below[place] for place in keys) else None


def _places(told: list[str], named: Mapping[str, str]) -> dict[int, str]:
    places: dict[int, str] = {}
    for place, each in enumerate(told):
        if each in named:
            if named[each] in places.values():
                raise unusable(f"表头“{each}”出现了两次，请只保留一列。")
            places[place] = named[each]
    return places


class _Rows:
    """Reads rows into entries."""

    def __init__(
        self, feed: Feed, vocabulary: Vocabulary, places: Mapping[int, str], on: date, as_of: date | None
    ) -> None:
        self.columns: dict[str, FeedColumn] = {column.fact: column for column in feed.columns}
        self.facts = {name: vocabulary.facts[name] for name in self.columns}
        self.words = {name: {_word(k): v for k, v in column.values.items()} for name, column in self.columns.items()}
        self.at = {name: place for place, name in places.items()}
        self.on, self.as_of, self.tells = on, as_of, feed.tells
        self.days: dict[str, date | None] = {}
        self.known: dict[tuple[str, str], Any] = {}

    def entry(self, line: Line) -> Entry:
        number, cells = line
        found = Entry(number, as_of=self.as_of, values=dict(self.tells))
        self._number(found, self._cell(cells, "id_number"))
        found.name = _printable(cell_text(self._cell(cells, "name")))[:64]
        if not found.birth:
            found.birth = read_birth(cell_text(self._cell(cells, "birth_date")), self.on)
        self._day(found, cell_text(self._cell(cells, OF)))
        for name in self.columns.keys() & self.at.keys():
            self._value(found, name, cell_text(self._cell(cells, name)))
        if not found.told_number and not found.name:
            found.problem = "身份证号和姓名都是空的；如有合并单元格，请取消合并并逐行填写。"
        return found

    def _cell(self, cells: list[Any], name: str) -> Any:
        place = self.at.get(name)
        return cells[place] if place is not None and place < len(cells) else None

    def _number(self, found: Entry, cell: Any) -> None:
        found.told_number = normalise(_printable(cell_text(cell)))[:40]
        if not found.told_number:
            return
        if is_mangled(cell):
            found.remarks.append("mangled")
            found.birth = read_birth(found.told_number[6:14], self.on)
            found.notes.append("身份证号被表格软件改成了科学计数，后几位已丢失；请把该列设为文本格式后重新导出。")
            return
        told = found.told_number
        if len(told) == 15 and told.isascii() and told.isdigit():
            told = upgraded(told)
            found.remarks.append("upgraded")
        try:
            identity = read_identity(told, self.on)
        except BadIdentity as why:
            found.remarks[:] = ["bad_number"]
            found.birth = read_birth(told[6:14], self.on)
            found.notes.append(str(why))
            return
        found.number, found.birth = identity.number, Birth(day=identity.birth_date)

    def _day(self, found: Entry, text: str) -> None:
        if text:
            if text not in self.days:
                _room(self.days)[text] = read_birth(day(_word(text)), self.on).day
            found.as_of = self.days[text]
            if found.as_of is None:
                found.problem = "数据日期无法读取，或在将来。"
        elif found.as_of is None:
            found.problem = "没有数据日期。"

    def _value(self, found: Entry, name: str, text: str) -> None:
        if not text:
            return
        if (name, text) not in self.known:
            _room(self.known)[name, text] = self._read(self.facts[name], self.words[name], text)
        value = self.known[name, text]
        if value is None:
            found.notes.append(f"“{self.columns[name].names[0]}”的内容“{_shown(text)}”读不懂，未采用。")
        else:
            found.values[name] = value

    def _read(self, fact: Fact, words: Mapping[str, Any], text: str) -> Any:
        told = _word(text)
        if words or fact.type in ("bool", "choice"):
            value = words.get(told, YES_NO.get(told) if fact.type == "bool" and not words else None)
        else:
            value = _plain(fact.type, told, text)
        value = None if value is None else fact_value(fact.type, value)
        return None if value is None or readable(fact, value) is None else value


def _plain(kind: str, told: str, text: str) -> Any:
    if kind == "text":
        return LONG_NUMBER.sub("…", _printable(text))[:LONGEST]
    if kind == "date":
        return day(told)
    return told.replace(",", "").removesuffix("元").removeprefix("¥")


def _word(text: str) -> str:
    """A word as it is looked up: half-width, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _room(kept: dict[Any, Any]) -> dict[Any, Any]:
    """Lists say the same words again and again; what is kept of them stays small."""
    if len(kept) >= MOST_KEPT:
        kept.clear()
    return kept


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " for c in text).strip()


def _shown(text: str) -> str:
    return LONG_NUMBER.sub("…", _printable(text))[:20]
