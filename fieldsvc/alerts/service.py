"""Verbs of alerts: raise what the rules or a match found, and close what a department has done."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from fieldsvc.aidchain.service import append
from fieldsvc.households.caseload import announce_records
from fieldsvc.kit import clock
from fieldsvc.kit.ids import new_id

from . import queries
from .models import Alert, Disposal
from .rules import CLOSED, OPEN, Finding, merged_channels

INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
ENGINE = "系统"


def raise_alerts(session: Session, county: str, findings: Iterable[Finding]) -> list[str]:
    """Open one alert for each finding, and return the ids of those opened or opened again.

    There is one open alert per rule and subject: a second finding adds its channel and the present reasons to it. A closed one
    opens again only when the facts that fired it have changed.
    """
    found = sorted(findings, key=lambda f: (f.household_id, f.rule_id, f.subject_id))
    standing = queries.of_subjects(session, county, (f.subject_id for f in found)) if found else {}
    changed, opened = [], []
    for finding in found:
        alert = standing.get((finding.rule_id, finding.subject_id))
        if alert is None:
            alert = _insert(session, county, finding)
            kind = "alert_opened" if alert else ""
        elif alert.status == CLOSED:
            kind = "alert_reopened" if alert.fingerprint != finding.fingerprint else ""
            if kind:
                _reopen(alert, finding)
        else:
            kind = "refreshed" if _refresh(alert, finding) else ""
        if alert is None or not kind:
            continue
        changed.append(("alerts", alert.id, alert.household_id, alert.klass))
        if kind != "refreshed":
            opened.append(alert.id)
            tell_chain(session, alert, kind, ENGINE, {"channels": [c["channel"] for c in alert.channels]})
    announce_records(session, county, changed)
    return opened


def _insert(session: Session, county: str, finding: Finding) -> Alert | None:
    """None when another transaction opened the same alert at the same moment: the partial unique index decides."""
    values = asdict(finding) | {"channels": list(finding.channels)}
    values |= {"county_code": county, "id": new_id(), "status": OPEN, "opened_at": clock.now(), "verification": None}
    made = INSERT[session.get_bind().dialect.name](Alert).values(**values).on_conflict_do_nothing().returning(Alert.id)
    new = session.execute(made).scalar_one_or_none()
    return session.get(Alert, (county, new)) if new else None


def _reopen(alert: Alert, finding: Finding) -> None:
    alert.status, alert.verification, alert.closed_at = OPEN, None, None
    alert.opened_at, alert.assignee_id = clock.now(), None
    alert.channels = merged_channels([], finding.channels)
    _take(alert, finding)


def _refresh(alert: Alert, finding: Finding) -> bool:
    channels = merged_channels(alert.channels, finding.channels)
    if alert.fingerprint == finding.fingerprint and channels == alert.channels:
        return False
    alert.channels = channels
    _take(alert, finding)
    return True


def _take(alert: Alert, finding: Finding) -> None:
    for name in ("kind", "severity", "duty", "title", "message", "reasons", "fingerprint", "klass", "village_code", "household_id"):
        setattr(alert, name, getattr(finding, name))


def forget(session: Session, county: str, quiet: Iterable[tuple[str, str]]) -> None:
    """Rules that are now known not to hold for a subject, as (rule, subject): their closed alerts forget the facts that
    fired them, so that the same facts, should they return, count as changed."""
    wanted = set(quiet)
    subjects = {subject for _, subject in wanted}
    rows = session.scalars(select(Alert).where(
        Alert.county_code == county, Alert.subject_id.in_(sorted(subjects)), Alert.status == CLOSED, Alert.fingerprint != "")
    ) if subjects else ()  # fmt: skip
    for alert in rows:
        if (alert.rule_id, alert.subject_id) in wanted:
            alert.fingerprint = ""


def step(session: Session, alert: Alert, kind: str, chain_kind: str, actor_id: int, actor: str, detail: dict[str, Any],
         *, note: str | None = None, verification: str | None = None) -> None:  # fmt: skip
    """Write down one decision on an alert, hang it on the aid chain and tell the household's workers."""
    session.add(Disposal(county_code=alert.county_code, id=new_id(), alert_id=alert.id, kind=kind, note=note,
                         verification=verification, detail=detail, actor_id=actor_id, at=clock.now()))  # fmt: skip
    tell_chain(session, alert, chain_kind, actor, {"kind": kind, "verification": verification, "note": note, **detail})
    announce_records(session, alert.county_code, [("alerts", alert.id, alert.household_id, alert.klass)])


def tell_chain(session: Session, alert: Alert, kind: str, actor: str, content: dict[str, Any]) -> None:
    about = {"alert": alert.id, "rule": alert.rule_id, "title": alert.title}
    append(session, alert.county_code, alert.household_id, kind, actor, about | content, person_id=alert.person_id, klass=alert.klass)


def close(alert: Alert) -> None:
    alert.status, alert.closed_at = CLOSED, clock.now()
