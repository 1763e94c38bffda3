"""转办：转给部门、部门反馈、退回后重新转办、未送达的转办."""

from typing import Any

from flask import request
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import ADMIN, CHILD_DIRECTOR, CHILD_SUPERVISOR, COUNTY, DEPARTMENT, GRID_WORKER, TOWNSHIP
from fieldsvc.alerts.kinds import Desk
from fieldsvc.deadlines.queries import running
from fieldsvc.deadlines.views import summary
from fieldsvc.departments.web import departments
from fieldsvc.households.models import Person
from fieldsvc.households.queries import visible_household
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.pages import cursor_of, read_cursor
from fieldsvc.kit.web import site

from . import outbox, queries, schemas, service
from .models import Referral
from .reassign import reassign
from .recall import recall

blueprint = Blueprint("referrals", __name__, url_prefix="/api/v1/referrals", description="转办与反馈")
READERS = (GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR, TOWNSHIP, COUNTY, DEPARTMENT)


def desk() -> Desk:
    return Desk(actor(), site().settings.jurisdiction, departments())


@blueprint.get("")
@signed_in(*READERS)
@blueprint.arguments(schemas.ListQuerySchema, location="query")
@blueprint.response(200, schemas.ReferralListSchema)
def list_referrals(asked: dict[str, Any]) -> dict[str, Any]:
    """本人范围内的转办（部门：转给本部门的），新的在前。"""
    after = read_cursor(asked["cursor"]) if asked.get("cursor") else None
    with site().db.read() as session:
        found = queries.page(session, actor(), asked, after, asked["limit"])
        clocks = running(session, site().county, (one.id for one in found), clock.now())
    with site().db.write() as session:
        record_view(
            session, actor(), "referral-list", (one.person_id for one in found), (one.household_id for one in found)
        )
    last = found[-1] if len(found) == asked["limit"] else None
    return {
        "items": [schemas.line(one) | summary(clocks.get(one.id, [])) for one in found],
        "next": cursor_of(last.created_at, last.id) if last else None,
    }


@blueprint.post("")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.NewReferralSchema)
@blueprint.response(201, schemas.ReferralDetailSchema)
def send_referral(body: dict[str, Any]) -> dict[str, Any]:
    """把一户或一人的事项转给负责的部门；转办人为首问责任人。"""
    with site().db.write() as session:
        home = visible_household(session, actor(), str(body["household_id"]))
        person = str(body["person_id"]) if body.get("person_id") else None
        if person and not _lives_in(session, person, home.id):
            raise not_found()
        matter = service.Matter(
            home.id, person, home.village_code, "general", body["duty"], body["summary"], body.get("programme")
        )
        return _answer(session, service.send(session, desk(), matter))


@blueprint.get("/<referral_id>")
@signed_in(*READERS)
@blueprint.response(200, schemas.ReferralDetailSchema)
def show_referral(referral_id: str) -> dict[str, Any]:
    """一件转办及其每一步。"""
    with site().db.read() as session:
        found = queries.visible(session, actor(), referral_id)
        shown = _shown(session, found)
    with site().db.write() as session:
        record_view(session, actor(), "referral", [found.person_id], [found.household_id])
    return shown


@blueprint.post("/<referral_id>/feedback")
@signed_in(DEPARTMENT)
@blueprint.arguments(schemas.FeedbackSchema)
@blueprint.response(200, schemas.ReferralDetailSchema)
def give_feedback(body: dict[str, Any], referral_id: str) -> dict[str, Any]:
    """部门反馈：accept 受理、return 退回（写明原因）、done 办结（写明结果）。

    同一反馈重发不会重复记录；可带 `Idempotency-Key` 头。
    """
    with site().db.write() as session:
        found = service.feedback(session, desk(), referral_id, body["action"], body, _key())
        return _answer(session, found)


@blueprint.post("/<referral_id>/resend")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.ResendSchema)
@blueprint.response(200, schemas.ReferralDetailSchema)
def resend_referral(body: dict[str, Any], referral_id: str) -> dict[str, Any]:
    """补充后重新转办，可改转其他职责；首问责任人不变。"""
    with site().db.write() as session:
        return _answer(session, service.resend(session, desk(), referral_id, body["note"], body.get("duty")))


@blueprint.post("/<referral_id>/reassign")
@signed_in(COUNTY)
@blueprint.arguments(schemas.ReassignSchema)
@blueprint.response(200, schemas.ReferralDetailSchema)
def reassign_referral(body: dict[str, Any], referral_id: str) -> dict[str, Any]:
    """县级改派一件尚未办结的转办；首问责任人不变，经过保留。"""
    with site().db.write() as session:
        return _answer(session, reassign(session, desk(), referral_id, body["duty"], body["note"]))


@blueprint.post("/<referral_id>/recall")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.RecallSchema)
@blueprint.response(200, schemas.ReferralDetailSchema)
def recall_referral(body: dict[str, Any], referral_id: str) -> dict[str, Any]:
    """部门尚未受理时撤回转办；由预警转办的，预警回到已核实待处置。"""
    with site().db.write() as session:
        return _answer(session, recall(session, desk(), referral_id, body["reason"]))


@blueprint.get("/dead-letters")
@signed_in(COUNTY, ADMIN)
@blueprint.response(200, schemas.DeadLettersSchema)
def list_dead_letters() -> dict[str, Any]:
    """多次送达失败、已停止重试的转办。"""
    with site().db.read() as session:
        return {"items": [schemas.letter(item) for item in queries.dead_letters(session, site().county)]}


@blueprint.post("/dead-letters/<item_id>/replay")
@signed_in(COUNTY, ADMIN)
@blueprint.response(200, schemas.DeadLetterSchema)
def replay_dead_letter(item_id: str) -> dict[str, Any]:
    """重新送出一件停止重试的转办。"""
    with site().db.write() as session:
        return schemas.letter(outbox.replay(session, site().county, item_id))


def _answer(session: Session, found: Referral) -> dict[str, Any]:
    """A step is answered with the whole referral, which is a view like any other."""
    session.flush()
    record_view(session, actor(), "referral", [found.person_id], [found.household_id])
    return _shown(session, found)


def _shown(session: Session, found: Referral) -> dict[str, Any]:
    clocks = running(session, found.county_code, [found.id], clock.now())
    return schemas.detail(found, queries.events_for(session, actor(), found)) | summary(clocks.get(found.id, []))


def _lives_in(session: Session, person_id: str, household_id: str) -> bool:
    """Somebody who lives elsewhere and nobody at all are the same to who asks."""
    person = session.get(Person, (site().county, person_id))
    return person is not None and person.household_id == household_id


def _key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key and (len(key) > 100 or key.startswith("outbox-")):
        raise Problem(422, "bad-key", "Idempotency-Key 无效：不超过 100 个字符。")
    return key
