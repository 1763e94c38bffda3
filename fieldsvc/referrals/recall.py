"""Taking a referral back (撤回) before the department has answered: by itself, or because the alert's step was undone."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import COUNTY
from fieldsvc.alerts import undo as alerts
from fieldsvc.alerts.clocks import limits_of
from fieldsvc.alerts.kinds import Desk
from fieldsvc.alerts.models import Alert, Disposal
from fieldsvc.alerts.rules import REFER
from fieldsvc.deadlines.service import take_back
from fieldsvc.kit.backoff import DEAD
from fieldsvc.kit.errors import Problem

from . import queries
from .clocks import matter_of
from .models import OutboxItem, Referral
from .rules import CANCELLED, CHAIN, RECALL, RECALLED, STEPS, WAITING, refusal
from .service import note_step


def recall(session: Session, desk: Desk, referral_id: str, reason: str) -> Referral:
    """Take a referral back; one that came of an alert takes the alert's step back with it. Asked for again, it changes nothing.

    Problems: 404; 422 ``reason-missing``; 403 ``not-your-step``; 409 ``wrong-state`` once the department has answered.
    """
    if not reason.strip():
        raise Problem(422, "reason-missing", "撤回须写明理由。", {"errors": {"reason": "必填"}})
    seen = queries.visible(session, desk.actor, referral_id)
    if seen.state == RECALLED:
        return seen
    if seen.alert_id:
        _open(seen)
        alerts.undo(session, desk, seen.alert_id, reason)
        return queries.locked(session, seen.county_code, referral_id)
    referral = queries.locked(session, seen.county_code, referral_id)
    if referral.sent_by != desk.actor.id and desk.actor.role != COUNTY:
        raise Problem(403, "not-your-step", "只有转办的人员或县级经办人员可以撤回。")
    if referral.state != RECALLED:
        _take_back(session, desk, referral, reason)
    return referral


def _open(referral: Referral) -> None:
    if refused := refusal(referral.state, RECALL):
        raise Problem(409, *refused)


def _take_back(session: Session, desk: Desk, referral: Referral, reason: str) -> None:
    """What is still owed to the plugin is owed no longer; what it holds already it cannot answer any more."""
    _open(referral)
    referral.state = STEPS[RECALL][1]
    note_step(session, referral, desk.actor, CHAIN[RECALL], None, {"step": RECALL, "reason": reason})
    waiting = OutboxItem.county_code == referral.county_code, OutboxItem.referral_id == referral.id
    owed = update(OutboxItem).where(*waiting, OutboxItem.state.in_((WAITING, DEAD)))
    session.execute(owed.values(state=CANCELLED, lease=None))
    take_back(session, referral.county_code, matter_of(referral), limits_of(desk))


def _with_the_alert(session: Session, alert: Alert, desk: Desk, _last: Disposal, reason: str) -> dict[str, Any]:
    referral = queries.sent_for(session, alert.county_code, alert.id)
    if referral is None:
        raise Problem(409, "department-answered", "部门已经受理或答复，不能撤销；请等部门办结或退回。")
    _take_back(session, desk, referral, reason)
    return {"referral": referral.id, "office": referral.office}


def _hold(session: Session, alert: Alert) -> None:
    """A department's answer locks the referral first and the alert after it."""
    queries.sent_for(session, alert.county_code, alert.id, lock=True)


alerts.UNDOINGS[REFER] = alerts.Undoing(_with_the_alert, _hold)
