"""家庭经济状况核对：授权、委托核对、报告、不一致时的选择."""

from typing import Any

from flask_smorest import Blueprint

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import COUNTY, DEPARTMENT, TOWNSHIP
from fieldsvc.departments.web import departments
from fieldsvc.households.queries import visible_household
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.web import site

from . import differences, queries, schemas, service
from .models import Check
from .platforms import LEVELS, platforms
from .service import Office

blueprint = Blueprint("checking", __name__, url_prefix="/api/v1", description="家庭经济状况核对")
ASKERS = (TOWNSHIP, COUNTY, DEPARTMENT)


def office() -> Office:
    settings = site().settings
    return Office(actor(), settings.jurisdiction, departments(), platforms(settings.checking))


@blueprint.get("/checks/kinds")
@signed_in(*ASKERS)
@blueprint.response(200, schemas.KindsOut)
def list_check_kinds() -> dict[str, Any]:
    """本地区可以核对的信息种类和核对平台。"""
    at = office()
    known = [{"name": p.name, "title": p.title, "level": LEVELS[p.level]} for p in at.platforms.values()]
    return {"kinds": [{"kind": kind, "title": title} for kind, title in at.kinds().items()], "platforms": known}


@blueprint.get("/households/<household_id>/check-authorisations")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, schemas.AuthorisationsOut)
def list_authorisations(household_id: str) -> dict[str, Any]:
    """一户各成员的核对授权。"""
    with site().db.read() as session:
        home = visible_household(session, actor(), household_id)
        found = queries.authorisations(session, home.county_code, home.id)
    with site().db.write() as session:
        record_view(session, actor(), "check-authorisations", {one.person_id for one in found}, [home.id])
    return {"items": [schemas.authorised(one) for one in found]}


@blueprint.post("/households/<household_id>/check-authorisations")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.AuthorisationIn)
@blueprint.response(201, schemas.AuthorisationOut)
def give_authorisation(body: dict[str, Any], household_id: str) -> dict[str, Any]:
    """登记个人授权：范围、签署日期、有效期。"""
    with site().db.write() as session:
        return schemas.authorised(service.authorise(session, office(), household_id, body))


@blueprint.post("/check-authorisations/<authorisation_id>/withdrawal")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, schemas.AuthorisationOut)
def withdraw_authorisation(authorisation_id: str) -> dict[str, Any]:
    """撤回授权：还没有送出的核对随之取消。"""
    with site().db.write() as session:
        return schemas.authorised(service.withdraw(session, office(), authorisation_id))


@blueprint.get("/checks")
@signed_in(*ASKERS)
@blueprint.arguments(schemas.ListIn, location="query")
@blueprint.response(200, schemas.CheckListOut)
def list_checks(asked: dict[str, Any]) -> dict[str, Any]:
    """本人范围内的核对（部门：本部门申请的），新的在前。"""
    home = str(asked["household_id"]) if asked.get("household_id") else None
    with site().db.read() as session:
        found, total = queries.page(
            session, actor(), asked.get("state"), home, (asked["page"] - 1) * asked["size"], asked["size"]
        )
    with site().db.write() as session:
        record_view(
            session, actor(), "check-list", {one.person_id for one in found}, {one.household_id for one in found}
        )
    return {"items": [schemas.line(one) for one in found], "total": total}


@blueprint.post("/checks")
@signed_in(*ASKERS)
@blueprint.arguments(schemas.CheckIn)
@blueprint.response(201, schemas.CheckListOut)
def ask_check(body: dict[str, Any]) -> dict[str, Any]:
    """单位委托核对：须有本人有效的授权。部门在转给本部门的事项中申请。"""
    with site().db.write() as session:
        made = service.ask(session, office(), body)
        session.flush()
        record_view(
            session, actor(), "check-request", {one.person_id for one in made}, {one.household_id for one in made}
        )
        return {"items": [schemas.line(one) for one in made], "total": len(made)}


@blueprint.get("/checks/<check_id>")
@signed_in(*ASKERS)
@blueprint.response(200, schemas.CheckOut)
def show_check(check_id: str) -> dict[str, Any]:
    """一次核对及其报告；没有答复的种类注明。每次查看都记入查阅记录。"""
    with site().db.read() as session:
        found = queries.visible(session, actor(), check_id)
        told = differing(session, found)
    with site().db.write() as session:
        record_view(session, actor(), "check-report", [found.person_id], [found.household_id])
    vocabulary = departments().vocabulary
    shown = schemas.line(found) | schemas.report(site().vault, found)
    return shown | {"differences": [schemas.difference(one, vocabulary) for one in told]}


def differing(session: Any, found: Check) -> list[differences.Difference]:
    """A department sees the report it asked for, not what visits found."""
    if actor().role == DEPARTMENT:
        return []
    all_of_it = differences.of_household(session, found.county_code, found.household_id, departments().vocabulary)
    return [one for one in all_of_it if one.check_id == found.id]


@blueprint.post("/checks/<check_id>/choices")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.ChoiceIn)
@blueprint.response(204)
def choose_word(body: dict[str, Any], check_id: str) -> None:
    """入户评估与信息核对不一致时，选择以哪一个为准并写明理由。"""
    with site().db.write() as session:
        differences.choose(
            session, actor(), check_id, body["fact"], body["taken"], body["reason"], departments().vocabulary
        )
