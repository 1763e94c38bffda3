"""Problems a caller can act on, as RFC 9457 problem+json with a stable ``code``."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from . import clock


@dataclass(slots=True)
class Problem(Exception):
    """Refuse with a stable ``code`` and a Chinese sentence ``detail`` that says what to do.

    ``extra`` members are merged into the body; ``headers`` go to the response (``Retry-After``).
    """

    status: int
    code: str
    detail: str
    extra: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        kind = f"urn:fieldsvc:problem:{self.code}"
        return {"type": kind, "title": TITLES.get(self.status, "请求未完成"), "status": self.status,
                "code": self.code, "detail": self.detail, **self.extra}  # fmt: skip


TITLES = {
    400: "请求有误", 401: "需要登录", 403: "没有权限", 404: "未找到", 405: "方法不允许", 409: "与现状冲突",
    413: "请求过大", 415: "格式不支持", 422: "内容不符合要求", 423: "账号已锁定", 429: "请求过于频繁",
    500: "服务器出错", 503: "暂时繁忙",
}  # fmt: skip


def not_found() -> Problem:
    """Foreign and missing answer the same bytes, so that nobody learns what exists elsewhere."""
    return Problem(404, "not-found", "没有这条记录，或您无权查看。请核对编号，或联系镇（街道）管理员。")


def refuse_future(day: date, name: str, text: str, why: str) -> None:
    """Problem 422 ``not-yet``, with ``text``, for a day to come; ``why`` stands beside the field ``name``."""
    if day > clock.today():
        raise Problem(422, "not-yet", text, {"errors": {name: why}})


def forbidden() -> Problem:
    return Problem(403, "forbidden", "您的岗位不能进行这项操作。如需办理，请联系上级管理员。")


def busy() -> Problem:
    return Problem(503, "busy", "系统繁忙，未保存任何内容。请稍后自动重试。", headers={"Retry-After": "5"})
