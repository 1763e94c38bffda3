"""Verbs of deadlines: keep a matter's clocks in step with its state, take an answer back, send what is overdue to the county."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldsvc.aidchain.service import News, append_many, hold_standing
from fieldsvc.households.caseload import announce_records
from fieldsvc.kit import clock
from fieldsvc.kit.ids import new_id

from . import queries
from .models import Deadline
from .rules import AID_FIRST, EMERGENCY, KINDS, Clock, Limits, Matter, source_text
from .views import STATES, running_of

SYSTEM = "系统"
NEVER = date(1970, 1, 1)
"""``computed_on`` of a clock that was begun where the limits were not at hand: the worker's next look works it out."""
FEEDS = {"alert": "alerts", "referral": "referrals"}
"""Subjects that phones hold as records of their own."""


def turn(session: Session, county: str, matters: Iterable[Matter], limits: Limits | None = None) -> None:
    """Bring the clocks of matters in step with their state: what is awaited now starts to run, what no longer is has been
    answered. A clock that runs already keeps its start, and takes on the matter's present village, class and severity.

    Call it last in a verb, after the aid chain. Without ``limits`` the worker works the ends out a moment later.
    """
    wanted = {matter.id: matter for matter in matters}
    standing = queries.standing(session, county, wanted) if wanted else {}
    for key, matter in sorted(wanted.items()):
        running, matter = standing.get(key, {}), _once(session, county, matter)
        awaited = {each.kind: each for each in matter.clocks}
        for kind, row in running.items():
            if kind in awaited:
                _follow(row, matter, awaited[kind], limits)
            elif kind not in matter.keeps:
                row.met_at = clock.now()
        session.add_all(_begun(county, matter, each, limits) for kind, each in awaited.items() if kind not in running)


def _once(session: Session, county: str, matter: Matter) -> Matter:
    """先行救助 is owed to a household once, by whatever it was found: a case takes the clock of an alert over, an alert begins
    none beside another's, nor after aid was given."""
    asked = [each for each in matter.clocks if each.kind == AID_FIRST]
    other = queries.aid_first(session, county, matter.household_id, matter.id, asked[0].since) if asked else None
    if other is None:
        return matter
    if matter.subject == EMERGENCY and other.met_at is None:
        other.subject, other.subject_id = matter.subject, matter.id
        session.flush()
    return replace(matter, clocks=tuple(each for each in matter.clocks if each.kind != AID_FIRST), keeps=matter.keeps | {AID_FIRST})


def take_back(session: Session, county: str, matter: Matter, limits: Limits | None = None) -> None:
    """A step was undone: the clocks it had answered run again from their old start, those it had begun are gone, unless
    the county knows of them."""
    running = queries.standing(session, county, [matter.id]).get(matter.id, {})
    awaited = {each.kind for each in matter.clocks} | matter.keeps
    for kind, row in running.items():
        if kind not in awaited and row.escalated_at is None:
            session.delete(row)
        elif kind not in awaited:
            row.met_at = clock.now()
    session.flush()
    for kind in sorted(awaited - running.keys()):
        row = queries.last_met(session, county, matter.id, kind)
        if row is not None:
            row.met_at = None
    session.flush()
    turn(session, county, [matter], limits)


def _begun(county: str, matter: Matter, begun: Clock, limits: Limits | None) -> Deadline:
    row = Deadline(county_code=county, id=new_id(), subject=matter.subject, subject_id=matter.id, household_id=matter.household_id,
                   village_code=matter.village_code, klass=matter.klass, kind=begun.kind, variant=begun.variant,
                   started_at=begun.since, due_at=None, provisional=False, source=None, computed_on=NEVER)  # fmt: skip
    if limits is not None:
        compute(row, limits)
    return row


def _follow(row: Deadline, matter: Matter, now: Clock, limits: Limits | None) -> None:
    row.household_id, row.village_code, row.klass = matter.household_id, matter.village_code, matter.klass
    if row.variant != now.variant and row.escalated_at is None:
        row.variant, row.computed_on = now.variant, NEVER
        if limits is not None:
            compute(row, limits)
        else:
            row.due_at, row.source = None, None


def compute(row: Deadline, limits: Limits) -> None:
    """Work out a clock's end from the limits in force on the day it began."""
    length, row.due_at, row.provisional = limits.due(Clock(row.kind, clock.aware(row.started_at), row.variant))
    row.source, row.computed_on = length.source if length else None, clock.today()


def compute_again(session: Session, county: str, limits: Limits, size: int) -> int:
    """A slice of the running clocks that are provisional or without a limit, once a day; returns how many."""
    rows = queries.to_compute(session, county, clock.today(), size)
    for row in rows:
        compute(row, limits)
    return len(rows)


def escalate(session: Session, county: str, found: Iterable[tuple[str, str]]) -> int:
    """Send overdue clocks up to the county, given as ``(id, household id)``; those another process has taken, or that were
    answered in time meanwhile, are left out. Returns how many went up: each goes once.

    The chains' heads come first, because every decision holds its head when it comes to its clocks.
    """
    ids = dict(found)
    hold_standing(session, county, ids.values())
    now = clock.now()
    mine = select(Deadline.id).where(Deadline.county_code == county, Deadline.id.in_(sorted(ids)), queries.untold(now))
    taken = session.scalars(mine.order_by(Deadline.id).with_for_update(skip_locked=True)).all()
    claimed = update(Deadline).where(Deadline.county_code == county, Deadline.id.in_(taken), Deadline.escalated_at.is_(None))
    rows = session.scalars(claimed.values(escalated_at=now).returning(Deadline)).all() if taken else ()
    told = sorted(rows, key=lambda row: (row.due_at, row.id))
    append_many(session, county, [_news(row) for row in told])
    announce_records(session, county, [
        (FEEDS[row.subject], row.subject_id, row.household_id, row.klass) for row in told if row.subject in FEEDS
    ])  # fmt: skip
    return len(told)


def _news(row: Deadline) -> News:
    """What the aid chain is told: which step, how long it had, who says so; the county is to see to it (督办)."""
    seen = running_of(row, clock.now())
    content = {row.subject: row.subject_id, "step": KINDS[row.kind], "state": STATES[seen.state], "level": "county",
               "started_at": clock.show(row.started_at), "due_at": clock.show(row.due_at), "limit": source_text(row.source)}  # fmt: skip
    return News(row.household_id, "deadline_overdue", SYSTEM, content, klass=row.klass)
