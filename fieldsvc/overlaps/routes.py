"""重复救助与遗漏救助：名单、说明理由、导出."""

from typing import Any

import flask
from flask_smorest import Blueprint

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.departments.web import departments
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock, files
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.web import site

from . import schemas, service, views
from .rules import OMISSION, OVERLAPS, Place, Wanted

blueprint = Blueprint("overlaps", __name__, url_prefix="/api/v1", description="重复救助与遗漏救助")


def place() -> Place:
    return service.place_of(departments(), site().settings.jurisdiction)


@blueprint.get("/overlaps")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.OverlapsQuerySchema, location="query")
@blueprint.response(200, schemas.OverlapListSchema)
def list_overlaps(asked: dict[str, Any]) -> Any:
    """本区域内重复享受、互斥同享、条件消失仍在享受的，每条写明依据的条款和原文；已说明理由的不列。"""
    kinds = (asked["kind"],) if asked.get("kind") else OVERLAPS
    return _answer(asked, Wanted(kinds, asked.get("village"), asked.get("programme"), overridden=asked["overridden"]), "overlaps")


@blueprint.get("/omissions")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.OmissionsQuerySchema, location="query")
@blueprint.response(200, schemas.OverlapListSchema)
def list_omissions(asked: dict[str, Any]) -> Any:
    """本区域内符合条件而没有享受、没有申请、没有转办和预警的，按项目列出。"""
    wanted = Wanted((OMISSION,), asked.get("village"), asked.get("programme"), alerted=asked["alerted"], unsure=asked["unsure"],
                    overridden=asked["overridden"])  # fmt: skip
    return _answer(asked, wanted, "omissions")


@blueprint.post("/overlaps/<line_id>/override")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.OverrideSchema)
@blueprint.response(201, schemas.OverriddenSchema)
def override(body: dict[str, Any], line_id: str) -> dict[str, Any]:
    """说明一条名单情况属实、理由正当；情况变化以前不再列出，理由记入救助链。"""
    with site().db.write() as session:
        made = service.override(session, actor(), place(), str(body["household_id"]), line_id, body["reason"])
        record_view(session, actor(), "overlap", [made.person_id], [made.household_id])
        return {"id": made.id, "line": made.line_id, "reason": made.reason, "at": clock.show(made.at)}


def _answer(asked: dict[str, Any], wanted: Wanted, purpose: str) -> Any:
    if asked.get("export") and not asked.get("purpose"):
        raise Problem(422, "purpose-missing", "导出个人信息须写明用途。", {"errors": {"purpose": "必填"}})
    with site().db.read() as session:
        found = service.found(session, actor(), place(), wanted)
        page = found if asked.get("export") else found[asked["offset"] : asked["offset"] + asked["limit"]]
        items = views.shown(session, actor(), place(), page)
    with site().db.write() as session:
        told = f"export-{asked['purpose']}" if asked.get("export") else purpose
        record_view(session, actor(), told, {p for line in page for p in views.persons(line)}, {line.household_id for line in page})
    return _file(asked["export"], items) if asked.get("export") else {"items": items, "total": len(found)}


def _file(kind: str, items: list[dict[str, Any]]) -> flask.Response:
    listing = views.LISTING
    return files.answer(kind, f"{listing.name}-{clock.today().isoformat()}", listing.heads, listing.cells(items))
