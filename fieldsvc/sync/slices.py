"""The push's envelope taken apart without reading its records: the way in when the strict reader stumbles.

A record that is not JSON (a lone surrogate, NaN, five thousand levels) makes the whole body not JSON. Its neighbours must
not suffer, so here records are told apart by brackets and quotes alone, each to be judged by itself. Slower than the strict
reader, linear in the body, never recursive.
"""

import re
from collections.abc import Callable

import msgspec

TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
TEXT = re.compile(rb'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
SCALAR = re.compile(rb"[^\s,\[\]{}\":]+")
SPACE = re.compile(rb"[ \t\r\n]*")
OPENING, CLOSING = b"[{", b"]}"
MOST_BRACKETS = 300_000
KINDS = ("created", "updated", "deleted")
Found = dict[str, dict[str, list[bytes]]]


class Broken(ValueError):
    """The envelope itself cannot be followed: nobody can tell where a record begins."""


def slices(body: bytes) -> tuple[Found, int | None]:
    """``{table: {"created" | "updated" | "deleted": [record bytes]}}`` and the cursor. What stands twice under one name is
    all taken. Raises ``Broken``."""
    if body.count(b"[") + body.count(b"{") > MOST_BRACKETS:
        raise Broken("too many brackets")
    found: Found = {}
    cursor: list[int | None] = [None]
    told = False

    def top(name: str, at: int) -> int:
        nonlocal told
        if name == "changes":
            told = True
            return _object(body, at, lambda table, inside: _table(body, inside, found.setdefault(table, {k: [] for k in KINDS})))
        end = skip(body, at)
        if name == "last_pulled_at":
            cursor[0] = _whole(body[at:end])
        return end

    if body[_object(body, _space(body, 0), top) :].strip():
        raise Broken("text after the end")
    if not told:  # records may stand under another name: an empty answer would say that they are in
        raise Broken("changes is missing")
    return found, cursor[0]


def text_of(record: bytes, wanted: str) -> str | None:
    """A text field of a record that cannot be read as a whole; None when it has none that can be told."""
    found: list[str] = []

    def take(name: str, at: int) -> int:
        end = skip(record, at)
        if name == wanted and (text := TEXT.fullmatch(record, at, end)):
            found.append(_text(text))
        return end

    try:
        _object(record, 0, take)
    except Broken:
        return None
    return found[0] if found else None


def _table(body: bytes, at: int, kinds: dict[str, list[bytes]]) -> int:
    def kind(name: str, inside: int) -> int:
        if name not in kinds:
            raise Broken("a table has created, updated and deleted, and nothing else")
        return _sequence(body, inside, b"[]", lambda begin: _taken(body, begin, kinds[name]))

    return _object(body, at, kind)


def _taken(body: bytes, begin: int, records: list[bytes]) -> int:
    end = skip(body, begin)
    records.append(body[begin:end])
    return end


def _object(body: bytes, at: int, value: Callable[[str, int], int]) -> int:
    """``value(name, place)`` takes each value of the object at ``at`` and says where it ends."""

    def member(begin: int) -> int:
        name = TEXT.match(body, begin)
        colon = _space(body, name.end()) if name else 0
        if name is None or body[colon : colon + 1] != b":":
            raise Broken("a name was expected")
        return value(_text(name), _space(body, colon + 1))

    return _sequence(body, at, b"{}", member)


def _sequence(body: bytes, at: int, marks: bytes, element: Callable[[int], int]) -> int:
    """The end of an array or object whose elements ``element`` takes, one after the other."""
    if body[at : at + 1] != marks[:1]:
        raise Broken(f"{marks[:1].decode()} was expected")
    at = _space(body, at + 1)
    while body[at : at + 1] != marks[1:]:
        at = _space(body, element(at))
        if body[at : at + 1] == b",":
            at = _space(body, at + 1)
        elif body[at : at + 1] != marks[1:]:
            raise Broken("a comma was expected")
    return at + 1


def skip(body: bytes, at: int) -> int:
    """The end of the value at ``at``."""
    if body[at : at + 1] not in (b"{", b"[", b'"'):
        scalar = SCALAR.match(body, at)
        if scalar is None:
            raise Broken("a value was expected")
        return scalar.end()
    depth = 0
    for token in TOKEN.finditer(body, at):
        mark = body[token.start()]
        if mark in OPENING:
            depth += 1
        elif mark in CLOSING:
            depth -= 1
        elif TEXT.match(body, token.start()) is None:
            break
        if depth == 0:
            return token.end()
    raise Broken("the body ends too early")


def _space(body: bytes, at: int) -> int:
    return SPACE.match(body, at).end()  # type: ignore[union-attr]


def _text(name: re.Match[bytes]) -> str:
    try:
        return msgspec.json.decode(name[0], type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return name[1].decode("utf-8", "replace")


def _whole(raw: bytes) -> int | None:
    return int(raw) if raw.isdigit() and len(raw) <= 18 else None
