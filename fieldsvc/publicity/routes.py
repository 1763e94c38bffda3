"""公示：发布决定、登记异议、期满."""

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint
from marshmallow.validate import Length, Range

from fieldsvc.accounts.auth import signed_in
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.applications.routes import counter
from fieldsvc.kit.web import site

from . import service
from .models import Notice
from .rules import STATES

blueprint = Blueprint("publicity", __name__, url_prefix="/api/v1", description="公示")


class PostIn(ma.Schema):
    days = ma.fields.Integer(required=True, validate=Range(1, 60), metadata={"description": "公示几个工作日（本地规定）"})


class ObjectionIn(ma.Schema):
    said = ma.fields.String(required=True, validate=Length(1, 2000))
    said_by = ma.fields.String(validate=Length(max=64))


class NoticeOut(ma.Schema):
    id = ma.fields.String()
    name = ma.fields.String(metadata={"description": "隐去部分的姓名"})
    persons = ma.fields.Integer()
    decided = ma.fields.String()
    posted_on = ma.fields.Date()
    until = ma.fields.Date()
    provisional = ma.fields.Boolean(metadata={"description": "遇未公布的年度日历，暂定"})
    state = ma.fields.String()
    state_label = ma.fields.String()


def shown(notice: Notice) -> dict[str, Any]:
    plain = ("id", "name", "persons", "decided", "posted_on", "until", "provisional", "state")
    return {name: getattr(notice, name) for name in plain} | {"state_label": STATES[notice.state]}


@blueprint.post("/applications/<application_id>/notices")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(PostIn)
@blueprint.response(201, NoticeOut)
def post_notice(body: dict[str, Any], application_id: str) -> dict[str, Any]:
    """公示一件决定."""
    with site().db.write() as session:
        notice = service.post(session, counter(), application_id, body["days"])
        session.flush()
        return shown(notice)


@blueprint.post("/notices/<notice_id>/objections")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(ObjectionIn)
@blueprint.response(204)
def take_objection(body: dict[str, Any], notice_id: str) -> None:
    """登记异议：公示停止，申请退回重新审核."""
    with site().db.write() as session:
        service.object_to(session, counter(), notice_id, body["said"], body.get("said_by"))


@blueprint.post("/notices/<notice_id>/end")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, NoticeOut)
def end_notice(notice_id: str) -> dict[str, Any]:
    """公示期满，无异议."""
    with site().db.write() as session:
        return shown(service.end(session, counter(), notice_id))
