"""Taking back the last step on an alert (撤销): by who took it, or by the county, while nothing has followed from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import COUNTY, Actor
from fieldsvc.deadlines.service import take_back
from fieldsvc.households.caseload import announce_records
from fieldsvc.households.kin import refuse_kin
from fieldsvc.households.models import Task
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, not_found

from . import queries
from .clocks import limits_of, matter
from .kinds import Desk
from .models import Alert, Disposal
from .rules import (
    ANSWERED,
    CARRY_OUT,
    JOINT_STUDY,
    KINDS,
    MERGED,
    NOT_CONFIRMED,
    OPEN,
    REFER,
    UNDONE,
    VERIFIED,
    VERIFY,
    VERIFY_AND_END,
    fingerprint,
    standing,
)
from .service import step

Take = Callable[[Session, Alert, Desk, Disposal, str], dict[str, Any]]
Hold = Callable[[Session, Alert], None]


@dataclass(frozen=True, slots=True)
class Undoing:
    """``take`` takes back what a step did beyond the alert, or refuses, and tells what it did. ``hold`` locks, before the
    alert is locked, what that step's other writers lock first."""

    take: Take
    hold: Hold = lambda _session, _alert: None


UNDOINGS: dict[str, Undoing] = {}


def undo(session: Session, desk: Desk, alert_id: str, reason: str) -> Alert:
    """Take back the last step; the alert is again as before it. Asked for again, it changes nothing.

    Problems: 404; 422 ``reason-missing``; 403 ``not-your-step``; 409 ``nothing-to-undo``, ``department-answered``,
    ``application-opened``, ``aid-ended``, ``task-done``, ``merged``, ``alert-open-again``, ``kin-stands-aside``.
    """
    if not reason.strip():
        raise Problem(422, "reason-missing", "撤销须写明理由。", {"errors": {"reason": "必填"}})
    seen = queries.visible(session, desk.actor, alert_id)
    refuse_kin(session, desk.actor, seen.household_id)
    if before := last_step(session, seen):
        _undoing(before).hold(session, seen)
    alert = queries.locked(session, seen.county_code, alert_id)
    if alert is None:
        raise not_found()
    if _repeated(session, alert, desk.actor, reason):
        return alert
    last = _mine(last_step(session, alert), desk.actor)
    told = _undoing(last).take(session, alert, desk, last, reason)
    _put_back(session, alert, last)
    detail = told | {"undone": last.kind, "label": KINDS.get(last.kind, last.kind)}
    step(session, alert, UNDONE, "alert_undone", desk.actor.id, desk.actor.name, detail, note=reason,
         verification=alert.verification, said=_said(reason), undoes=last.id)  # fmt: skip
    take_back(session, alert.county_code, matter(alert), limits_of(desk))
    return alert


def last_step(session: Session, alert: Alert) -> Disposal | None:
    """The step an undo would take back; None when none holds."""
    held = standing(queries.disposals(session, alert.county_code, alert.id), alert.opened_at)
    return held[-1] if held else None


def may_undo(actor: Actor, last: Disposal | None) -> bool:
    """Whether the page offers it; what followed from the step is looked at when it is asked for."""
    if last is None or last.kind in (ANSWERED, MERGED) or "outcome" in last.detail or last.detail.get("ended"):
        return False
    if last.detail.get("application") or last.detail.get("gradual_exit"):
        return False
    return last.actor_id == actor.id or actor.role == COUNTY


def _mine(last: Disposal | None, actor: Actor) -> Disposal:
    if last is None:
        raise Problem(409, "nothing-to-undo", "这条预警没有可以撤销的步骤。")
    if last.kind == ANSWERED or "outcome" in last.detail:
        raise Problem(409, "department-answered", "部门已经答复，不能撤销；请按答复继续处置。")
    if last.kind == MERGED:
        raise Problem(409, "merged", "这条预警已随登记合并并入另一条；合并有误的，请拆分登记。")
    if last.detail.get("application"):
        raise Problem(409, "application-opened", "这一步已经受理了申请，不能撤销；请在申请中继续办理。")
    if last.actor_id != actor.id and actor.role != COUNTY:
        raise Problem(403, "not-your-step", "只有办理这一步的人员或县级经办人员可以撤销。")
    return last


def _undoing(last: Disposal) -> Undoing:
    kind = REFER if last.kind == VERIFY_AND_END and last.detail.get("asked") else last.kind
    return UNDOINGS.get(kind, Undoing(_nothing))


def _put_back(session: Session, alert: Alert, last: Disposal) -> None:
    first = last.kind in (VERIFY, NOT_CONFIRMED)
    alert.status, alert.closed_at = (OPEN if first else VERIFIED), None
    alert.verification = None if first else alert.verification
    try:
        session.flush()
    except IntegrityError:
        raise Problem(409, "alert-open-again", "同一事项已有一条未办结的预警，请在那一条上处置。") from None


def _repeated(session: Session, alert: Alert, actor: Actor, reason: str) -> bool:
    steps = queries.disposals(session, alert.county_code, alert.id)
    last = steps[-1] if steps else None
    return (
        last is not None
        and last.kind == UNDONE
        and (last.actor_id, last.detail.get("said")) == (actor.id, _said(reason))
    )


def _said(reason: str) -> str:
    return fingerprint({"undo": reason})[:16]


def _nothing(_session: Session, _alert: Alert, _desk: Desk, _last: Disposal, _reason: str) -> dict[str, Any]:
    """Nothing beyond the alert itself came of it (核实、按规定落实)."""
    return {}


def _findings(_session: Session, _alert: Alert, _desk: Desk, last: Disposal, _reason: str) -> dict[str, Any]:
    if last.detail.get("ended") or last.detail.get("gradual_exit"):
        raise Problem(409, "aid-ended", "救助已经终止，不能撤销；认定有误的，请重新申请认定。")
    return {}


def _meeting(session: Session, alert: Alert, _desk: Desk, last: Disposal, _reason: str) -> dict[str, Any]:
    """The meeting's tasks that nobody has done yet are withdrawn with it."""
    ids = sorted(each["id"] for each in last.detail.get("tasks", ()))
    rows = (
        select(Task).where(Task.county_code == alert.county_code, Task.id.in_(ids)).order_by(Task.id).with_for_update()
    )
    tasks = list(session.scalars(rows))
    if any(task.status == "done" for task in tasks):
        raise Problem(409, "task-done", "会议交办的任务已有完成的，不能撤销；请另作处置。")
    for task in tasks:
        task.status, task.closed_by, task.done_at, task.updated_at = "cancelled", "undo", clock.now(), clock.now()
    announce_records(session, alert.county_code, [("tasks", task.id, alert.household_id, task.klass) for task in tasks])
    return {"tasks": len(tasks)}


UNDOINGS |= {VERIFY: Undoing(_nothing), NOT_CONFIRMED: Undoing(_nothing), CARRY_OUT: Undoing(_nothing),
             JOINT_STUDY: Undoing(_meeting), VERIFY_AND_END: Undoing(_findings)}  # fmt: skip
