"""Settling set-aside records over the API; the list itself is ``visits.routes``."""

from typing import Any

from flask_smorest import Blueprint

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.kit.web import site
from fieldsvc.visits.schemas import CorrectIn, RefuseIn, SetAsideOut

from . import corrections

blueprint = Blueprint("corrections", __name__, url_prefix="/api/v1/quarantine", description="隔离与待补记录的处理")


@blueprint.post("/<aside_id>/release")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, SetAsideOut)
def release(aside_id: str) -> Any:
    """原样采用：原因消除后再试一次"""
    with site().db.write() as session:
        return corrections.again(session, site(), actor(), aside_id)


@blueprint.post("/<aside_id>/correct")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(CorrectIn)
@blueprint.response(200, SetAsideOut)
def correct(body: dict[str, Any], aside_id: str) -> Any:
    """补正后采用；原记录原样留存"""
    with site().db.write() as session:
        return corrections.correct(session, site(), actor(), aside_id, body["changes"], body["reason"])


@blueprint.post("/<aside_id>/refuse")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(RefuseIn)
@blueprint.response(200, SetAsideOut)
def refuse(body: dict[str, Any], aside_id: str) -> Any:
    """不予采用，写明原因；记录留存，上传人可见"""
    with site().db.write() as session:
        return corrections.refuse(session, actor(), aside_id, body["reason"])
