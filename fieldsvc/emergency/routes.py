"""急难救助：在急难发生地受理，先行救助、事后补充说明，审批、分阶段发放，跟进，办结."""

from typing import Any

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.deadlines.queries import running
from fieldsvc.deadlines.views import summary
from fieldsvc.departments.web import departments
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.pages import cursor_of, read_cursor
from fieldsvc.kit.web import site

from . import limits, queries, reserve, schemas, service
from .models import Emergency

blueprint = Blueprint("emergency", __name__, url_prefix="/api/v1/emergencies", description="急难救助")


def desk() -> service.Desk:
    return service.Desk(actor(), site().settings.jurisdiction, departments(), site().vault)


@blueprint.get("")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.EmergencyListQuerySchema, location="query")
@blueprint.response(200, schemas.EmergencyListSchema)
def list_emergencies(asked: dict[str, Any]) -> dict[str, Any]:
    """“救急难”人员数据库：每件的经过、首次救助用时、下次跟踪走访的日期。"""
    after = read_cursor(asked["cursor"]) if asked.get("cursor") else None
    with site().db.read() as session:
        found = queries.page(session, actor(), asked, after)
        looks = queries.next_look(session, site().county, [one.household_id for one in found], service.FOLLOWED)
        clocks = running(session, site().county, (one.id for one in found), clock.now())
        items = [schemas.line(one, queries.payments(session, one), looks.get(one.household_id)) | summary(clocks.get(one.id, []))
                 for one in found]  # fmt: skip
    with site().db.write() as session:
        record_view(session, actor(), "emergency-list", (one.person_id for one in found), (one.household_id for one in found))
    last = found[-1] if len(found) == asked["limit"] else None
    return {"items": items, "next": cursor_of(last.opened_at, last.id) if last else None}


@blueprint.get("/counts")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, schemas.EmergencyCountsSchema)
def count_emergencies() -> dict[str, Any]:
    """按状态、类型、原因、突发公共事件的件数。"""
    with site().db.read() as session:
        return queries.counts(session, actor())


@blueprint.post("")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.NewEmergencySchema)
@blueprint.response(201, schemas.EmergencyDetailSchema)
def open_emergency(body: dict[str, Any]) -> dict[str, Any]:
    """在急难发生地受理；没有登记的人写 newcomer，按临时身份登记，一直办到底。"""
    with site().db.write() as session:
        return _shown(session, service.open_case(session, desk(), body))


@blueprint.get("/<emergency_id>")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, schemas.EmergencyDetailSchema)
def show_emergency(emergency_id: str) -> dict[str, Any]:
    """一件急难救助的全部经过。"""
    with site().db.write() as session:
        return _shown(session, queries.visible(session, actor(), emergency_id))


@blueprint.post("/<emergency_id>/payments")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.NewPaymentSchema)
@blueprint.response(201, schemas.EmergencyDetailSchema)
def pay(body: dict[str, Any], emergency_id: str) -> dict[str, Any]:
    """发放。急难型可不凭材料先行救助，留下补充说明的任务；支出型审批以后才能发放。"""
    with site().db.write() as session:
        return _shown(session, service.pay(session, desk(), emergency_id, body))


@blueprint.post("/reserves")
@signed_in(COUNTY)
@blueprint.arguments(schemas.ReserveSchema)
@blueprint.response(201, schemas.ReserveEntrySchema)
def fill_reserve(body: dict[str, Any]) -> dict[str, Any]:
    """给镇（街道）拨付临时救助备用金。"""
    with site().db.write() as session:
        entry = reserve.fill(session, actor(), body["township"], body["amount"], body.get("note"))
        return {"township": entry.township_code, "balance": entry.balance}


@blueprint.post("/<emergency_id>/account")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.AccountSchema)
@blueprint.response(200, schemas.EmergencyDetailSchema)
def supply_account(body: dict[str, Any], emergency_id: str) -> dict[str, Any]:
    """先行救助后补充说明情况。"""
    with site().db.write() as session:
        return _shown(session, service.supply_account(session, desk(), emergency_id, body["text"], body["papers"]))


@blueprint.post("/<emergency_id>/approval")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.ApprovalSchema)
@blueprint.response(200, schemas.EmergencyDetailSchema)
def approve(body: dict[str, Any], emergency_id: str) -> dict[str, Any]:
    """审批金额和发放次数；跟进救助再次审批，与以前的相加。"""
    with site().db.write() as session:
        return _shown(session, service.approve(session, desk(), emergency_id, body))


@blueprint.post("/<emergency_id>/closing")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.ClosingSchema)
@blueprint.response(200, schemas.EmergencyDetailSchema)
def close(body: dict[str, Any], emergency_id: str) -> dict[str, Any]:
    """办结，写明结果；不再跟踪走访。"""
    with site().db.write() as session:
        return _shown(session, service.close_case(session, desk(), emergency_id, body["outcome"]))


def _shown(session: Session, case: Emergency) -> dict[str, Any]:
    session.flush()
    record_view(session, actor(), "emergency", [case.person_id], [case.household_id])
    look = queries.next_look(session, case.county_code, [case.household_id], service.FOLLOWED).get(case.household_id)
    mine = case.opened_by == actor().id
    shelter = site().vault.open_text(case.shelter, service.SHELTER) if mine else "（受保护）" if case.shelter else None
    clocks = running(session, case.county_code, [case.id], clock.now()).get(case.id, [])
    most = limits.limit(session, desk(), case)
    told = {"tiers": limits.tiers(desk(), case), "limit": None if most is None else limits.yuan(most)}
    return schemas.detail(case, queries.payments(session, case), look, shelter) | told | summary(clocks)
