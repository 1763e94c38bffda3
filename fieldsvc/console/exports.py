"""Taking a list away as xlsx or CSV. Every export names its purpose, and is written into the access log with it."""

from collections.abc import Iterable
from typing import Any

import flask
from flask import request
from flask_babel import gettext

from fieldsvc.accounts.auth import actor
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock, files
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.listing import Listing
from fieldsvc.kit.web import site

MOST = 100_000
PURPOSES = {
    "review": "审核办理",
    "meeting": "会商研判",
    "publicity": "公示公开",
    "report": "统计报送",
    "audit": "监督检查",
}


def wanted() -> str | None:
    """``csv`` or ``xlsx`` when this request asks for the list as a file. Problem 422 without a purpose."""
    kind = request.args.get("export")
    if not kind:
        return None
    if kind not in files.TYPES:
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
    name, heads = gettext(listing.name), tuple(gettext(head) for head in listing.heads)
    return files.answer(kind, f"{name}-{clock.today().isoformat()}", heads, listing.cells(rows))
