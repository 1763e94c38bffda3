"""Every SELECT of deadlines. Pages and lists ask for many subjects at once."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, DEPARTMENT, WORKERS, Actor
from fieldsvc.kit.rows import by_sorting, kept, within

from .models import Deadline
from .rules import AID_FIRST
from .views import Running, running_of

DUE, OVERDUE = "due", "overdue"
STATES = {DUE: "未到期", OVERDUE: "已超期"}


def running(session: Session, county: str, subject_ids: Iterable[str], now: datetime) -> dict[str, list[Running]]:
    """``{subject id: its running clocks}``, what is due first first, in one query."""
    mine = Deadline.county_code == county, Deadline.met_at.is_(None), Deadline.subject_id.in_(sorted(set(subject_ids)))
    found: dict[str, list[Running]] = defaultdict(list)
    for row in session.scalars(select(Deadline).where(*mine).order_by(Deadline.due_at.is_(None), Deadline.due_at, Deadline.id)):
        found[row.subject_id].append(running_of(row, now))
    return dict(found)




def history(session: Session, county: str, subject_id: str) -> list[Deadline]:
    """Every clock there ever was of one subject, as they began."""
    mine = select(Deadline).where(Deadline.county_code == county, Deadline.subject_id == subject_id)
    return list(session.scalars(mine.order_by(Deadline.started_at, Deadline.id)))


def is_overdue(subject_id: Any, county: str, now: datetime) -> ColumnElement[bool]:
    """Whether a running clock of a subject is over, as a condition of another feature's list."""
    return exists().where(Deadline.county_code == county, Deadline.subject_id == subject_id, _over(now))


def _over(now: datetime) -> ColumnElement[bool]:
    return and_(Deadline.met_at.is_(None), Deadline.due_at < now)


def scope(actor: Actor) -> ColumnElement[bool]:
    """``may_see`` as a condition on deadlines, for officers of a region; a test holds the two together."""
    if actor.role in WORKERS or actor.role == DEPARTMENT:
        return false()
    return and_(Deadline.klass.in_(CLASSES[actor.role]), within(Deadline.village_code, actor.region))


def page(
    session: Session, actor: Actor, wanted: dict[str, Any], now: datetime, after: tuple[datetime, str] | None, size: int
) -> list[Deadline]:
    """Running clocks that have an end, the first to end first. ``wanted``: state, kind, subject; ``village`` is a prefix."""
    where = [Deadline.county_code == actor.county, scope(actor), Deadline.met_at.is_(None), Deadline.due_at.is_not(None)]
    where += [getattr(Deadline, name) == wanted[name] for name in ("kind", "subject") if wanted.get(name)]
    if state := wanted.get("state"):
        where.append(Deadline.due_at < now if state == OVERDUE else Deadline.due_at >= now)
    if village := wanted.get("village"):
        where.append(within(Deadline.village_code, village))
    if after:
        where.append(or_(Deadline.due_at > after[0], and_(Deadline.due_at == after[0], Deadline.id > after[1])))
    return list(session.scalars(select(Deadline).where(*where).order_by(Deadline.due_at, Deadline.id).limit(size)))


def counts(session: Session, actor: Actor, now: datetime, since: datetime | None = None) -> dict[str, dict[str, int]]:
    """``{kind: {met, late, running, overdue, unset}}`` in the actor's scope, of clocks begun at ``since`` or later. Each clock
    is counted once: ``met`` in time, ``late`` after it; ``unset``: nobody set a limit, answered or not."""
    unset, met, late = Deadline.due_at.is_(None), Deadline.met_at <= Deadline.due_at, Deadline.met_at > Deadline.due_at
    state = case((unset, "unset"), (met, "met"), (late, "late"), (Deadline.due_at < now, OVERDUE), else_="running")
    mine = [Deadline.county_code == actor.county, scope(actor)] + ([Deadline.started_at >= since] if since else [])
    found: dict[str, dict[str, int]] = {}
    for kind, name, number in session.execute(select(Deadline.kind, state, func.count()).where(*mine).group_by(Deadline.kind, state)):
        found.setdefault(kind, dict.fromkeys(("met", "late", "running", OVERDUE, "unset"), 0))[name] = number
    return found


def durations(session: Session, actor: Actor, since: datetime) -> list[tuple[str, datetime, datetime]]:
    """``(kind, started, met)`` of every step answered since then in the actor's scope."""
    mine = Deadline.county_code == actor.county, scope(actor), Deadline.met_at >= since
    rows = session.execute(select(Deadline.kind, Deadline.started_at, Deadline.met_at).where(*mine))
    return [(kind, began, met) for kind, began, met in rows]


def standing(session: Session, county: str, subject_ids: Iterable[str]) -> dict[str, dict[str, Deadline]]:
    """``{subject id: {kind: its running clock}}``, locked in the order of ids."""
    mine = Deadline.county_code == county, Deadline.subject_id.in_(sorted(set(subject_ids))), Deadline.met_at.is_(None)
    found: dict[str, dict[str, Deadline]] = defaultdict(dict)
    for row in session.scalars(kept(select(Deadline).where(*mine).order_by(by_sorting(Deadline.id)))):
        found[row.subject_id][row.kind] = row
    return found


def aid_first(session: Session, county: str, household_id: str, but: str, since: datetime) -> Deadline | None:
    """The household's clock of 先行救助 that runs for another subject, or that was answered after ``since``."""
    mine = Deadline.county_code == county, Deadline.household_id == household_id, Deadline.kind == AID_FIRST, Deadline.subject_id != but
    open_still = or_(Deadline.met_at.is_(None), Deadline.met_at >= since)
    found = select(Deadline).where(*mine, open_still).order_by(Deadline.met_at.is_not(None), Deadline.started_at)
    return session.scalar(kept(found.limit(1)))


def last_met(session: Session, county: str, subject_id: str, kind: str) -> Deadline | None:
    """The clock of this kind that was answered last, to be taken up again."""
    mine = Deadline.county_code == county, Deadline.subject_id == subject_id, Deadline.kind == kind
    newest = select(Deadline).where(*mine, Deadline.met_at.is_not(None)).order_by(Deadline.met_at.desc(), Deadline.id.desc())
    return session.scalar(kept(newest.limit(1)))


def untold(now: datetime) -> ColumnElement[bool]:
    """Over, and the county does not know yet; also where the answer came late before anybody looked."""
    late = or_(Deadline.met_at.is_(None), Deadline.met_at > Deadline.due_at)
    return and_(Deadline.escalated_at.is_(None), late, Deadline.due_at < now)


def overdue(session: Session, county: str, now: datetime, limit: int) -> list[tuple[str, str]]:
    """``(id, household id)`` of what is to go up, the longest overdue first. Read without a lock."""
    mine = select(Deadline.id, Deadline.household_id).where(Deadline.county_code == county, untold(now))
    return [(one, home) for one, home in session.execute(mine.order_by(Deadline.due_at, Deadline.id).limit(limit))]


def unsure(county: str, today: date) -> tuple[ColumnElement[bool], ...]:
    """Running, and to be worked out again today: provisional, or without a limit so far."""
    open_end = or_(Deadline.provisional, Deadline.due_at.is_(None))
    return (Deadline.county_code == county, Deadline.met_at.is_(None), Deadline.escalated_at.is_(None), open_end,
            Deadline.computed_on < today)  # fmt: skip


def anything_unsure(session: Session, county: str, today: date) -> bool:
    return session.scalar(select(Deadline.id).where(*unsure(county, today)).limit(1)) is not None


def to_compute(session: Session, county: str, today: date, limit: int) -> list[Deadline]:
    """A slice of them; what another process holds is left to it."""
    mine = select(Deadline).where(*unsure(county, today)).order_by(Deadline.computed_on, Deadline.id).limit(limit)
    return list(session.scalars(mine.with_for_update(skip_locked=True)))
