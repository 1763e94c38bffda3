"""慈善需求：不具名地告知社会力量，本人同意后才告知是谁."""

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint
from marshmallow.validate import Length, Range

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.queries import region_names
from fieldsvc.accounts.rules import COUNTY, REPORTER, TOWNSHIP
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.web import site

from . import needs

blueprint = Blueprint("needs", __name__, url_prefix="/api/v1", description="慈善需求")


class NeedIn(ma.Schema):
    what = ma.fields.String(required=True, validate=Length(1, 500), metadata={"description": "需要什么；不写姓名和住址"})


class AgreementIn(ma.Schema):
    account_id = ma.fields.Integer(required=True, validate=Range(1, 2**31 - 1), metadata={"description": "社会力量的账号"})
    agreed_by = ma.fields.String(required=True, validate=Length(1, 64), metadata={"description": "同意人"})
    agreed_on = ma.fields.Date(required=True)


class ClosingIn(ma.Schema):
    how = ma.fields.String(required=True, validate=Length(1, 500))


class NeedOut(ma.Schema):
    id = ma.fields.String()
    what = ma.fields.String()
    township = ma.fields.String()
    shown_on = ma.fields.String()
    name = ma.fields.String(allow_none=True, metadata={"description": "本人同意告知您以后才有"})
    address = ma.fields.String(allow_none=True)


class NeedListOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(NeedOut))


@blueprint.get("/needs")
@signed_in(TOWNSHIP, COUNTY, REPORTER)
@blueprint.response(200, NeedListOut)
def list_needs() -> dict[str, Any]:
    """区域内的慈善需求；社会力量看不到姓名和住址，本人同意后才看到自己那一件的。"""
    with site().db.read() as session:
        found = needs.board(session, actor())
        townships = region_names(session, site().county, {one.village_code[: needs.TOWNSHIP_DIGITS] for one, _home in found})
    with site().db.write() as session:
        record_view(session, actor(), "needs", (), {home.id for _one, home in found if home})
    return {"items": [needs.shown(one, home, townships) for one, home in found]}


@blueprint.post("/households/<household_id>/needs")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(NeedIn)
@blueprint.response(201, NeedOut)
def share_need(body: dict[str, Any], household_id: str) -> dict[str, Any]:
    """把一户的需求不具名地告知社会力量。"""
    with site().db.write() as session:
        made = needs.share(session, actor(), household_id, body["what"])
        session.flush()
        return needs.shown(made, None, {})


@blueprint.post("/needs/<need_id>/agreement")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(AgreementIn)
@blueprint.response(204)
def agree(body: dict[str, Any], need_id: str) -> None:
    """登记本人同意：只告知这一家社会力量。"""
    with site().db.write() as session:
        needs.agree(session, actor(), need_id, body["account_id"], body["agreed_by"], body["agreed_on"])


@blueprint.post("/needs/<need_id>/closing")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(ClosingIn)
@blueprint.response(204)
def close_need(body: dict[str, Any], need_id: str) -> None:
    """已经帮到或不再需要：不再显示。"""
    with site().db.write() as session:
        needs.close(session, actor(), need_id, body["how"])
