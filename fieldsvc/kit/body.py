"""Reading a request's body without being hurt by it: bounded, unpacked, and strict about JSON.

Python's parser accepts NaN, 1e999, lone surrogates, U+0000 and duplicate keys (last wins), and gives up with
RecursionError or ValueError on depth and on 5,000-digit integers. None of that may reach a database or become a 500.
"""

import json
import math
import re
import zlib
from typing import Any, NoReturn

import flask
import orjson

from .errors import Problem

DEPTH = 64
DIGITS = 18
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def bounded_body(request: flask.Request, limit: int) -> bytes:
    """The body, gunzipped when it says so, of at most ``limit`` bytes before and after. 413, 415 and 400 problems."""
    if (request.content_length or 0) > limit:
        raise too_large(limit)
    # werkzeug bounds the raw stream by MAX_CONTENT_LENGTH also when no length was announced
    raw = flask.Request.get_data(request, cache=True)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "gzip":
        return gunzip(raw, limit)
    if encoding != "identity":
        raise Problem(415, "unsupported-encoding", "只接受未压缩或 gzip 压缩的内容，请改用 gzip 后重发。")
    if len(raw) > limit:
        raise too_large(limit)
    return raw


def gunzip(packed: bytes, limit: int) -> bytes:
    """Unpack every member, and stop at ``limit`` bytes: a bomb costs its limit and no more."""
    out, rest = bytearray(), packed
    while rest:
        member = zlib.decompressobj(wbits=31)
        try:
            out += member.decompress(rest, limit + 1 - len(out))
        except zlib.error as error:
            raise _bad("bad-encoding", "压缩内容已损坏，无法解开，请重新发送。") from error
        if len(out) > limit:
            raise too_large(limit)
        if not member.eof:
            raise _bad("bad-encoding", "压缩内容不完整，请重新发送。")
        rest = member.unused_data
    return bytes(out)


def strict_json(body: bytes, depth: int = DEPTH) -> Any:
    """The value of a JSON text. Every refusal is a 400 problem whose ``code`` starts with ``json-``."""
    try:
        value = json.loads(body.decode(), object_pairs_hook=_object, parse_int=_integer, parse_float=_number,
                           parse_constant=_constant)  # fmt: skip
    except RecursionError as error:
        raise too_deep() from error
    except ValueError as error:
        raise _bad("json-syntax", "内容不是合法的 JSON（UTF-8），请检查后重发。") from error
    if NUL.search(body):
        raise _bad("json-text", "文字中含有空字符（U+0000），请删除后重发。")
    _whole_text(body)
    _bound_depth(value, depth)
    return value


def _whole_text(body: bytes) -> None:
    """Of what Python accepted, orjson still refuses half a surrogate pair, which no database can store."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise (too_deep() if "recursion" in str(error) else
               _bad("json-text", "文字中含有残缺的字符（孤立代理项），请删除后重发。")) from error  # fmt: skip


def _bound_depth(value: Any, depth: int) -> None:
    level = [value]
    while level := [v for v in level if isinstance(v, dict | list)]:
        if not depth:
            raise too_deep()
        depth -= 1
        level = [child for v in level for child in (v.values() if isinstance(v, dict) else v)]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _bad("json-duplicate-key", "同一个对象里有重复的字段名，请保留一个后重发。")
    return made


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > DIGITS:
        raise _bad("json-number", f"整数超过 {DIGITS} 位，无法接受。")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _bad("json-number", "数字超出可表示的范围，无法接受。")
    return number


def _constant(_text: str) -> NoReturn:
    raise _bad("json-number", "不接受 NaN 或 Infinity，请改为具体数字或留空。")


def too_large(limit: int) -> Problem:
    return Problem(413, "too-large", f"内容超过 {limit // 1024} KB（解压后计算），请分批发送。", extra={"limit_bytes": limit})


def too_deep() -> Problem:
    return _bad("json-depth", f"内容嵌套超过 {DEPTH} 层，无法接受。")


def _bad(code: str, detail: str) -> Problem:
    return Problem(400, code, detail)


class StrictRequest(flask.Request):
    """Whoever asks for a JSON body (webargs, ``get_json``) gets it unpacked, bounded and checked once."""

    def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> Any:
        if not self.is_json:
            return super().get_data(cache, as_text, parse_form_data)  # type: ignore[call-overload]
        if "fieldsvc.body" not in self.environ:
            body = bounded_body(self, self.max_content_length or 0)
            if body.strip():
                strict_json(body)
            self.environ["fieldsvc.body"] = body
        body = self.environ["fieldsvc.body"]
        return body.decode() if as_text else body
