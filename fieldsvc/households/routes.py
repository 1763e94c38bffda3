"""户、人、责任户."""

from typing import Any

from flask_smorest import Blueprint

from fieldsvc.accounts.access import record_access
from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.queries import region_names
from fieldsvc.accounts.rules import CHILD_DIRECTOR, CHILD_SUPERVISOR, COUNTY, GRID_WORKER, TOWNSHIP
from fieldsvc.kit import clock
from fieldsvc.kit.web import site

from . import assignments, queries, views
from .rules import is_minor
from .schemas import AssignedSchema, AssignmentsSchema, HouseholdListSchema, HouseholdSchema, ListQuerySchema

blueprint = Blueprint("households", __name__, url_prefix="/api/v1", description="户、人与责任户")
READERS = (GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR, TOWNSHIP, COUNTY)


@blueprint.get("/households")
@signed_in(*READERS)
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, HouseholdListSchema)
def list_households(asked: dict[str, Any]) -> dict[str, Any]:
    """本人范围内的户，按村、户主姓名排列。"""
    county, vault = site().county, site().vault
    with site().db.read() as session:
        found = queries.page(session, vault, actor(), asked.get("village"), asked.get("q"),
                             (asked["page"] - 1) * asked["size"], asked["size"])  # fmt: skip
        names = region_names(session, county, (one.village_code for one in found.rows))
        sizes = queries.sizes(session, county, [one.id for one in found.rows])
    with site().db.write() as session:
        record_access(session, actor(), "household-list", (), (one.id for one in found.rows))
    items = [views.line(vault, one, names.get(one.village_code), sizes.get(one.id, 0)) for one in found.rows]
    return {"items": items, "total": found.total}


@blueprint.get("/households/<household_id>")
@signed_in(*READERS)
@blueprint.response(200, HouseholdSchema)
def show_household(household_id: str) -> dict[str, Any]:
    """一户及其成员；证件和电话号码以掩码显示，每次查阅都有记录。"""
    with site().db.read() as session:
        found = queries.visible_household(session, actor(), household_id)
        persons = queries.members(session, found.county_code, [found.id])
        workers = queries.workers_of(session, found.county_code, found.id)
        village = region_names(session, found.county_code, [found.village_code]).get(found.village_code)
    minors = any(is_minor(one.birth_date, clock.today()) for one in persons)
    with site().db.write() as session:
        record_access(session, actor(), "household", (one.id for one in persons), [found.id], minors)
    return views.whole(site().vault, found, village, persons, workers)


@blueprint.post("/assignments")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(AssignmentsSchema)
@blueprint.response(200, AssignedSchema)
def assign(body: dict[str, Any]) -> dict[str, int]:
    """把户分给责任人，或从责任人处收回。有一项不能办理时，全部不作改动。"""
    with site().db.write() as session:
        granted, revoked = assignments.change(session, actor(), body["grant"], body["revoke"])
    return {"granted": granted, "revoked": revoked}
