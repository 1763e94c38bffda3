"""Deciding on an alert: verification, disposal by kind, and what comes back from a department."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.deadlines.service import turn
from fieldsvc.facts.service import mark_dirty
from fieldsvc.households.kin import refuse_kin
from fieldsvc.kit.errors import Problem, not_found

from . import queries
from .clocks import limits_of, matter
from .granted import carried_out
from .kinds import HANDLERS, Desk
from .models import Alert
from .rules import (
    ANSWERED,
    CARRY_OUT,
    CLOSED,
    NOT_CONFIRMED,
    PROCEDURE,
    REFER,
    REFERRED,
    VERIFIED,
    VERIFY,
    VERIFY_AND_END,
    fingerprint,
    lacking,
    refusal,
)
from .service import close, step


def dispose(session: Session, desk: Desk, alert_id: str, body: Mapping[str, Any]) -> Alert:
    """Take one step on an alert. ``body["kind"]`` is one of ``rules.KINDS``. The last step asked for again changes nothing.

    Problems: 404; 422 ``disposal-incomplete`` naming what is missing; 409 ``alert-closed``, ``alert-referred``,
    ``not-verified``, ``already-verified``, ``not-confirmed``, ``kin-stands-aside``.
    """
    seen, kind = queries.visible(session, desk.actor, alert_id), str(body["kind"])
    refuse_kin(session, desk.actor, seen.household_id)
    if missing := _missing(kind, body):
        raise Problem(
            422, "disposal-incomplete", "处置内容不完整：" + "；".join(missing.values()) + "。", {"errors": missing}
        )
    if kind == VERIFY_AND_END or body.get("result") == PROCEDURE:
        mark_dirty(session, seen.county_code, [seen.household_id])
    alert, said = _lock(session, seen.county_code, alert_id), fingerprint(body)[:16]
    if _repeated(session, alert, desk.actor, said):
        return alert
    if refused := refusal(alert.status, kind):
        raise Problem(409, *refused)
    outcome = HANDLERS[kind](session, alert, desk, body)
    alert.status = outcome.status
    if outcome.status == CLOSED:
        close(alert)
    alert.assignee_id = desk.actor.id
    chain = "alert_verified" if kind == VERIFY and outcome.kind != NOT_CONFIRMED else "alert_disposed"
    chain = "alert_closed" if outcome.status == CLOSED else chain
    step(session, alert, outcome.kind or kind, chain, desk.actor.id, desk.actor.name, outcome.detail,
         note=body.get("note"), verification=alert.verification, said=said)  # fmt: skip
    if kind == CARRY_OUT:
        carried_out(session, desk, alert, body.get("done_on"))
    turn(session, alert.county_code, [matter(alert)], limits_of(desk))
    return alert


def _repeated(session: Session, alert: Alert, actor: Actor, said: str) -> bool:
    """The very last step, asked for again by the same officer because the answer was lost. A step before the alert opened
    again is another one."""
    last = next(reversed(queries.disposals(session, alert.county_code, alert.id)), None)
    return (
        last is not None and last.at >= alert.opened_at and (last.actor_id, last.detail.get("said")) == (actor.id, said)
    )


def _missing(kind: str, body: Mapping[str, Any]) -> dict[str, str]:
    return {} if kind == VERIFY_AND_END and body.get("ask") else lacking(kind, body)


def _lock(session: Session, county: str, alert_id: str) -> Alert:
    alert = queries.locked(session, county, alert_id)
    if alert is None:
        raise not_found()
    return alert


def referral_done(session: Session, alert_id: str, desk: Desk, outcome: Mapping[str, Any]) -> None:
    """The department has finished: what was referred is closed by its outcome (转办落实); what was only asked comes back to
    the township with the answer (商请核查)."""
    actor = desk.actor
    alert = _lock(session, actor.county, alert_id)
    if alert.status != REFERRED:
        return
    asked = _asked(session, alert)
    alert.status = VERIFIED
    if not asked:
        close(alert)
    kind, chain = (ANSWERED, "alert_disposed") if asked else (REFER, "alert_closed")
    step(session, alert, kind, chain, actor.id, actor.name, {"outcome": dict(outcome)}, verification=alert.verification)
    turn(session, alert.county_code, [matter(alert)], limits_of(desk))


def referral_returned(session: Session, alert_id: str, desk: Desk, reason: str) -> None:
    """The department has sent it back with a reason: the township disposes of the alert again."""
    alert, actor = _lock(session, desk.actor.county, alert_id), desk.actor
    if alert.status == REFERRED:
        alert.status = VERIFIED
        told = {"returned": reason}
        step(session, alert, ANSWERED, "alert_disposed", actor.id, actor.name, told, verification=alert.verification)
        turn(session, alert.county_code, [matter(alert)], limits_of(desk))


def referral_resent(session: Session, alert_id: str, desk: Desk) -> None:
    alert, actor = _lock(session, desk.actor.county, alert_id), desk.actor
    if alert.status == VERIFIED:
        alert.status = REFERRED
        told = {"resent": True}
        step(session, alert, REFER, "alert_disposed", actor.id, actor.name, told, verification=alert.verification)
        turn(session, alert.county_code, [matter(alert)], limits_of(desk))


def _asked(session: Session, alert: Alert) -> bool:
    steps = [
        d.kind for d in queries.disposals(session, alert.county_code, alert.id) if d.kind in (REFER, VERIFY_AND_END)
    ]
    return bool(steps) and steps[-1] == VERIFY_AND_END
