"""政策试算：调整参数后谁的结果会变，批准前什么都不改."""

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from fieldsvc.accounts.access import record_access
from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import COUNTY
from fieldsvc.departments.web import departments
from fieldsvc.kit import files
from fieldsvc.kit.web import site

from . import export, queries, schemas, service

blueprint = Blueprint("simulations", __name__, url_prefix="/api/v1/simulations", description="政策试算")


@blueprint.get("")
@signed_in(COUNTY)
@blueprint.response(200, schemas.SimulationListSchema)
def list_simulations() -> dict[str, Any]:
    """最近的试算，新的在前。"""
    with site().db.read() as session:
        return {"items": [schemas.shown(row) for row in queries.recent(session, site().county)]}


@blueprint.post("")
@signed_in(COUNTY)
@blueprint.arguments(schemas.NewSimulationSchema)
@blueprint.response(202, schemas.SimulationSchema)
def ask_simulation(body: dict[str, Any]) -> dict[str, Any]:
    """试算调整后的参数，或自某日起的新标准。由后台运行；不改动任何数据。"""
    place = body.get("jurisdiction") or site().settings.jurisdiction
    now = departments()
    with site().db.write() as session:
        asked = service.ask(session, actor(), now, schemas.changes(body, place), place, body.get("on"))
        return schemas.shown(asked)


@blueprint.get("/<simulation_id>")
@signed_in(COUNTY)
@blueprint.response(200, schemas.SimulationSchema)
def show_simulation(simulation_id: str) -> dict[str, Any]:
    """一次试算的进展和合计。"""
    with site().db.read() as session:
        return schemas.shown(service.find(session, site().county, simulation_id))


@blueprint.get("/<simulation_id>/lines")
@signed_in(COUNTY)
@blueprint.arguments(schemas.LinesQuerySchema, location="query")
@blueprint.response(200, schemas.LineListSchema)
def show_lines(asked: dict[str, Any], simulation_id: str) -> dict[str, Any]:
    """结果有变化的户和人，新旧并列，分页。"""
    with site().db.read() as session:
        service.find(session, site().county, simulation_id)
        found = queries.lines(session, site().county, simulation_id, asked["after"], asked["limit"])
    with site().db.write() as session:
        record_access(session, actor(), "simulation", (), {one.household_id for one in found})
    return {"items": [schemas.line(one) for one in found], "next": found[-1].n if len(found) == asked["limit"] else None}


@blueprint.get("/<simulation_id>/file")
@signed_in(COUNTY)
@blueprint.arguments(schemas.FileQuerySchema, location="query")
@blueprint.response(200)
def download(asked: dict[str, Any], simulation_id: str) -> Response:
    """全部变化，xlsx 或 CSV（UTF-8 带 BOM）。"""
    book, county = departments().rulebook, site().county
    with site().db.read() as session:
        service.find(session, county, simulation_id)
        lines = list(queries.all_lines(session, county, simulation_id))
        rows = list(export.rows(book, lines, queries.homes(session, county), queries.people(session, county)))
    with site().db.write() as session:
        record_access(session, actor(), "simulation-file", (), {one.household_id for one in lines})
    return files.answer(asked["kind"], f"{export.NAME}-{simulation_id}", export.HEADS, export.cells(rows))


@blueprint.post("/<simulation_id>/approval")
@signed_in(COUNTY)
@blueprint.response(200, schemas.SimulationSchema)
def approve(simulation_id: str) -> dict[str, Any]:
    """批准调整：新值自起始日施行，旧值保留其施行期；随后全县重新筛查。"""
    now = departments()
    with site().db.write() as session:
        return schemas.shown(service.approve(session, actor(), now, simulation_id))
