"""一次申请、分类审核认定."""

from typing import Any

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from fieldsvc.accounts.access import record_access
from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.deadlines.queries import running
from fieldsvc.deadlines.views import summary
from fieldsvc.departments.web import departments
from fieldsvc.kit import clock
from fieldsvc.kit.pages import cursor_of, read_cursor
from fieldsvc.kit.web import site

from . import counter_facts, queries, schemas, service
from .models import Application

blueprint = Blueprint("applications", __name__, url_prefix="/api/v1/applications", description="申请与认定")


def counter() -> service.Counter:
    return service.Counter(actor(), site().settings.jurisdiction, departments())


@blueprint.get("")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.ListQuerySchema, location="query")
@blueprint.response(200, schemas.ApplicationListSchema)
def list_applications(asked: dict[str, Any]) -> dict[str, Any]:
    """本区域内的申请，新的在前。"""
    after = read_cursor(asked["cursor"]) if asked.get("cursor") else None
    with site().db.read() as session:
        found = queries.page(session, actor(), asked, after)
        clocks = running(session, site().county, (one.id for one in found), clock.now())
    with site().db.write() as session:
        record_access(session, actor(), "application-list", (a.person_id for a in found if a.person_id), (a.household_id for a in found))
    last = found[-1] if len(found) == asked["limit"] else None
    items = [schemas.line(one) | summary(clocks.get(one.id, [])) for one in found]
    return {"items": items, "next": cursor_of(last.opened_at, last.id) if last else None}


@blueprint.post("")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.NewApplicationSchema)
@blueprint.response(201, schemas.ApplicationSchema)
def open_application(body: dict[str, Any]) -> dict[str, Any]:
    """受理一次申请。经申请人同意，按本地区规定的先后顺序逐类审核；没有同意时只审核所申请的一类。

    已知的情况不再询问；尚缺的情况列在审核意见中。审核意见是建议，由经办人员确认或写明理由改变。
    """
    asked = service.Asked(str(body["household_id"]), str(body["person_id"]) if body.get("person_id") else None, body.get("tier"),
                          body.get("consent"), body.get("left"), body.get("helper"))  # fmt: skip
    with site().db.write() as session:
        return _shown(session, service.open_application(session, counter(), asked))


@blueprint.get("/<application_id>")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, schemas.ApplicationSchema)
def show_application(application_id: str) -> dict[str, Any]:
    """一件申请：逐类审核的意见和理由、同意、转换、认定，全部步骤。"""
    with site().db.write() as session:
        return _shown(session, queries.visible(session, actor(), application_id))


@blueprint.post("/<application_id>/judgement")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, schemas.ApplicationSchema)
def judge_again(application_id: str) -> dict[str, Any]:
    """按现在已知的情况重新审核；以前的意见保留在步骤中。"""
    with site().db.write() as session:
        return _shown(session, service.judge_again(session, counter(), application_id))


@blueprint.post("/<application_id>/answers")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.ToldSchema)
@blueprint.response(200, schemas.ApplicationSchema)
def tell(body: dict[str, Any], application_id: str) -> dict[str, Any]:
    """申请人当场说明的情况，由经办人员登记，随即重新审核；不清楚的不填。"""
    with site().db.write() as session:
        return _shown(session, counter_facts.tell(session, counter(), application_id, body["answers"]))


@blueprint.post("/<application_id>/withdrawal")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, schemas.ApplicationSchema)
def withdraw_consent(application_id: str) -> dict[str, Any]:
    """申请人撤回同意；此后只审核所申请的一类。"""
    with site().db.write() as session:
        return _shown(session, service.withdraw_consent(session, counter(), application_id))


@blueprint.post("/<application_id>/decision")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.DecisionSchema)
@blueprint.response(200, schemas.ApplicationSchema)
def decide(body: dict[str, Any], application_id: str) -> dict[str, Any]:
    """确认审核意见，或写明理由另行认定。意见和认定都保留，记入救助链。"""
    with site().db.write() as session:
        decided = service.decide(session, counter(), application_id, body["kind"], body.get("tier"), body.get("reason"))
        return _shown(session, decided)


def _shown(session: Session, found: Application) -> dict[str, Any]:
    session.flush()
    record_access(session, actor(), "application", [found.person_id] if found.person_id else [], [found.household_id])
    clocks = running(session, found.county_code, [found.id], clock.now())
    return schemas.detail(found, queries.events(session, found.county_code, found.id)) | summary(clocks.get(found.id, []))
