"""Taking a list away as xlsx or CSV. Every export names its purpose, and is written into the access log with it."""

import io
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import flask
from flask import request
from flask_babel import gettext

from fieldsvc.accounts.auth import actor
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.listing import Listing, as_csv, as_xlsx
from fieldsvc.kit.web import site

MOST = 100_000
PURPOSES = {
    "review": "审核办理",
    "meeting": "会商研判",
    "publicity": "公示公开",
    "report": "统计报送",
    "audit": "监督检查",
}
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def wanted() -> str | None:
    """``csv`` or ``xlsx`` when this request asks for the list as a file. Problem 422 without a purpose."""
    kind = request.args.get("export")
    if not kind:
        return None
    if kind not in TYPES:
        raise Problem(422, "unknown-format", "只能导出为 xlsx 或 CSV。", {"errors": {"export": "xlsx / csv"}})
    if request.args.get("purpose") not in PURPOSES:
        raise Problem(
            422, "purpose-missing", "导出个人信息须写明用途，请选择后再导出。", {"errors": {"purpose": "必填"}}
        )
    return kind


def export(
    kind: str, listing: Listing, rows: Iterable[Any], persons: Iterable[str | None], households: Iterable[str]
) -> flask.Response:
    """The list as a file; ``persons`` and ``households`` are whom it shows."""
    with site().db.write() as session:
        record_view(session, actor(), f"export-{request.args['purpose']}", persons, set(households))
    name, cells = gettext(listing.name), listing.cells(rows)
    heads = tuple(gettext(head) for head in listing.heads)
    held = io.BytesIO()
    if kind == "csv":
        held.write(as_csv(heads, cells))
    else:
        as_xlsx(name, heads, cells, held)
    response = flask.Response(held.getvalue(), content_type=TYPES[kind])
    file = quote(f"{name}-{clock.today().isoformat()}.{kind}")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{file}"
    return response
