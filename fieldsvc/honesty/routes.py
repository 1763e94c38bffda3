"""诚信与纠错：守信承诺、失信认定与退还、亲属回避、纠错."""

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import CHILD_DIRECTOR, COUNTY, GRID_WORKER, TOWNSHIP
from fieldsvc.households.queries import visible_household
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.web import site

from . import queries, schemas, service
from .models import Breach
from .rules import RECORDS, STATES

blueprint = Blueprint("honesty", __name__, url_prefix="/api/v1", description="诚信与纠错")


class BreachOut(ma.Schema):
    id = ma.fields.String()
    household_id = ma.fields.String()
    finding = ma.fields.String()
    owed = ma.fields.String()
    paid = ma.fields.String()
    goods = ma.fields.String(allow_none=True)
    state = ma.fields.String()
    state_label = ma.fields.String()
    found_at = ma.fields.String()
    confirmed_at = ma.fields.String(allow_none=True)
    listed_at = ma.fields.String(allow_none=True)
    withdrawn_at = ma.fields.String(allow_none=True)


class RecordOut(ma.Schema):
    record = ma.fields.String()
    label = ma.fields.String()


def shown(breach: Breach) -> dict[str, Any]:
    times = ("found_at", "confirmed_at", "listed_at", "withdrawn_at")
    plain = ("id", "household_id", "finding", "goods", "state")
    return {name: getattr(breach, name) for name in plain} | {name: clock.show(getattr(breach, name)) for name in times} | {
        "owed": str(breach.owed), "paid": str(breach.paid), "state_label": STATES[breach.state]
    }  # fmt: skip


@blueprint.get("/households/<household_id>/honesty")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, RecordOut)
def show_record(household_id: str) -> dict[str, str]:
    """一户的诚信记录：守信的可以少要证明."""
    with site().db.read() as session:
        home = visible_household(session, actor(), household_id)
        found = queries.record(session, home.county_code, home.id)
    with site().db.write() as session:
        record_view(session, actor(), "honesty", (), [home.id])
    return {"record": found, "label": RECORDS[found]}


@blueprint.post("/households/<household_id>/promises")
@signed_in(GRID_WORKER, CHILD_DIRECTOR, TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.PromiseIn)
@blueprint.response(204)
def sign_promise(body: dict[str, Any], household_id: str) -> None:
    """登记守信承诺."""
    with site().db.write() as session:
        service.promise(session, actor(), household_id, body["signed_by"], body["signed_on"])


@blueprint.post("/households/<household_id>/kin")
@signed_in(GRID_WORKER, CHILD_DIRECTOR, TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.KinIn)
@blueprint.response(204)
def declare_kin(body: dict[str, Any], household_id: str) -> None:
    """声明与这一户有亲属或利害关系；声明后不能审核这一户."""
    with site().db.write() as session:
        service.stand_aside(session, actor(), household_id, body["relation"])


@blueprint.post("/households/<household_id>/corrections")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.CorrectionIn)
@blueprint.response(204)
def enter_correction(body: dict[str, Any], household_id: str) -> None:
    """纠错：原因、发现和纠正的日期；被纠正的一条原样保留."""
    with site().db.write() as session:
        service.correct(session, actor(), household_id, body["about_n"], body)


@blueprint.post("/households/<household_id>/breaches")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.BreachIn)
@blueprint.response(201, BreachOut)
def find_breach(body: dict[str, Any], household_id: str) -> dict[str, Any]:
    """发现骗取救助；须由另一名经办人员复核."""
    with site().db.write() as session:
        found = service.find(session, actor(), household_id, body["finding"], body["owed"], body.get("goods"))
        session.flush()
        return shown(found)


@blueprint.post("/breaches/<breach_id>/confirmation")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, BreachOut)
def confirm_breach(breach_id: str) -> dict[str, Any]:
    """复核属实：停止救助，追回款物."""
    with site().db.write() as session:
        return shown(service.confirm(session, actor(), breach_id))


@blueprint.post("/breaches/<breach_id>/repayments")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.RepaidIn)
@blueprint.response(200, BreachOut)
def take_repayment(body: dict[str, Any], breach_id: str) -> dict[str, Any]:
    """登记退还."""
    with site().db.write() as session:
        return shown(service.repay(session, actor(), breach_id, body["amount"]))


@blueprint.post("/breaches/<breach_id>/annulment")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.ReasonIn)
@blueprint.response(200, BreachOut)
def annul_breach(body: dict[str, Any], breach_id: str) -> dict[str, Any]:
    """撤销认定；已列入信用记录的同时撤下."""
    with site().db.write() as session:
        return shown(service.annul(session, actor(), breach_id, body["reason"]))


@blueprint.post("/breaches/<breach_id>/listing")
@signed_in(COUNTY)
@blueprint.response(200, BreachOut)
def list_breach(breach_id: str) -> dict[str, Any]:
    """县级审核后列入信用记录，报送公共信用信息平台."""
    with site().db.write() as session:
        return shown(service.put_on_list(session, actor(), breach_id))
