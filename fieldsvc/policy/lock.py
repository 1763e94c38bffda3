"""``quotes.lock``: for every quote its hash and its place in the text, so that a clone without the texts still notices
a changed character. One JSON object per line, sorted by id; one file per distribution, beside its data."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources.abc import Traversable

import msgspec

from .book import Quote

NAME = "quotes.lock"


@dataclass(frozen=True, slots=True)
class Locked:
    """``place``: offset of the quote in the text without blanks. ``sha256``: of the quote as our file has it."""

    id: str
    document: str
    clause: str
    place: int
    sha256: str


def digest(quote: str) -> str:
    return hashlib.sha256(quote.encode()).hexdigest()


def read_lock(root: Traversable) -> dict[str, Locked] | None:
    """The package's lock by quote id; None where there is no lock file."""
    file = root.joinpath(NAME)
    if not file.is_file():
        return None
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line]
    return {entry.id: entry for entry in (msgspec.json.decode(line, type=Locked) for line in lines)}


def dump_lock(entries: Iterable[Locked]) -> str:
    ordered = sorted(entries, key=lambda entry: entry.id)
    return "".join(msgspec.json.encode(entry).decode() + "\n" for entry in ordered)


def differences(quotes: Iterable[Quote], locked: dict[str, Locked] | None) -> list[tuple[Quote | None, str, str]]:
    """What keeps quotes and lock apart: the quote (None for a stale entry), a code, a Chinese sentence."""
    given = {quote.id: quote for quote in quotes}
    if locked is None:
        return [(q, "no_lock", f"没有 {NAME}。") for q in list(given.values())[:1]]
    found: list[tuple[Quote | None, str, str]] = []
    for key, quote in given.items():
        entry = locked.get(key)
        if entry is None:
            found.append((quote, "not_locked", f"引文 {key} 不在 {NAME} 中。"))
        elif (entry.document, entry.clause, entry.sha256) != (quote.cite.document, quote.cite.clause, digest(quote.cite.quote)):
            found.append((quote, "lock_differs", f"引文 {key} 与 {NAME} 不符。"))
    found += [(None, "stale_lock", f"{NAME} 中的 {key} 已没有对应引文。") for key in locked if key not in given]
    return found
