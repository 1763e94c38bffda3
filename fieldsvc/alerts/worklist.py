"""The desk's list (工作台): alerts of the actor's scope by what is due first, and how many of each status and kind there are.

What a list asks of an alert stands in one index, so that neither counting nor sorting reads the reasons of 50,000 alerts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.deadlines.queries import is_overdue, next_due
from fieldsvc.kit import clock

from .models import Alert
from .queries import scope
from .rules import CLOSED, SEVERITIES, STATUSES

ACTIVE, OVERDUE = "active", "overdue"
MINE, UNASSIGNED = "mine", "unassigned"
EQUAL = {"severity": Alert.severity, "duty": Alert.duty, "worker": Alert.finder_id, "kind": Alert.kind}
COLUMNS = (
    Alert.id, Alert.title, Alert.status, Alert.severity, Alert.kind, Alert.duty, Alert.village_code, Alert.household_id,
    Alert.person_id, Alert.found_by, Alert.finder_id, Alert.assignee_id, Alert.opened_at, Alert.klass, Alert.verification,
)  # fmt: skip


def page(session: Session, actor: Actor, wanted: Mapping[str, Any], first: int, size: int) -> list[Row[Any]]:
    """``COLUMNS`` of the alerts ``first`` to ``first + size``: what is overdue longest first, then by when it is due, then by
    severity and age. ``wanted`` as in ``where``, with ``status``, ``kind``, ``state``."""
    due = next_due(Alert.id, actor.county).label("due_at")
    by_severity = case({code: place for place, code in enumerate(SEVERITIES)}, value=Alert.severity)
    order = (due.is_(None), due, by_severity, Alert.opened_at, Alert.id)
    chosen = [*where(session, actor, wanted), *_chosen(actor, wanted)]
    ids = list(session.scalars(select(Alert.id).where(*chosen).order_by(*order).offset(first).limit(size)))
    return of(session, actor.county, ids)


def of(session: Session, county: str, ids: list[str]) -> list[Row[Any]]:
    """``COLUMNS`` of the alerts with these ids, in their order."""
    rows: dict[str, Row[Any]] = {}
    for start in range(0, len(ids), 2_000):
        part = select(*COLUMNS).where(Alert.county_code == county, Alert.id.in_(ids[start : start + 2_000]))
        rows |= {row.id: row for row in session.execute(part)}
    return [rows[each] for each in ids if each in rows]


def counts(session: Session, actor: Actor, wanted: Mapping[str, Any]) -> Counter[tuple[str, str]]:
    """``{(status, kind): number}`` under the filters, whatever status and kind are chosen."""
    grouped = (
        select(Alert.status, Alert.kind, func.count())
        .where(*where(session, actor, wanted))
        .group_by(Alert.status, Alert.kind)
    )
    return Counter({(status, kind): number for status, kind, number in session.execute(grouped)})


def overdue(session: Session, actor: Actor, wanted: Mapping[str, Any]) -> int:
    """How many of those not closed are overdue, under the filters."""
    mine = [
        *where(session, actor, wanted),
        *_chosen(actor, {"kind": wanted.get("kind"), "state": OVERDUE, "status": ACTIVE}),
    ]
    return session.scalar(select(func.count()).select_from(Alert).where(*mine)) or 0


def where(session: Session, actor: Actor, wanted: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """``wanted``: severity, duty, worker (who found it), channel, assignee (mine, unassigned, or an account), village (a
    prefix of village codes), household."""
    found = [Alert.county_code == actor.county, scope(session, actor)]
    found += [EQUAL[name] == wanted[name] for name in ("severity", "duty", "worker") if wanted.get(name)]
    if channel := wanted.get("channel"):
        found.append((" " + Alert.found_by + " ").contains(f" {channel} ", autoescape=True))
    if village := wanted.get("village"):
        found.append(Alert.village_code.startswith(village, autoescape=True))
    if assignee := wanted.get("assignee"):
        found.append(_assigned(actor, assignee))
    return found


def _assigned(actor: Actor, assignee: str) -> ColumnElement[bool]:
    if assignee == UNASSIGNED:
        return Alert.assignee_id.is_(None)
    return Alert.assignee_id == (actor.id if assignee == MINE else int(assignee))


def _chosen(actor: Actor, wanted: Mapping[str, Any]) -> Iterable[ColumnElement[bool]]:
    if status := wanted.get("status"):
        yield Alert.status.in_([each for each in STATUSES if each != CLOSED] if status == ACTIVE else [status])
    else:
        yield Alert.status.in_(list(STATUSES))
    if kind := wanted.get("kind"):
        yield Alert.kind == kind
    if wanted.get("state") == OVERDUE:
        yield is_overdue(Alert.id, actor.county, clock.now())
