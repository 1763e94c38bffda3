"""认定建议及其依据."""

from typing import Any

from flask_smorest import Blueprint

from fieldsvc.accounts.access import record_access
from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import CHILD_DIRECTOR, CHILD_SUPERVISOR, COUNTY, GRID_WORKER, TOWNSHIP
from fieldsvc.departments.web import departments
from fieldsvc.households.queries import members, visible_household
from fieldsvc.households.rules import is_minor
from fieldsvc.kit import clock
from fieldsvc.kit.web import site

from . import determinations as reasons
from .schemas import AskedSchema, DeterminationSchema
from .views import shown

blueprint = Blueprint("screening", __name__, url_prefix="/api/v1/households", description="认定建议")


@blueprint.get("/<household_id>/determinations")
@signed_in(GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR, TOWNSHIP, COUNTY)
@blueprint.arguments(AskedSchema, location="query")
@blueprint.response(200, DeterminationSchema)
def show_determinations(asked: dict[str, Any], household_id: str) -> dict[str, Any]:
    """一户在某地、某日按各项政策的认定建议。每项条件列出输入、来源、参数、施行日期、文件、条款和原文。

    缺省为本地区最近一次筛查的结果（已保存）；指定其他地区或日期时为即时计算，不保存。
    """
    book, own, today = departments().rulebook, site().settings.jurisdiction, clock.today()
    place, on = asked.get("jurisdiction", own), asked.get("date", today)
    with site().db.read() as session:
        household = visible_household(session, actor(), household_id)
        found = reasons.stored(session, site().county, household.id, book) if (place, on) == (own, today) else None
        found = found or reasons.computed(session, site().county, household.id, book, place, on)
        differ = reasons.disagreements(session, site().county, household.id, book)
        persons = members(session, site().county, [household.id])
    with site().db.write() as session:
        minors = any(is_minor(one.birth_date, today) for one in persons)
        record_access(session, actor(), "determinations", (one.id for one in persons), [household.id], minors)
    return shown(found, actor(), book, differ, asked["misses"])
