"""个案会商；上报县级协调机制."""

from typing import Any

from flask_smorest import Blueprint

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.alerts.kinds import Desk
from fieldsvc.departments.web import departments
from fieldsvc.emergency.queries import visible
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.web import site

from . import queries, schemas, service

blueprint = Blueprint("conferences", __name__, url_prefix="/api/v1", description="个案会商")


def desk() -> Desk:
    return Desk(actor(), site().settings.jurisdiction, departments())


@blueprint.get("/emergencies/<emergency_id>/conferences")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, schemas.ConferenceListSchema)
def list_conferences(emergency_id: str) -> dict[str, Any]:
    """一件急难救助的会商和上报。"""
    with site().db.write() as session:
        case = visible(session, actor(), emergency_id)
        record_view(session, actor(), "emergency", [case.person_id], [case.household_id])
        return {"items": [schemas.line(one) for one in queries.of(session, site().county, [case.id])]}


@blueprint.post("/emergencies/<emergency_id>/conferences")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.CallSchema)
@blueprint.response(201, schemas.ConferenceSchema)
def call_conference(body: dict[str, Any], emergency_id: str) -> dict[str, Any]:
    """召集个案会商，给受邀部门各发一件转办；或上报县级协调。"""
    with site().db.write() as session:
        return schemas.line(service.call(session, desk(), emergency_id, body))


@blueprint.post("/conferences/<conference_id>/conclusion")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.ConclusionSchema)
@blueprint.response(200, schemas.ConferenceSchema)
def conclude_conference(body: dict[str, Any], conference_id: str) -> dict[str, Any]:
    """登记会商结果。"""
    with site().db.write() as session:
        return schemas.line(service.conclude(session, desk(), conference_id, body["members"], body["result"]))
