"""预警：查询、核实、分类处置."""

from typing import Any

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import CHILD_DIRECTOR, CHILD_SUPERVISOR, COUNTY, GRID_WORKER, TOWNSHIP
from fieldsvc.deadlines.queries import running
from fieldsvc.deadlines.views import summary
from fieldsvc.departments.web import departments
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.pages import cursor_of, read_cursor
from fieldsvc.kit.web import site

from . import queries, schemas
from .assign import assign
from .disposal import dispose
from .kinds import Desk
from .models import Alert
from .rules import subjects
from .undo import undo

blueprint = Blueprint("alerts", __name__, url_prefix="/api/v1/alerts", description="预警与分类处置")
READERS = (GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR, TOWNSHIP, COUNTY)


@blueprint.get("")
@signed_in(*READERS)
@blueprint.arguments(schemas.ListQuerySchema, location="query")
@blueprint.response(200, schemas.AlertListSchema)
def list_alerts(asked: dict[str, Any]) -> dict[str, Any]:
    """本人范围内的预警，新的在前；`next` 作为下一次查询的 `cursor`。"""
    after = read_cursor(asked["cursor"]) if asked.get("cursor") else None
    if home := asked.get("household_id"):
        asked["household_id"] = str(home)
    with site().db.read() as session:
        found = queries.page(session, actor(), asked, after, asked["limit"])
        clocks = running(session, site().county, (alert.id for alert in found), clock.now())
    with site().db.write() as session:
        record_view(
            session,
            actor(),
            "alert-list",
            (alert.person_id for alert in found),
            (alert.household_id for alert in found),
        )
    last = found[-1] if len(found) == asked["limit"] else None
    items = [schemas.line(a) | summary(clocks.get(a.id, [])) for a in found]
    return {"items": items, "next": cursor_of(last.opened_at, last.id) if last else None}


@blueprint.get("/counts")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, schemas.CountsSchema)
def count_alerts() -> dict[str, Any]:
    """本人范围内的预警数：按状态、按处置类别（市民政局指导镇（街道）分类处置）。"""
    with site().db.read() as session:
        return queries.counts(session, actor())


@blueprint.get("/<alert_id>")
@signed_in(*READERS)
@blueprint.response(200, schemas.AlertDetailSchema)
def show_alert(alert_id: str) -> dict[str, Any]:
    """一条预警：每项条件的输入、取值、参数、条款、原文，以及每一步处置。"""
    with site().db.read() as session:
        found = queries.visible(session, actor(), alert_id)
        shown = _shown(session, found)
    with site().db.write() as session:
        _viewed(session, found)
    return shown


@blueprint.post("/<alert_id>/disposal")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.StepSchema)
@blueprint.response(200, schemas.AlertDetailSchema)
def dispose_alert(body: dict[str, Any], alert_id: str) -> dict[str, Any]:
    """核实或处置一条预警。先核实，再按类别处置；每一步都写入救助链。"""
    desk = Desk(actor(), site().settings.jurisdiction, departments())
    with site().db.write() as session:
        alert = dispose(session, desk, alert_id, body)
        session.flush()
        _viewed(session, alert)
        return _shown(session, alert)


@blueprint.post("/<alert_id>/undo")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.UndoSchema)
@blueprint.response(200, schemas.AlertDetailSchema)
def undo_step(body: dict[str, str], alert_id: str) -> dict[str, Any]:
    """撤销最后一步：由办理这一步的人员或县级经办人员，在其后尚无进展时撤销；办理时限恢复。撤销和理由写入救助链。"""
    desk = Desk(actor(), site().settings.jurisdiction, departments())
    with site().db.write() as session:
        alert = undo(session, desk, alert_id, body["reason"])
        session.flush()
        _viewed(session, alert)
        return _shown(session, alert)


@blueprint.post("/assignments")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.AssignmentSchema)
@blueprint.response(200, schemas.AlertsAssignedSchema)
def assign_alerts(body: dict[str, Any]) -> dict[str, Any]:
    """把一批预警交办给一名经办人员。已办结的、已由其承办的不变。"""
    with site().db.write() as session:
        wanted = (str(each) for each in body["alert_ids"])
        given = assign(session, actor(), wanted, body["account_id"], body.get("note"))
        return {"assigned": [alert.id for alert in given]}


def _shown(session: Session, found: Alert) -> dict[str, Any]:
    steps = queries.disposals(session, found.county_code, found.id)
    clocks = running(session, found.county_code, [found.id], clock.now())
    return schemas.detail(found, steps, clocks.get(found.id, []))


def _viewed(session: Session, found: Alert) -> None:
    """Its reasons may quote every member of the household."""
    record_view(
        session,
        actor(),
        "alert",
        {found.person_id, *subjects(found.reasons)} - {found.household_id},
        [found.household_id],
    )
