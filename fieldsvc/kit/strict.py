"""JSON from outside, read strictly: what cannot be stored faithfully on every database is named, not repaired.

orjson does the fast reading; where it refuses something, or has read a number that a whole one past 64 bits becomes in
silence, msgspec reads again and decides. The checks here catch what both let through: duplicate keys (the
last would win in silence), numbers nobody can hold, U+0000, which PostgreSQL cannot store.
"""

import json
import re
from typing import Any

import msgspec
import orjson

MAX_DEPTH = 40
LEAST, MOST = -(2**63), 2**63 - 1
FLOAT, UNSURE = 2**32, 2**56
_ESCAPED = re.compile(rb'(\\+)":')
_decode = msgspec.json.Decoder().decode


class BadJson(ValueError):
    """``code`` is stable; the text is Chinese and says what is wrong."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def decode(raw: bytes) -> Any:
    """Read one JSON text. Raises ``BadJson``; never anything else, whatever the bytes."""
    value, keys = _parsed(raw)
    _refuse_hidden(raw, keys % FLOAT)
    return value


def read(raw: bytes) -> tuple[Any, bytes]:
    """The same, and the value's canonical text (keys sorted, no spaces). Writing it again takes no more than it took, unless a
    number with a fraction is in it: so where the length is the same nothing was hidden, and nothing need be searched."""
    value, keys = _parsed(raw)
    again = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if len(again) != len(raw) or keys >= FLOAT:
        _refuse_hidden(raw, keys % FLOAT)
    return value, again


def _parsed(raw: bytes) -> tuple[Any, int]:
    """The value, and what ``_count_keys`` says of it."""
    try:
        value = orjson.loads(raw)
        keys = _count_keys(value, 0)
    except ValueError:
        keys = UNSURE
    if keys >= UNSURE:
        value = _read_again(raw)
        keys = _count_keys(value, 0)
    if b"u0000" in raw and b"\\u0000" in raw:
        _refuse_nul(value, 0)
    return value, keys


def _read_again(raw: bytes) -> Any:
    try:
        return _decode(raw)
    except RecursionError:
        raise BadJson("too-deep", f"嵌套超过 {MAX_DEPTH} 层，请简化内容。") from None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        code = "number-too-big" if "out of range" in str(error) else "not-json"
        raise BadJson(code, f"不是有效的 JSON：{error}"[:200]) from None


def _refuse_hidden(raw: bytes, keys: int) -> None:
    """Of a name that stands twice in an object only the last was read. A quote before a colon ends a name, unless it is escaped:
    after an odd number of backslashes."""
    colons = raw.count(b'":')
    if colons != keys:
        colons -= sum(len(run) % 2 for run in _ESCAPED.findall(raw))
    if colons != keys or _spaced(raw):
        _refuse_duplicates(raw)


def _spaced(raw: bytes) -> bool:
    """Whether white space may stand before a colon, which the count of keys would miss. One byte is looked for first,
    because that costs next to nothing."""
    return (
        (b" " in raw and b" :" in raw) or (b"\n" in raw and b"\n:" in raw)
        or (b"\t" in raw and b"\t:" in raw) or (b"\r" in raw and b"\r:" in raw)
    )  # fmt: skip


def _count_keys(value: Any, depth: int) -> int:
    """The keys of all objects, plus ``FLOAT`` for each number with a fraction, ``UNSURE`` for one beyond 64 bits, bounding depth
    and numbers on the way. This runs over every record of every push."""
    if depth > MAX_DEPTH:
        raise BadJson("too-deep", f"嵌套超过 {MAX_DEPTH} 层，请简化内容。")
    if value.__class__ is dict:
        keys, items = len(value), value.values()
    else:
        keys, items = 0, value if value.__class__ is list else (value,)
    for item in items:
        kind = item.__class__
        if kind is int:
            if not LEAST <= item <= MOST:
                raise BadJson("number-too-big", "数字过大，无法保存。")
        elif kind is dict or kind is list:
            keys += _count_keys(item, depth + 1)
        elif kind is float:
            keys += FLOAT if LEAST < item < MOST else UNSURE
    return keys


def _refuse_nul(value: Any, depth: int) -> None:
    if isinstance(value, str) and "\0" in value:
        raise BadJson("nul-character", "文字中含有不可见的空字符（U+0000），请删去后重试。")
    if depth <= MAX_DEPTH and isinstance(value, dict | list):
        for item in (*value, *value.values()) if isinstance(value, dict) else value:
            _refuse_nul(item, depth + 1)


def _refuse_duplicates(raw: bytes) -> None:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise BadJson("duplicate-key", "同一字段出现了两次，无法判断以哪个为准。")
        return found

    try:
        json.loads(raw, object_pairs_hook=once)
    except BadJson:
        raise
    except (ValueError, RecursionError) as error:
        raise BadJson("not-json", f"不是有效的 JSON：{error}"[:200]) from None
