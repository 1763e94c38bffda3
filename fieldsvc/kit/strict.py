"""JSON from outside, read strictly: what cannot be stored faithfully on every database is named, not repaired.

msgspec does the fast reading (it refuses NaN and bad UTF-8, bounds depth); the checks here catch what it lets through:
duplicate keys (the last would win in silence), numbers nobody can hold, U+0000, which PostgreSQL cannot store.
"""

import json
from typing import Any

import msgspec

MAX_DEPTH = 40
_decode = msgspec.json.Decoder().decode


class BadJson(ValueError):
    """``code`` is stable; the text is Chinese and says what is wrong."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def decode(raw: bytes) -> Any:
    """Read one JSON text. Raises ``BadJson``; never anything else, whatever the bytes."""
    try:
        value = _decode(raw)
    except RecursionError:
        raise BadJson("too-deep", f"嵌套超过 {MAX_DEPTH} 层，请简化内容。") from None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        code = "number-too-big" if "out of range" in str(error) else "not-json"
        raise BadJson(code, f"不是有效的 JSON：{error}"[:200]) from None
    suspicious = b"\\u0000" in raw or b"\x00" in raw
    keys = _walk(value, 0, suspicious)
    spaced = b" :" in raw or b"\n:" in raw or b"\t:" in raw or b"\r:" in raw
    if spaced or raw.count(b'":') - raw.count(b'\\":') != keys:
        _refuse_duplicates(raw)
    return value


def _walk(value: Any, depth: int, suspicious: bool) -> int:
    """Count the keys of all objects, bounding depth and numbers on the way."""
    if depth > MAX_DEPTH:
        raise BadJson("too-deep", f"嵌套超过 {MAX_DEPTH} 层，请简化内容。")
    if isinstance(value, dict):
        count = len(value)
        for key, item in value.items():
            if type(item) is not str or suspicious:
                count += _walk(item, depth + 1, suspicious)
            if suspicious and "\0" in key:
                raise BadJson("nul-character", "文字中含有不可见的空字符（U+0000），请删去后重试。")
        return count
    if isinstance(value, list):
        return sum(_walk(item, depth + 1, suspicious) for item in value)
    return _scalar(value, suspicious)


def _scalar(value: Any, suspicious: bool) -> int:
    if isinstance(value, str) and suspicious and "\0" in value:
        raise BadJson("nul-character", "文字中含有不可见的空字符（U+0000），请删去后重试。")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise BadJson("number-too-big", "数字过大，无法保存。")
    if isinstance(value, float) and value - value != 0:
        raise BadJson("number-too-big", "数字过大，无法保存。")
    return 0


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
