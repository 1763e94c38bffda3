"""Quarantine (隔离) and held records (待补), as their author and the officers of the region see them."""

from typing import Any

from flask_smorest import Blueprint

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import CHILD_DIRECTOR, CHILD_SUPERVISOR, COUNTY, GRID_WORKER, TOWNSHIP
from fieldsvc.kit.web import site

from . import queries
from .schemas import SetAsidePage, SetAsideQuery

blueprint = Blueprint("quarantine", __name__, url_prefix="/api/v1/quarantine", description="隔离与待补的上传记录")


@blueprint.get("")
@blueprint.arguments(SetAsideQuery, location="query")
@blueprint.response(200, SetAsidePage)
@signed_in(GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR, TOWNSHIP, COUNTY)
def list_set_aside(query: dict[str, Any]) -> dict[str, Any]:
    """列出隔离和待补的记录（分页）：原因、待补的编号、上传人"""
    with site().db.read() as session:
        rows = queries.set_aside_page(session, actor(), query["state"], query["after"], query["limit"])
    return {"items": rows, "next": rows[-1].id if len(rows) == query["limit"] else None}
