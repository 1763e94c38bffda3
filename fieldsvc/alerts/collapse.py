"""Two subjects become one (并户、并人): of two open alerts of one rule the further one stays, the other is closed into it. Both
keep their reasons; a split opens the closed one again."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.deadlines.service import take_back, turn
from fieldsvc.kit.rows import by_sorting

from .clocks import matter
from .models import Alert
from .rules import CLOSED, MERGED, OPEN, REFERRED, VERIFIED, merged_channels
from .service import close, step

FURTHER = {OPEN: 0, VERIFIED: 1, REFERRED: 2}
Collapsed = list[dict[str, Any]]


def collapse(session: Session, actor: Actor, old: str, new: str) -> Collapsed:
    """Close one of each two open alerts of a rule on the subjects; returns what ``reopen`` needs. Locks them in key order."""
    rows = session.scalars(
        select(Alert).where(Alert.county_code == actor.county, Alert.subject_id.in_([old, new]), Alert.status != CLOSED)
        .order_by(by_sorting(Alert.id)).with_for_update().execution_options(populate_existing=True)
    )  # fmt: skip
    by_rule: dict[str, list[Alert]] = {}
    for alert in rows:
        by_rule.setdefault(alert.rule_id, []).append(alert)
    return [_into(session, actor, *pair) for _, pair in sorted(by_rule.items()) if len(pair) == 2]


def _into(session: Session, actor: Actor, one: Alert, other: Alert) -> dict[str, Any]:
    closed, kept = sorted((one, other), key=lambda a: (FURTHER[a.status], -a.opened_at.timestamp()))
    undo = {"alert": closed.id, "into": kept.id, "status": closed.status}
    kept.channels = merged_channels(kept.channels, closed.channels)
    kept.assignee_id = kept.assignee_id or closed.assignee_id
    close(closed)
    step(session, closed, MERGED, "alert_closed", actor.id, actor.name, {"into": kept.id}, verification=closed.verification)
    also = {"from": closed.id, "message": closed.message, "reasons": closed.reasons, "opened_at": closed.opened_at.isoformat()}
    step(session, kept, MERGED, "alert_disposed", actor.id, actor.name, also, verification=kept.verification)
    session.flush()
    turn(session, closed.county_code, [matter(closed)])
    return undo


def reopen(session: Session, actor: Actor, collapsed: Iterable[dict[str, Any]]) -> None:
    """Undo ``collapse`` once the subjects are two again; an alert that was opened again meanwhile is left alone."""
    for each in collapsed:
        alert = session.get(Alert, (actor.county, each["alert"]), with_for_update=True, populate_existing=True)
        if alert is not None and alert.status == CLOSED and not _another(session, alert):
            alert.status, alert.closed_at = each["status"], None
            step(session, alert, MERGED, "alert_reopened", actor.id, actor.name, {"split_from": each["into"]},
                 verification=alert.verification)  # fmt: skip
            session.flush()
            take_back(session, alert.county_code, matter(alert))


def _another(session: Session, alert: Alert) -> bool:
    same = Alert.county_code == alert.county_code, Alert.rule_id == alert.rule_id, Alert.subject_id == alert.subject_id
    return session.scalar(select(Alert.id).where(*same, Alert.status != CLOSED).limit(1)) is not None
