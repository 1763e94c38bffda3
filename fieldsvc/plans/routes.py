"""帮扶安排；一户的家庭状况、风险、需求和帮扶措施."""

from typing import Any

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import CHILD_DIRECTOR, CHILD_SUPERVISOR, COUNTY, GRID_WORKER, TOWNSHIP
from fieldsvc.departments.web import departments
from fieldsvc.households.queries import members, visible_household
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.pages import cursor_of, read_cursor
from fieldsvc.kit.web import site

from . import providers, queries, schemas, service
from .measures import measures
from .models import Plan
from .progress import told

READERS = (GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR, TOWNSHIP, COUNTY)
blueprint = Blueprint("plans", __name__, url_prefix="/api/v1", description="帮扶安排与帮扶措施")


def desk() -> service.Desk:
    return service.Desk(actor(), site().settings.jurisdiction, departments())


@blueprint.get("/plans")
@signed_in(*READERS)
@blueprint.arguments(schemas.ListQuerySchema, location="query")
@blueprint.response(200, schemas.PlanListSchema)
def list_plans(asked: dict[str, Any]) -> dict[str, Any]:
    """本人范围内的帮扶安排，新的在前；可按项目、状态查询，例如等候入住的、已承接的。"""
    after = read_cursor(asked["cursor"]) if asked.get("cursor") else None
    with site().db.read() as session:
        found = queries.page(session, actor(), asked, after)
        told = queries.entries(session, site().county, [one.id for one in found])
    with site().db.write() as session:
        record_view(session, actor(), "plan-list", (one.person_id for one in found), (one.household_id for one in found))
    last = found[-1] if len(found) == asked["limit"] else None
    items = [schemas.listed(one, told.get(one.id, ())) for one in found]
    return {"items": items, "next": cursor_of(last.opened_at, last.id) if last else None}


@blueprint.post("/plans")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.NewPlanSchema)
@blueprint.response(201, schemas.PlanDetailSchema)
def open_plan(body: dict[str, Any]) -> dict[str, Any]:
    """为一户或一人安排目录中的一项帮扶。同一项尚未结束的，不重复安排；慈善帮扶须先征得同意。"""
    with site().db.write() as session:
        return _shown(session, service.open_plan(session, desk(), body))


@blueprint.get("/plans/<plan_id>")
@signed_in(*READERS)
@blueprint.response(200, schemas.PlanDetailSchema)
def show_plan(plan_id: str) -> dict[str, Any]:
    """一项安排和它的每次记录：做了什么、哪几次没做。"""
    with site().db.write() as session:
        return _shown(session, queries.visible(session, actor(), plan_id))


@blueprint.post("/plans/<plan_id>/state")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.PlanChangeSchema)
@blueprint.response(200, schemas.PlanDetailSchema)
def change_plan(body: dict[str, Any], plan_id: str) -> dict[str, Any]:
    """承接、开始、等候或结束。"""
    with site().db.write() as session:
        return _shown(session, service.change(session, desk(), plan_id, body["state"], body))


@blueprint.post("/plans/<plan_id>/entries")
@signed_in(*READERS)
@blueprint.arguments(schemas.PlanEntrySchema)
@blueprint.response(201, schemas.PlanDetailSchema)
def note_entry(body: dict[str, Any], plan_id: str) -> dict[str, Any]:
    """登记一次：哪天、做了什么、谁签收、结果如何。"""
    with site().db.write() as session:
        service.note(session, desk(), plan_id, body)
        return _shown(session, queries.visible(session, actor(), plan_id))


@blueprint.post("/plans/<plan_id>/entries/<int:n>/check")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.PlanCheckSchema)
@blueprint.response(200, schemas.PlanDetailSchema)
def check_entry(body: dict[str, Any], plan_id: str, n: int) -> dict[str, Any]:
    """抽查一次记录是否属实；不属实的不计入已做的次数。"""
    with site().db.write() as session:
        service.check(session, desk(), plan_id, n, body["right"], body.get("note"))
        return _shown(session, queries.visible(session, actor(), plan_id))


@blueprint.get("/providers")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, schemas.ProviderListSchema)
def list_providers() -> dict[str, Any]:
    """社会工作站（点）、服务机构、志愿服务组织：人员、服务区域、在办、已做的服务和抽查结果。"""
    with site().db.read() as session:
        return {"items": providers.listed(session, actor())}


@blueprint.post("/providers")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.ProviderSchema)
@blueprint.response(201, schemas.ProviderListSchema)
def register_provider(body: dict[str, Any]) -> dict[str, Any]:
    """登记一个单位及其工作人员、服务区域。"""
    with site().db.write() as session:
        providers.register(session, actor(), body)
        session.flush()
        return {"items": [one for one in providers.listed(session, actor()) if one["name"] == body["name"]]}


@blueprint.post("/providers/<provider_id>/users")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.ProviderUsersSchema)
@blueprint.response(200, schemas.ProviderListSchema)
def set_provider_users(body: dict[str, Any], provider_id: str) -> dict[str, Any]:
    """更新一个单位的工作人员名单。"""
    with site().db.write() as session:
        unit = providers.found(session, actor(), provider_id)
        providers.set_users(session, actor(), unit, body["users"])
        session.flush()
        return {"items": [one for one in providers.listed(session, actor()) if one["id"] == provider_id]}


@blueprint.get("/households/<household_id>/measures")
@signed_in(*READERS)
@blueprint.response(200, schemas.MeasuresSchema)
def show_measures(household_id: str) -> dict[str, Any]:
    """一户的家庭状况、风险类别、帮扶需求，和按基本、专项、急难、服务、慈善分类的帮扶措施（缺什么补什么）。"""
    with site().db.read() as session:
        home = visible_household(session, actor(), household_id)
        found = measures(session, desk(), home.id)
        persons = [one.id for one in members(session, home.county_code, [home.id])]
    with site().db.write() as session:
        record_view(session, actor(), "measures", persons, [home.id])
    return found


@blueprint.post("/households/<household_id>/monitoring")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.MonitoringSchema)
@blueprint.response(200, schemas.MonitoringSchema)
def set_monitoring(body: dict[str, Any], household_id: str) -> dict[str, Any]:
    """纳入监测帮扶范围，或在风险消除后移出；写明理由。"""
    with site().db.write() as session:
        service.monitor(session, desk(), household_id, body["monitored"], body["reason"])
    return body


def _shown(session: Session, plan: Plan) -> dict[str, Any]:
    session.flush()
    record_view(session, actor(), "plan", [plan.person_id], [plan.household_id])
    entries = queries.entries(session, plan.county_code, [plan.id])[plan.id]
    return schemas.detail(plan, entries, told(session, plan, departments().vocabulary))
