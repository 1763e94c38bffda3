"""Every error of the application as problem+json: ours, werkzeug's, webargs', the token library's, the unexpected."""

import traceback
from typing import Any

import flask
import flask_smorest
import marshmallow as ma
import structlog
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError
from werkzeug.exceptions import HTTPException

from .errors import TITLES, Problem
from .messages import in_chinese

MEDIA_TYPE = "application/problem+json"
KNOWN = {
    400: ("bad-request", "请求无法理解，请检查后重发。"),
    404: ("not-found", "没有这个地址或这条记录，或您无权查看。请核对编号，或联系镇（街道）管理员。"),
    405: ("method-not-allowed", "这个地址不支持该操作方法。"),
    406: ("not-acceptable", "无法提供所要求的格式，请改用 application/json。"),
    413: ("too-large", "内容超过允许的大小，请分批发送。"),
    414: ("too-long", "地址过长，请缩短查询条件。"),
    415: ("unsupported-media-type", "只接受 application/json，请设置 Content-Type 后重发。"),
    422: ("invalid", "内容不符合要求，请按 errors 中的说明修改后重发。"),
    429: ("too-many-requests", "请求过于频繁，请稍后再试。"),
    431: ("too-long", "请求头过长。"),
    503: ("busy", "系统繁忙，未保存任何内容。请稍后自动重试。"),
}
log = structlog.get_logger("fieldsvc.problem")


class ProblemSchema(ma.Schema):
    """RFC 9457, as the API description shows it."""

    type = ma.fields.String(required=True, metadata={"description": "urn:fieldsvc:problem:<code>"})
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True, metadata={"description": "稳定的错误代码，供程序判断"})
    detail = ma.fields.String(required=True, metadata={"description": "给人看的说明和办法"})
    errors = ma.fields.Dict(metadata={"description": "逐个字段的错误（仅 422）"})
    request_id = ma.fields.String()


class Api(flask_smorest.Api):
    """flask-smorest with its error bodies replaced."""

    ERROR_SCHEMA = ProblemSchema

    def handle_http_exception(self, error: HTTPException) -> flask.Response:
        return on_http(error)

    def _register_responses(self) -> None:
        usual, self.DEFAULT_RESPONSE_CONTENT_TYPE = self.DEFAULT_RESPONSE_CONTENT_TYPE, MEDIA_TYPE
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = usual


def register(app: flask.Flask) -> None:
    """After ``Api``, whose own handler for werkzeug's errors this replaces."""
    app.register_error_handler(Problem, respond)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(PyJWTError, on_token)
    app.register_error_handler(JWTExtendedException, on_token)
    app.register_error_handler(Exception, on_unexpected)


def respond(problem: Problem) -> flask.Response:
    body = problem.body() | {"request_id": flask.g.get("request_id")}
    response = flask.current_app.response_class(flask.json.dumps(body), problem.status, mimetype=MEDIA_TYPE)
    response.headers.extend(problem.headers)
    return response


def on_http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error.get_response()
    code, detail = KNOWN.get(error.code, ("error", TITLES.get(error.code, "请求未完成。")))
    data = getattr(error, "data", None) or {}
    errors = data.get("errors") or data.get("messages")
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After", "WWW-Authenticate")}
    return respond(Problem(error.code, code, detail, {"errors": in_chinese(errors)} if errors else {}, kept))


def on_token(error: Exception) -> flask.Response:
    log.info("token_refused", reason=type(error).__name__)
    detail = "登录凭证无效或已过期，请重新登录。"
    return respond(Problem(401, "token-invalid", detail, headers={"WWW-Authenticate": "Bearer"}))


def log_fault(event: str, error: Exception) -> None:
    """Log kind and place of a fault of ours, and no more: an exception's message may quote a person's data."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    log.error(event, error=type(error).__name__, at=[f"{f.filename}:{f.lineno} {f.name}" for f in frames])


def on_unexpected(error: Exception) -> flask.Response:
    log_fault("unexpected", error)
    return respond(Problem(500, "server-error", "服务器内部出错，已记录。请稍后重试；仍不行时把请求编号告诉管理员。"))
