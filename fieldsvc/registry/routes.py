"""登记维护：查重、对照、合并、拆分、人员迁移."""

from typing import Any

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.departments.web import departments
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.web import site

from . import compare, duplicates, homes, people, queries, schemas, service
from .ground import HOUSEHOLD, Care
from .models import Merge

blueprint = Blueprint("registry", __name__, url_prefix="/api/v1/registry", description="登记维护：查重、合并、拆分、迁移")


def care() -> Care:
    return Care(actor(), departments().vocabulary.facts)


@blueprint.get("/duplicates")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.SearchSchema, location="query")
@blueprint.response(200, schemas.PairListSchema)
def list_duplicates(asked: dict[str, Any]) -> dict[str, Any]:
    """疑似重复登记的人或户，可能性大的在前，写明理由。"""
    search = duplicates.households if asked["kind"] == HOUSEHOLD else duplicates.persons
    with site().db.read() as session:
        found = search(session, actor(), asked.get("village"))
    page = found[asked["offset"] : asked["offset"] + asked["limit"]]
    with site().db.write() as session:
        record_view(session, actor(), "duplicates", {p for one in page for p in one.people}, {home for one in page for home in one.homes})
    return {"items": [schemas.pair(one) for one in page], "total": len(found)}


@blueprint.get("/compare")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.CompareSchema, location="query")
@blueprint.response(200, schemas.CompareAnswerSchema)
def compare_two(asked: dict[str, Any]) -> dict[str, Any]:
    """两户或两人并排对照：登记内容、情况及其来源和日期、成员、走访、认定类别、在享救助。"""
    side = compare.households if asked["kind"] == HOUSEHOLD else compare.persons
    with site().db.read() as session:
        found = side(session, site().vault, actor(), departments().vocabulary, (asked["one"], asked["other"]))
    with site().db.write() as session:
        record_view(session, actor(), "compare", found["persons"], found["homes"])
    return found


@blueprint.post("/merge")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.MergeRequestSchema)
@blueprint.response(201, schemas.MergeSchema)
def merge_two(body: dict[str, Any]) -> dict[str, Any]:
    """合并两户或两人。旧编号以后仍能找到；手机上未上传的走访照收。只能合并本人管辖范围内的登记。"""
    with site().db.write() as session:
        given = care(), body["survivor"], body["merged"], body["reason"], tuple(body["take"])
        if body["kind"] == HOUSEHOLD:
            return _done(session, homes.merge_households(session, *given))
        return _done(session, people.merge_persons(session, *given, body["identity"]))


@blueprint.post("/move")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.MoveSchema)
@blueprint.response(201, schemas.MergeSchema)
def move_person(body: dict[str, Any]) -> dict[str, Any]:
    """把一个人迁入另一户；与此人有关的预警、申请、转办、救助一并转移，走访留在原户。"""
    with site().db.write() as session:
        return _done(session, people.move_person(session, care(), body["person_id"], body["household_id"], body["reason"]))


@blueprint.post("/apart")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.ApartSchema)
@blueprint.response(201, schemas.MergeSchema)
def tell_apart(body: dict[str, Any]) -> dict[str, Any]:
    """核实为不同的两户或两人，不再列为疑似重复；写明理由。"""
    with site().db.write() as session:
        return _done(session, service.tell_apart(session, care(), body["kind"], body["one"], body["other"], body["reason"]))


@blueprint.get("/merges")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, schemas.MergeListSchema)
def list_merges() -> dict[str, Any]:
    """本区域内的合并、迁移和拆分，新的在前。"""
    with site().db.read() as session:
        found = queries.recent(session, actor())
    with site().db.write() as session:
        record_view(session, actor(), "merges", (), {one.household_id for one in found})
    return {"items": [schemas.merge(one) for one in found]}


@blueprint.post("/merges/<merge_id>/split")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.SplitSchema)
@blueprint.response(200, schemas.MergeSchema)
def split(body: dict[str, Any], merge_id: str) -> dict[str, Any]:
    """拆分一次合并，或撤回一次迁移：合并前的记录各归各处，合并以后的归 later 指明的一方。"""
    with site().db.write() as session:
        return _done(session, service.split(session, care(), merge_id, body["reason"], body["later"]))


def _done(session: Session, done: Merge) -> dict[str, Any]:
    session.flush()
    persons = {done.survivor_id, done.merged_id} if done.kind == "person" else done.moved.get("persons", ())
    record_view(session, actor(), "merge", persons, [done.household_id])
    return schemas.merge(done)
