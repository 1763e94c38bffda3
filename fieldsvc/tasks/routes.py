"""还要问什么：一户待核实的情况."""

from typing import Any

from flask_smorest import Blueprint

from fieldsvc.accounts.access import record_access
from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import CHILD_DIRECTOR, CHILD_SUPERVISOR, CLASSES, COUNTY, GRID_WORKER, TOWNSHIP
from fieldsvc.households.queries import visible_household
from fieldsvc.kit.web import site

from . import queries
from .schemas import QuestionListSchema

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
