"""What counts as known: the current value of each fact, contradictions between sources, and when knowledge runs out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Protocol

from fieldsvc.kit.clock import CHINA

Entry = list[Any]
"""``[value, as-of (ISO, UTC, microseconds), source kind, source id, n]``: one fact of a current document."""
Document = dict[str, Entry]


class Declared(Protocol):
    """What is used of a fact's declaration; the vocabulary's ``Fact`` has it."""

    @property
    def subject(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def sources(self) -> tuple[str, ...]: ...
    @property
    def known_for_months(self) -> int | None: ...
    @property
    def sensitivity(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a subject's history. ``value`` None takes back what an earlier revision of the same source said."""

    subject_id: str
    n: int
    subject: str
    name: str
    value: Any
    as_of: datetime
    source_kind: str
    source_id: str | None = None
    revision: int = 1


def entry_of(row: Row) -> Entry:
    moment = row.as_of.astimezone(UTC).isoformat(timespec="microseconds")
    return [row.value, moment, row.source_kind, row.source_id, row.n]


def weight(name: str, entry: Entry, declared: Mapping[str, Declared]) -> tuple[str, int, int]:
    """The order of precedence: latest as-of, then the source's declared rank, then server sequence."""
    sources = declared[name].sources if name in declared else ()
    rank = sources.index(entry[2]) if entry[2] in sources else len(sources)
    return entry[1], -rank, entry[4]


def merge(document: Document, rows: Iterable[Row], declared: Mapping[str, Declared]) -> Document:
    """The document after new rows of first revisions: whichever of old and new weighs more, so that order is no matter."""
    merged = dict(document)
    for row in rows:
        new, old = entry_of(row), merged.get(row.name)
        if row.value is not None and (old is None or weight(row.name, new, declared) > weight(row.name, old, declared)):
            merged[row.name] = new
    return merged


def rebuild(history: Iterable[Row], declared: Mapping[str, Declared]) -> Document:
    """The document from a subject's whole history; of each source only its last revision counts."""
    return merge({}, standing(history), declared)


def standing(history: Iterable[Row]) -> list[Row]:
    """Rows that no later revision of the same source has replaced or taken back."""
    rows = list(history)
    last: dict[tuple[str, str | None], int] = {}
    for row in rows:
        at = (row.name, row.source_id)
        last[at] = max(row.revision, last.get(at, 0))
    return [r for r in rows if r.value is not None and (r.source_id is None or r.revision == last[r.name, r.source_id])]


def contradictions(history: Iterable[Row], declared: Mapping[str, Declared]) -> dict[str, list[Entry]]:
    """Facts on which kinds of sources differ, each kind with its latest word, best first. All of it stays on record."""
    latest: dict[str, dict[str, Entry]] = {}
    for row in standing(history):
        kinds, new = latest.setdefault(row.name, {}), entry_of(row)
        old = kinds.get(row.source_kind)
        if old is None or weight(row.name, new, declared) > weight(row.name, old, declared):
            kinds[row.source_kind] = new
    return {
        name: sorted(kinds.values(), key=lambda entry: weight(name, entry, declared), reverse=True)
        for name, kinds in sorted(latest.items()) if len({repr(entry[0]) for entry in kinds.values()}) > 1
    }  # fmt: skip


def day_of(entry: Entry) -> date:
    """The calendar day in China on which the fact was so."""
    return _day(entry[1])


@lru_cache(maxsize=8192)
def _day(moment: str) -> date:
    """Facts of one visit share their moment."""
    return datetime.fromisoformat(moment).astimezone(CHINA).date()
