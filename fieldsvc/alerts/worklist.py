"""The desk's list (工作台): alerts of the actor's scope by what is due first, and how many of each status and kind there are.

What a list asks of an alert stands in one index, so that neither counting nor sorting reads the reasons of 50,000 alerts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session, aliased

from fieldsvc.accounts.rules import Actor
from fieldsvc.deadlines.models import Deadline
from fieldsvc.kit import clock
from fieldsvc.kit.rows import within

from .models import Alert
from .queries import scope
from .rules import CLOSED, SEVERITIES, STATUSES

ACTIVE, OVERDUE = "active", "overdue"
MINE, UNASSIGNED = "mine", "unassigned"
FEW = 5_000
RUNS = (Deadline.met_at.is_(None), Deadline.due_at.is_not(None))
AFTER = (case({code: place for place, code in enumerate(SEVERITIES)}, value=Alert.severity), Alert.opened_at, Alert.id)
EQUAL = {"severity": Alert.severity, "duty": Alert.duty, "worker": Alert.finder_id}
COLUMNS = (
    Alert.id, Alert.title, Alert.status, Alert.severity, Alert.kind, Alert.duty, Alert.village_code, Alert.household_id,
    Alert.person_id, Alert.found_by, Alert.finder_id, Alert.assignee_id, Alert.opened_at, Alert.klass, Alert.verification,
)  # fmt: skip


def page(
    session: Session, actor: Actor, wanted: Mapping[str, Any], total: int, first: int, size: int
) -> list[Row[Any]]:
    """``COLUMNS`` of the alerts ``first`` to ``first + size``: what is overdue longest first, then by when it is due, then by
    severity and age; what has no time limit after all that has. ``wanted`` as in ``where``, with ``status``, ``kind``,
    ``state``; ``total`` is how many there are, which decides how they are looked for."""
    chosen = [*where(session, actor, wanted), *_chosen(wanted)]
    if wanted.get("state") == OVERDUE:
        ids = _by_clock(session, actor, chosen, first, size, before=clock.now())
    else:
        find = _sorted if total <= FEW else _by_clock
        ids = find(session, actor, chosen, first, size)
    return of(session, actor.county, ids)


def _sorted(session: Session, actor: Actor, chosen: list[ColumnElement[bool]], first: int, size: int) -> list[str]:
    """All that are chosen, sorted: for as many as one look can sort."""
    found = select(Alert.id).outerjoin(Deadline, _ending(actor.county, None)).where(*chosen)
    return list(
        session.scalars(found.order_by(Deadline.due_at.is_(None), Deadline.due_at, *AFTER).offset(first).limit(size))
    )


def _by_clock(
    session: Session, actor: Actor, chosen: list[ColumnElement[bool]], first: int, size: int, before: datetime | None = None
) -> list[str]:  # fmt: skip
    """The clocks in the order in which they end, and each one's alert if it is chosen: for most of a county's alerts, of
    which a page needs few. ``before``: only clocks that are over by then."""
    due = select(Alert.id).join(Deadline, _ending(actor.county, before)).where(*chosen)
    ids = list(session.scalars(due.order_by(Deadline.due_at, *AFTER).offset(first).limit(size)))
    if len(ids) == size or before:
        return ids
    ahead = (
        first + len(ids) if ids or not first else session.scalar(select(func.count()).select_from(due.subquery())) or 0
    )
    endless = ~exists().where(Deadline.county_code == actor.county, Deadline.subject_id == Alert.id, *RUNS)
    rest = select(Alert.id).where(*chosen, endless).order_by(*AFTER)
    return ids + list(session.scalars(rest.offset(max(0, first - ahead)).limit(size - len(ids))))


def _ending(county: str, before: datetime | None) -> ColumnElement[bool]:
    """Joins an alert to the one of its running clocks that ends first; ``before``: and is over by then."""
    sooner = aliased(Deadline)
    beats = or_(sooner.due_at < Deadline.due_at, and_(sooner.due_at == Deadline.due_at, sooner.id < Deadline.id))
    same = sooner.county_code == county, sooner.subject_id == Deadline.subject_id, sooner.met_at.is_(None)
    over = [Deadline.due_at < before] if before else []
    return and_(
        Deadline.county_code == county, Deadline.subject_id == Alert.id, *RUNS, *over, ~exists().where(*same, beats)
    )


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
    """How many are overdue, under the filters."""
    mine = [*where(session, actor, wanted), *_chosen({"status": ACTIVE, "kind": wanted.get("kind")})]
    late = select(Alert.id).join(Deadline, _ending(actor.county, clock.now())).where(*mine)
    return session.scalar(select(func.count()).select_from(late.subquery())) or 0


def where(session: Session, actor: Actor, wanted: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """``wanted``: severity, duty, worker (who found it), channel, assignee (mine, unassigned, or an account), village (a
    prefix of village codes), household."""
    found = [Alert.county_code == actor.county, scope(session, actor)]
    found += [EQUAL[name] == wanted[name] for name in ("severity", "duty", "worker") if wanted.get(name)]
    if channel := wanted.get("channel"):
        found.append((" " + Alert.found_by + " ").contains(f" {channel} ", autoescape=True))
    if village := wanted.get("village"):
        found.append(within(Alert.village_code, village))
    if assignee := wanted.get("assignee"):
        found.append(_assigned(actor, assignee))
    return found


def _assigned(actor: Actor, assignee: str) -> ColumnElement[bool]:
    if assignee == UNASSIGNED:
        return Alert.assignee_id.is_(None)
    return Alert.assignee_id == (actor.id if assignee == MINE else int(assignee))


def _chosen(wanted: Mapping[str, Any]) -> Iterable[ColumnElement[bool]]:
    """The status is always named: it is the index's second column."""
    status = wanted.get("status") or ""
    active = [each for each in STATUSES if each != CLOSED]
    yield Alert.status.in_(active if status == ACTIVE else [status] if status else list(STATUSES))
    if kind := wanted.get("kind"):
        yield Alert.kind == kind
