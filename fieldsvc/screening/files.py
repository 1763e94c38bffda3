"""名单和台账；一人一档；一户情况变化的前后对照."""

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint
from marshmallow.validate import Length, Range

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import CHILD_DIRECTOR, CHILD_SUPERVISOR, COUNTY, GRID_WORKER, TOWNSHIP
from fieldsvc.departments.web import departments
from fieldsvc.households.models import Person
from fieldsvc.households.queries import members, visible_household
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.pages import MOST
from fieldsvc.kit.web import site

from . import register
from .changes import changes
from .person_file import person_file
from .ranking import ranked

READERS = (GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR, TOWNSHIP, COUNTY)
blueprint = Blueprint("files", __name__, url_prefix="/api/v1", description="名单、档案与变化")


class RegisterQuerySchema(ma.Schema):
    facts = ma.fields.String(load_default="", validate=Length(max=400), metadata={"description": "同时列出的事实，逗号分隔"})
    village = ma.fields.String(validate=Length(max=12), metadata={"description": "区划代码的开头"})


class RegisterSchema(ma.Schema):
    rule = ma.fields.String()
    title = ma.fields.String()
    total = ma.fields.Integer()
    items = ma.fields.List(ma.fields.Dict())
    totals = ma.fields.Dict(metadata={"description": "每项选择有多少人，如缺少的物品"})
    villages = ma.fields.List(ma.fields.Dict(), metadata={"description": "逐村：户（人）数、每项选择的数量、金额合计（元）"})


class RankingQuerySchema(ma.Schema):
    village = ma.fields.String(validate=Length(max=12), metadata={"description": "区划代码的开头"})
    limit = ma.fields.Integer(load_default=50, validate=Range(1, MOST))


class RankingSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Dict(), metadata={"description": "分数高的在前；每一分都说明依据"})
    note = ma.fields.String()


class PersonFileSchema(ma.Schema):
    person_id = ma.fields.String()
    household_id = ma.fields.String()
    name = ma.fields.String()
    birth_date = ma.fields.String(allow_none=True)
    facts = ma.fields.List(ma.fields.Dict())
    updates = ma.fields.List(ma.fields.Dict(), metadata={"description": "谁在哪次走访更新了什么"})


class ChangesSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Dict())


@blueprint.get("/registers/<rule_id>")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(RegisterQuerySchema, location="query")
@blueprint.response(200, RegisterSchema)
def show_register(asked: dict[str, Any], rule_id: str) -> dict[str, Any]:
    """符合某一项目或指标的全部人员（或家庭），需要现在办的（有未办结预警的）在前，附所需的情况和日期；缺少的物品等逐项、逐村合计。"""
    book, place = departments().rulebook, site().settings.jurisdiction
    rule = register.rule_of(book, place, actor(), rule_id)
    wanted = register.facts_of(book, actor(), [name for name in asked["facts"].split(",") if name])
    with site().db.read() as session:
        found = register.entries(session, actor(), book, rule, wanted, asked.get("village"))
    persons = [e["subject_id"] for e in found] if rule.subject == "person" else []
    with site().db.write() as session:
        record_view(session, actor(), "register", persons, {e["household_id"] for e in found})
    sums = {"totals": register.totals(wanted, found), "villages": register.by_village(wanted, found)}
    return {"rule": rule.id, "title": rule.title, "total": len(found), "items": found, **sums}


@blueprint.get("/ranking")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(RankingQuerySchema, location="query")
@blueprint.response(200, RankingSchema)
def show_ranking(asked: dict[str, Any]) -> dict[str, Any]:
    """困难群众研判：按需要核实的程度排序，逐项列出依据。只作走访和核实的参考，不决定任何事项。"""
    with site().db.read() as session:
        found = ranked(session, actor(), departments().rulebook, asked.get("village"), asked["limit"])
    with site().db.write() as session:
        record_view(session, actor(), "ranking", [], [each["household_id"] for each in found])
    return {"items": found, "note": "研判结果只作走访和核实的参考，不作为认定依据。"}


@blueprint.get("/persons/<person_id>/file")
@signed_in(*READERS)
@blueprint.response(200, PersonFileSchema)
def show_person_file(person_id: str) -> dict[str, Any]:
    """一人一档：现在知道的情况，谁在哪次走访更新了什么。儿童走访的内容只有儿童主任等岗位看得到。"""
    with site().db.read() as session:
        person = session.get(Person, (site().county, person_id))
        if person is None:
            raise not_found()
        visible_household(session, actor(), person.household_id)
        found = person_file(session, actor(), person, departments().rulebook)
    with site().db.write() as session:
        record_view(session, actor(), "person-file", [person.id], [person.household_id])
    return found


@blueprint.get("/households/<household_id>/changes")
@signed_in(*READERS)
@blueprint.response(200, ChangesSchema)
def show_changes(household_id: str) -> dict[str, Any]:
    """情况变化后重新判断的前后对照：类别、各项目的结论，和变化的情况及其来源。"""
    with site().db.read() as session:
        home = visible_household(session, actor(), household_id)
        found = changes(session, actor(), home.id, departments().rulebook)
        persons = [one.id for one in members(session, home.county_code, [home.id])]
    with site().db.write() as session:
        record_view(session, actor(), "changes", persons, [home.id])
    return {"items": found}
