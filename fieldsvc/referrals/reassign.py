"""Handing a stuck referral to another office (转办交办): the county centre's step, kept in the referral's trace."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import COUNTY
from fieldsvc.alerts.kinds import Desk
from fieldsvc.kit.backoff import DEAD
from fieldsvc.kit.errors import Problem, forbidden

from . import queries
from .models import OutboxItem, Referral
from .rules import CANCELLED, REASSIGN, WAITING, refusal
from .service import office_of, owe, take


def reassign(session: Session, desk: Desk, referral_id: str, duty: str, note: str) -> Referral:
    """Give a matter that no department has answered to another one; the first contact stays (Changle 二(二)12 转办交办).

    Problems: 403, 404; 422 ``reason-missing``, ``same-office``; 409 ``wrong-state``, ``no-office``. Asked again, it changes nothing.
    """
    if desk.actor.role != COUNTY:
        raise forbidden()
    if not note.strip():
        raise Problem(422, "reason-missing", "改派须写明原因。", {"errors": {"note": "必填"}})
    seen = queries.visible(session, desk.actor, referral_id)
    office, department = office_of(desk, duty)
    referral = queries.locked(session, seen.county_code, referral_id)
    if _again(session, referral, duty, note):
        return referral
    if refused := refusal(referral.state, REASSIGN):
        raise Problem(409, *refused)
    if referral.duty == duty:
        raise Problem(
            422, "same-office", "这件转办本由该部门承办，请选择别的部门。", {"errors": {"duty": "请选择别的部门"}}
        )
    told = {"step": REASSIGN, "from": referral.office, "office": office, "department": department}
    referral.duty, referral.office, referral.department = duty, office, department
    _no_longer_owed(session, referral)
    take(session, referral, desk, REASSIGN, {"note": note}, told)
    owe(session, referral)
    return referral


def _again(session: Session, referral: Referral, duty: str, note: str) -> bool:
    last = queries.events(session, referral.county_code, referral.id)[-1]
    return (last.detail.get("step"), last.note, referral.duty) == (REASSIGN, note, duty)


def _no_longer_owed(session: Session, referral: Referral) -> None:
    """What waits for the plugin of the office before is not delivered any more."""
    mine = OutboxItem.county_code == referral.county_code, OutboxItem.referral_id == referral.id
    owed = update(OutboxItem).where(*mine, OutboxItem.state.in_((WAITING, DEAD)))
    session.execute(owed.values(state=CANCELLED, lease=None))
