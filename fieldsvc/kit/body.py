"""Reading a request's body without being hurt by it: bounded, unpacked, and strict about JSON."""

import zlib
from typing import Any

import flask

from .errors import Problem
from .strict import BadJson, decode


def bounded_body(request: flask.Request, limit: int) -> bytes:
    """The body, gunzipped when it says so, of at most ``limit`` bytes before and after. 413, 415 and 400 problems."""
    if (request.content_length or 0) > limit:
        raise too_large(limit)
    # werkzeug bounds the raw stream by MAX_CONTENT_LENGTH also when no length was announced
    raw = flask.Request.get_data(request, cache=True)
    if request.content_length is not None and len(raw) < request.content_length:
        # gunicorn hands over what came before the line was cut, and werkzeug does not count it
        raise Problem(400, "cut-short", "连接中断，内容没有收全，未保存任何内容。请重新发送。")
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "gzip":
        return gunzip(raw, limit)
    if encoding != "identity":
        raise Problem(415, "unsupported-encoding", "只接受未压缩或 gzip 压缩的内容，请改用 gzip 后重发。")
    if len(raw) > limit:
        raise too_large(limit)
    return raw


def gunzip(packed: bytes, limit: int) -> bytes:
    """Unpack one member and stop at ``limit`` bytes: a bomb costs its limit and no more."""
    member = zlib.decompressobj(wbits=31)
    try:
        body = member.decompress(packed, limit + 1)
    except zlib.error as error:
        raise Problem(400, "bad-encoding", "压缩内容已损坏，无法解开，请重新发送。") from error
    if len(body) > limit:
        raise too_large(limit)
    if not member.eof or member.unused_data:
        raise Problem(400, "bad-encoding", "压缩内容不完整，请重新发送。")
    return body


def too_large(limit: int) -> Problem:
    detail = f"内容超过 {limit // 1024} KB（解压后计算），请分批发送。"
    return Problem(413, "too-large", detail, extra={"limit_bytes": limit})


class StrictRequest(flask.Request):
    """Whoever asks for a JSON body (webargs, ``get_json``) gets it unpacked, bounded and checked once."""

    def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> Any:
        if not self.is_json:
            return super().get_data(cache, as_text, parse_form_data)  # type: ignore[call-overload]
        if "fieldsvc.body" not in self.environ:
            self.environ["fieldsvc.body"] = _checked(bounded_body(self, self.max_content_length or 0))
        body = self.environ["fieldsvc.body"]
        return body.decode() if as_text else body


def refuse_nul() -> None:
    """Before any view: PostgreSQL cannot even be asked for U+0000, in whichever path or parameter it stands."""
    if "\0" in flask.request.path or b"%00" in flask.request.query_string:
        raise Problem(400, "nul-character", "地址或查询条件中含有不可见的空字符（U+0000），请删去后重试。")


def _checked(body: bytes) -> bytes:
    """An empty body is left to the schema, which says what is missing."""
    if body.strip():
        try:
            decode(body)
        except BadJson as error:
            raise Problem(400, error.code, str(error)) from error
    return body
