"""接报：登记线索、派人入户、答复；外部应用经签名接口报送。"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import request
from flask_smorest import Blueprint
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsvc.accounts import service as accounts
from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import CHILD_DIRECTOR, CHILD_SUPERVISOR, COUNTY, GRID_WORKER, REPORTER, TOWNSHIP, Actor
from fieldsvc.departments.web import departments
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.web import site
from fieldsvc.policy.book import Found

from . import queries, schemas, service, signing
from .rules import CADRE, HOTLINES, VOLUNTEER

blueprint = Blueprint("intake", __name__, url_prefix="/api/v1/reports", description="接报")
EVERYBODY = (GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR, TOWNSHIP, COUNTY, REPORTER)


def hotlines() -> tuple[str, ...]:
    """The lines that the jurisdiction's text names, or the deployment's own setting (本地设定)."""
    found = departments().policy.at(site().settings.jurisdiction, HOTLINES, clock.today())
    return tuple(map(str, found.value)) if isinstance(found, Found) else ()


@blueprint.post("")
@signed_in(*EVERYBODY)
@blueprint.arguments(schemas.ReportIn)
@blueprint.response(201, schemas.ReportOut)
def take_report(body: dict[str, Any]) -> dict[str, Any]:
    """登记一条线索。走访人员和社会力量所报记在本人名下；离线发现的，`found_at` 为发现时间。"""
    source = f"account-{actor().id}" if body.get("source_id") else None
    return _taken_down(lambda _session: actor(), body | {"source": source, "channel": _channel(body)})


def _taken_down(sender: Callable[[Session], Actor], told: dict[str, Any]) -> dict[str, Any]:
    """A numbered report that comes twice at once makes one of the two fail: by then the other stands, and is the answer to both."""

    def once() -> dict[str, Any]:
        with site().db.write() as session:
            report = service.take_down(session, site().vault, sender(session), told, hotlines())
            session.flush()
            return schemas.shown(report)

    try:
        return once()
    except IntegrityError:
        return once()


def _channel(body: dict[str, Any]) -> str:
    """Officers write down what others tell them; whoever reports under an own account is the way in."""
    if actor().role in (TOWNSHIP, COUNTY):
        return str(body["channel"])
    return CADRE if actor().is_worker else VOLUNTEER


@blueprint.get("")
@signed_in(*EVERYBODY)
@blueprint.arguments(schemas.ListIn, location="query")
@blueprint.response(200, schemas.ReportListOut)
def list_reports(asked: dict[str, Any]) -> dict[str, Any]:
    """本人区域内（或本人所报）的线索。"""
    first = (asked["page"] - 1) * asked["size"]
    with site().db.read() as session:
        found = queries.page(session, actor(), asked.get("state"), asked.get("channel"), first, asked["size"])
    with site().db.write() as session:
        record_view(session, actor(), "report-list", (), {each.household_id for each in found if each.household_id})
    return {"items": [schemas.shown(each) for each in found]}


@blueprint.post("/<report_id>/send")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.SendIn)
@blueprint.response(200, schemas.ReportOut)
def send_worker(body: dict[str, Any], report_id: str) -> dict[str, Any]:
    """派人入户了解：任务到走访人员的手机上；在册的户同时产生预警。"""
    with site().db.write() as session:
        return schemas.shown(
            service.send_somebody(session, actor(), report_id, body["account_id"], departments().vocabulary)
        )


@blueprint.post("/<report_id>/answer")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.AnswerIn)
@blueprint.response(200, schemas.ReportOut)
def answer_report(body: dict[str, Any], report_id: str) -> dict[str, Any]:
    """答复：办理结果回到线索上，报送人可见。"""
    with site().db.write() as session:
        return schemas.shown(service.answer(session, actor(), report_id, body["result"], body["outcome"]))


@lru_cache(maxsize=4)
def _sources(path: Path | None) -> dict[str, signing.Source]:
    return signing.sources(path) if path else {}


@blueprint.post("/outside/<source>")
@blueprint.arguments(schemas.ReportIn)
@blueprint.response(201, schemas.ReportOut)
def take_outside(body: dict[str, Any], source: str) -> dict[str, Any]:
    """外部应用（如潍坊救助、爱昌乐）报送：按 Standard Webhooks 签名，`webhook-id` 即编号，重发不会重复登记。"""
    known = _sources(site().settings.intake)
    found = signing.checked(known, request.headers, source, request.get_data())
    told = body | {"channel": found.channel, "source": found.name, "source_id": request.headers["webhook-id"]}

    def sender(session: Session) -> Actor:
        account = accounts.find(session, site().county, found.account)
        if not account.active:
            raise Problem(403, "account-stopped", "这个系统的账号已停用，请联系县级民政部门。")
        return Actor(account.county_code, account.id, found.title, account.role, account.region)

    return _taken_down(sender, told)
