"""Verbs of alerts: raise what the rules or a match found, and close what a department has done."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, defer

from fieldsvc.accounts.rules import CHILD
from fieldsvc.aidchain.service import News, append_many
from fieldsvc.deadlines.rules import Limits
from fieldsvc.deadlines.service import turn
from fieldsvc.households.caseload import announce_records
from fieldsvc.kit import clock
from fieldsvc.kit.ids import new_id

from . import queries
from .clocks import matter
from .models import Alert, Disposal
from .rules import CLOSED, OPEN, Finding, found_by, merged_channels, visit_of

INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
ENGINE = "系统"
STORED = tuple(each.name for each in fields(Finding) if each.name not in ("limit", "found_at"))
Finders = Mapping[str | None, int]


def raise_alerts(session: Session, county: str, findings: Iterable[Finding], limits: Limits | None = None) -> list[str]:
    """Open one alert for each finding, and return the ids of those opened or opened again. ``limits`` set their deadlines;
    without, the worker sets them at its next look.

    There is one open alert per rule and subject: a second finding adds its channel and the present reasons to it. A closed one
    opens again only when the facts that fired it have changed.
    """
    found = sorted(_together(findings), key=lambda f: (f.household_id, f.rule_id, f.subject_id))
    standing = queries.of_subjects(session, county, (f.subject_id for f in found)) if found else {}
    finders = queries.authors(session, county, (visit_of(f.channels) for f in found))
    new = _insert(session, county, [f for f in found if _about(f) not in standing], finders)
    made = {_about(alert) for alert in new}
    if late := [f.subject_id for f in found if _about(f) not in standing and _about(f) not in made]:
        standing |= queries.of_subjects(session, county, late)
    known = [(f, standing[_about(f)]) for f in found if _about(f) not in made]
    again = [alert for finding, alert in known if alert.status == CLOSED and _reopen(alert, finding, finders)]
    fresh = [alert for finding, alert in known if alert.status != CLOSED and _refresh(alert, finding, finders)]
    opened = [(alert, "alert_opened") for alert in new] + [(alert, "alert_reopened") for alert in again]
    announce_records(session, county, [("alerts", a.id, a.household_id, a.klass) for a in (*new, *again, *fresh)])
    append_many(session, county, [
        news(alert, kind, ENGINE, {"channels": [c["channel"] for c in alert.channels]}) for alert, kind in opened
    ])  # fmt: skip
    by_subject = {_about(f): f for f in found}
    turn(session, county, [matter(a, by_subject.get(_about(a))) for a in (*new, *again, *fresh)], limits)
    return [alert.id for alert, _ in opened]


def _about(one: Alert | Finding) -> tuple[str, str]:
    return one.rule_id, one.subject_id


def _together(findings: Iterable[Finding]) -> Iterable[Finding]:
    """One finding for each rule and subject: the last one's facts, everybody's channels."""
    found: dict[tuple[str, str], Finding] = {}
    for each in findings:
        before = found[_about(each)].channels if _about(each) in found else ()
        found[_about(each)] = replace(each, channels=tuple(merged_channels(before, each.channels)))
    return found.values()


def _insert(session: Session, county: str, findings: list[Finding], finders: Finders) -> list[Alert]:
    """The alerts that are new. When another transaction opens the same at the same moment the partial unique index decides,
    and the other's is there to be read once this has waited for it."""
    if not findings:
        return []
    common = {"county_code": county, "status": OPEN, "opened_at": clock.now(), "verification": None}
    rows = [_row(f, finders) | common | {"id": new_id()} for f in findings]
    made = INSERT[session.get_bind().dialect.name](Alert).on_conflict_do_nothing().returning(Alert.id)
    new = list(session.scalars(made, rows))
    found = select(Alert).where(Alert.county_code == county, Alert.id.in_(new)).options(defer(Alert.reasons))
    return list(session.scalars(found.order_by(Alert.id)))


def _row(finding: Finding, finders: Finders) -> dict[str, Any]:
    kept = {name: getattr(finding, name) for name in STORED}  # ``asdict`` would copy the reasons leaf by leaf
    return kept | {"channels": list(finding.channels), "found_by": found_by(finding.channels),
                   "finder_id": finders.get(visit_of(finding.channels))}  # fmt: skip


def _reopen(alert: Alert, finding: Finding, finders: Finders) -> bool:
    """False while the facts that fired it are the ones it was closed on."""
    if alert.fingerprint == finding.fingerprint:
        return False
    alert.status, alert.verification, alert.closed_at = OPEN, None, None
    alert.opened_at, alert.assignee_id = clock.now(), None
    alert.channels = merged_channels([], finding.channels)
    _take(alert, finding, finders)
    return True


def _refresh(alert: Alert, finding: Finding, finders: Finders) -> bool:
    channels = merged_channels(alert.channels, finding.channels)
    if alert.fingerprint == finding.fingerprint and channels == alert.channels:
        return False
    alert.channels = channels
    _take(alert, finding, finders)
    return True


def _take(alert: Alert, finding: Finding, finders: Finders) -> None:
    """An alert that was ever of the child class stays so: what was written on it then must not become readable."""
    for name in (
        "kind",
        "severity",
        "duty",
        "title",
        "message",
        "reasons",
        "fingerprint",
        "village_code",
        "household_id",
    ):
        setattr(alert, name, getattr(finding, name))
    alert.klass = CHILD if CHILD in (alert.klass, finding.klass) else finding.klass
    alert.found_by, alert.finder_id = found_by(alert.channels), finders.get(visit_of(alert.channels), alert.finder_id)


def forget(session: Session, county: str, quiet: Iterable[tuple[str, str]]) -> None:
    """Rules that are now known not to hold for a subject, as (rule, subject): their alerts forget the facts that fired them,
    so that the same facts, should they return after a closing, count as changed."""
    wanted = set(quiet)
    subjects = {subject for _, subject in wanted}
    rows = session.scalars(select(Alert).where(
        Alert.county_code == county, Alert.subject_id.in_(sorted(subjects)), Alert.fingerprint != "").options(defer(Alert.reasons))
    ) if subjects else ()  # fmt: skip
    for alert in rows:
        if (alert.rule_id, alert.subject_id) in wanted:
            alert.fingerprint = ""


def step(session: Session, alert: Alert, kind: str, chain_kind: str, actor_id: int, actor: str, detail: dict[str, Any],
         *, note: str | None = None, verification: str | None = None, said: str = "", undoes: str | None = None) -> None:  # fmt: skip
    """Write down one decision on an alert, hang it on the aid chain and tell the household's workers. ``said``: by which the
    same request is known again. ``undoes``: the step taken back by this one."""
    kept = detail | ({"said": said} if said else {})
    session.add(Disposal(county_code=alert.county_code, id=new_id(), alert_id=alert.id, kind=kind, note=note,
                         verification=verification, detail=kept, undoes=undoes, actor_id=actor_id, at=clock.now()))  # fmt: skip
    told = {"kind": kind, "verification": verification, "note": note, **detail}
    append_many(session, alert.county_code, [news(alert, chain_kind, actor, told)])
    announce_records(session, alert.county_code, [("alerts", alert.id, alert.household_id, alert.klass)])


def news(alert: Alert, kind: str, actor: str, content: dict[str, Any]) -> News:
    """What the aid chain is told of an alert."""
    about = {"alert": alert.id, "rule": alert.rule_id, "title": alert.title}
    return News(alert.household_id, kind, actor, about | content, alert.person_id, alert.klass)


def close(alert: Alert) -> None:
    alert.status, alert.closed_at = CLOSED, clock.now()
