"""办理时限：本区域内未到期和已超期的步骤；每一步的按时、超期件数和所用时间."""

from typing import Any

from flask_smorest import Blueprint

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.pages import cursor_of, read_cursor
from fieldsvc.kit.web import site

from . import queries, schemas
from .report import by_step, first_day
from .views import running_of, whole

blueprint = Blueprint("deadlines", __name__, url_prefix="/api/v1/deadlines", description="办理时限")


@blueprint.get("")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.ListQuerySchema, location="query")
@blueprint.response(200, schemas.DeadlineListSchema)
def list_deadlines(asked: dict[str, Any]) -> dict[str, Any]:
    """本区域内还在计时的步骤，先到期的在前；`next` 作为下一次查询的 `cursor`。超期的自动上报县级一次。"""
    after, now = read_cursor(asked["cursor"]) if asked.get("cursor") else None, clock.now()
    with site().db.read() as session:
        found = queries.page(session, actor(), asked, now, after, asked["limit"])
    with site().db.write() as session:
        record_view(session, actor(), "deadline-list", (), (row.household_id for row in found))
    last = found[-1] if len(found) == asked["limit"] else None
    following = cursor_of(last.due_at, last.id) if last is not None and last.due_at else None
    return {"items": [whole(running_of(row, now)) for row in found], "next": following}


@blueprint.get("/summary")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.SummaryQuerySchema, location="query")
@blueprint.response(200, schemas.SummarySchema)
def summarise(asked: dict[str, int]) -> dict[str, Any]:
    """每一步按时、超期、未办结的件数，和逐月办结所用天数的中位数（严格办理时限、压缩审批时限）。"""
    since, now = first_day(clock.today(), asked["months"]), clock.now()
    with site().db.read() as session:
        return {"steps": by_step(queries.counts(session, actor(), now, since), queries.durations(session, actor(), since))}
