"""还要问什么：一户待核实的情况."""

from typing import Any

from flask_smorest import Blueprint

from fieldsvc.accounts.access import record_access
from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import CHILD_DIRECTOR, CHILD_SUPERVISOR, CLASSES, COUNTY, GRID_WORKER, TOWNSHIP
from fieldsvc.departments.web import departments
from fieldsvc.households.queries import members, visible_household
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.web import site

from . import queries
from .prefill import prefill
from .schemas import PrefillQuerySchema, PrefillSchema, QuestionListSchema

blueprint = Blueprint("tasks", __name__, url_prefix="/api/v1/households", description="待核实情况")


@blueprint.get("/<household_id>/questions")
@signed_in(GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR, TOWNSHIP, COUNTY)
@blueprint.response(200, QuestionListSchema)
def show_questions(household_id: str) -> dict[str, Any]:
    """还需要核实的情况，能决定项目最多的在前；每项写明在哪张表单的哪道题填写。"""
    with site().db.read() as session:
        household = visible_household(session, actor(), household_id)
        found = [t for t in queries.open_questions(session, site().county, household.id) if t.klass in CLASSES[actor().role]]
    with site().db.write() as session:
        record_access(session, actor(), "questions", (t.person_id for t in found if t.person_id), [household.id])
    return {"items": [
        {"id": t.id, "fact": t.about, "title": t.title, "detail": t.detail, "person_id": t.person_id, "form_id": t.form_id,
         "questions": t.questions, "priority": t.priority} for t in found
    ]}  # fmt: skip


@blueprint.get("/<household_id>/prefill")
@signed_in(GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR, TOWNSHIP, COUNTY)
@blueprint.arguments(PrefillQuerySchema, location="query")
@blueprint.response(200, PrefillSchema)
def show_prefill(asked: dict[str, Any], household_id: str) -> dict[str, Any]:
    """一张表单已知的答案，不论由哪张表单、哪个部门提供：问过一次的不再问；超过有效期的除外。"""
    form = next((f for f in departments().forms if f.id == asked["form_id"] and f.klass in CLASSES[actor().role]), None)
    if form is None:
        raise not_found()
    with site().db.read() as session:
        home = visible_household(session, actor(), household_id)
        persons = [one.id for one in members(session, home.county_code, [home.id])]
        person = str(asked["person_id"]) if asked.get("person_id") else None
        if person and person not in persons:
            raise not_found()
        found = prefill(session, actor(), form, departments().vocabulary, home.id, persons, person)
    with site().db.write() as session:
        record_view(session, actor(), "prefill", persons, [home.id])
    return found
