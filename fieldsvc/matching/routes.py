"""大数据比对：交送名单、预览、批准、核实、查询."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import flask
from flask import Response
from flask_smorest import Blueprint

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import COUNTY, DEPARTMENT, TOWNSHIP
from fieldsvc.departments.web import departments
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import files
from fieldsvc.kit.sheets import LARGEST
from fieldsvc.kit.web import site

from . import desk as desks
from . import ledgers, schemas, service, views
from .desk import Desk

blueprint = Blueprint("matching", __name__, url_prefix="/api/v1/matching", description="大数据比对")
RUNNERS, READERS = (COUNTY, DEPARTMENT), (COUNTY, DEPARTMENT, TOWNSHIP)
MOST_ROWS = 100_000


def desk() -> Desk:
    return Desk(site(), actor(), departments())


def admits_files(view: Callable[..., Any]) -> Callable[..., Any]:
    """This request may be as large as a list may be."""

    @wraps(view)
    def admitted(*args: Any, **options: Any) -> Any:
        flask.request.max_content_length = LARGEST + 64 * 1024
        return view(*args, **options)

    return admitted


@blueprint.get("/feeds")
@signed_in(*READERS)
@blueprint.response(200, schemas.FeedListSchema)
def list_feeds() -> dict[str, Any]:
    """各部门的名单：列与事实的对照、最近一次交送、应交日期、是否逾期、数据的日期。"""
    with site().db.read() as session:
        return {"items": desks.deliveries(session, desk())}


@blueprint.post("/runs")
@signed_in(*RUNNERS)
@admits_files
@blueprint.arguments(schemas.UploadFormSchema, location="form")
@blueprint.arguments(schemas.UploadFileSchema, location="files")
@blueprint.response(202, schemas.RunSchema)
def upload(form: dict[str, Any], files: dict[str, Any]) -> dict[str, Any]:
    """交送一份名单。由后台比对并列出会改变什么；批准之前不改动任何数据。

    同一份文件在批准之前重发，还是同一次比对。
    """
    given = files["file"]
    data = given.read()
    feed = service.checked(actor(), departments(), form["feed"], data, form.get("as_of"))
    with site().db.write() as session:
        made = service.upload(session, site(), actor(), feed, given.filename or "", data, form.get("as_of"))
        return views.run(made)


@blueprint.get("/runs")
@signed_in(*READERS)
@blueprint.arguments(schemas.RunsQuerySchema, location="query")
@blueprint.response(200, schemas.RunListSchema)
def list_runs(asked: dict[str, Any]) -> dict[str, Any]:
    """比对记录，新的在前：时间、名单、结果、由谁批准、用途。"""
    with site().db.read() as session:
        found = desks.runs(session, desk(), asked.get("feed"), asked.get("before"), asked["limit"])
    return {"items": found, "next": found[-1]["id"] if len(found) == asked["limit"] else None}


@blueprint.get("/runs/<run_id>")
@signed_in(*READERS)
@blueprint.response(200, schemas.RunDetailSchema)
def show_run(run_id: str) -> dict[str, Any]:
    """一次比对：各结果的行数（镇（街道）只计本辖区）、要重新筛查的户数、由它发现的预警数。"""
    with site().db.read() as session:
        return desks.run(session, desk(), run_id)


@blueprint.get("/runs/<run_id>/ledgers")
@signed_in(*READERS)
@blueprint.response(200, schemas.LedgersSchema)
def compare_ledgers(run_id: str) -> dict[str, Any]:
    """台账比对：只在名单上的、只在登记中（已认定）的，以及两边都有的人现有的预警。"""
    with site().db.read() as session:
        found = desks.ledgers_of(session, desk(), run_id)
    people, homes = ledgers.persons(found)
    with site().db.write() as session:
        record_view(session, actor(), "ledgers", people, homes)
    return ledgers.shown(found)


@blueprint.get("/runs/<run_id>/rows")
@signed_in(*READERS)
@blueprint.arguments(schemas.RowsQuerySchema, location="query")
@blueprint.response(200, schemas.RowListSchema)
def list_rows(asked: dict[str, Any], run_id: str) -> dict[str, Any]:
    """逐行结果：一致、存疑（附候选人和理由）、登记中没有、无法使用（附原因）；会改变的情况新旧并列。证件号以掩码显示。"""
    with site().db.read() as session:
        shown, kept = desks.rows(session, desk(), run_id, **asked)
    with site().db.write() as session:
        desks.seen(session, desk(), kept)
    return {"items": shown, "next": kept[-1].n if len(kept) == asked["limit"] else None}


@blueprint.get("/runs/<run_id>/file")
@signed_in(*READERS)
@blueprint.arguments(schemas.FileQuerySchema, location="query")
@blueprint.response(200)
def download(asked: dict[str, Any], run_id: str) -> Response:
    """逐行结果，xlsx 或 CSV（UTF-8 带 BOM）；须写明用途，导出写入查阅记录。"""
    with site().db.read() as session:
        shown, kept = desks.rows(session, desk(), run_id, state=asked.get("state"), limit=MOST_ROWS)
    with site().db.write() as session:
        desks.seen(session, desk(), kept, f"export-{asked['purpose']}")
    listing = views.listing("比对结果")
    return files.answer(asked["kind"], f"{listing.name}-{run_id}", listing.heads, listing.cells(shown))


@blueprint.post("/runs/<run_id>/approval")
@signed_in(*RUNNERS)
@blueprint.arguments(schemas.MatchApprovalSchema)
@blueprint.response(200, schemas.RunSchema)
def approve(body: dict[str, Any], run_id: str) -> dict[str, Any]:
    """批准：把一致的行记为情况并重新筛查，存疑的行交责任人上门核实。须写明用途。"""
    with site().db.write() as session:
        return views.run(service.approve(session, actor(), departments(), run_id, body["purpose"]))


@blueprint.post("/runs/<run_id>/withdrawal")
@signed_in(*RUNNERS)
@blueprint.arguments(schemas.MatchWithdrawalSchema)
@blueprint.response(200, schemas.RunSchema)
def withdraw(body: dict[str, Any], run_id: str) -> dict[str, Any]:
    """批准之前撤回；记录保留。"""
    with site().db.write() as session:
        return views.run(service.withdraw(session, actor(), departments(), run_id, body["reason"]))


@blueprint.post("/runs/<run_id>/rows/<int:n>/settlement")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.SettlementSchema)
@blueprint.response(200, schemas.RowSchema)
def settle(body: dict[str, Any], run_id: str, n: int) -> dict[str, Any]:
    """存疑的一行：是不是同一人。结论写入救助链，以后的名单不再重复核实。"""
    person = str(body["person_id"]) if body.get("person_id") else None
    with site().db.write() as session:
        row = desks.settle(session, desk(), run_id, n, body["same"], person, body.get("note"))
        session.flush()
        desks.seen(session, desk(), [row])
        return desks.shown(session, desk(), [row])[0]


@blueprint.post("/lookups")
@signed_in(*READERS)
@blueprint.arguments(schemas.LookupSchema)
@blueprint.response(200, schemas.LookupAnswerSchema)
def look_up(body: dict[str, Any]) -> dict[str, Any]:
    """以姓名和身份证号查询低收入人口认定情况，代替纸质证明；只答类别和日期，每次查询都有记录。"""
    with site().db.read() as session:
        told, person = desks.look_up(session, desk(), body["id_number"], body["name"])
    persons, homes = ([person.id], [person.household_id]) if person else ([], [])
    with site().db.write() as session:
        record_view(session, actor(), f"lookup-{body['purpose']}"[:32], persons, homes, also_nobody=True)
    return told
