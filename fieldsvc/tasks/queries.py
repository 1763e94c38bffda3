"""Every SELECT of tasks."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from fieldsvc.households.models import Assignment, Task
from fieldsvc.kit.among import among
from fieldsvc.kit.clock import CHINA
from fieldsvc.visits.models import Visit

from .models import VisitSchedule
from .rules import ASK, OPEN, Asked


def in_a_caseload(session: Session, county: str, household_ids: Iterable[str]) -> set[str]:
    """Households somebody answers for: only there does a task find a worker."""
    wanted = select(Assignment.household_id).where(Assignment.county_code == county, Assignment.active)
    return set(session.scalars(wanted.where(among(session, Assignment.household_id, household_ids))))


def asked(session: Session, county: str, household_ids: Iterable[str]) -> dict[str, list[Asked]]:
    """``{household id: its question tasks}``, of each fact the open one or the last."""
    rows = session.execute(
        select(Task.household_id, Task.id, Task.about, Task.status, Task.closed_by, Task.done_at, Task.updated_at)
        .where(Task.county_code == county, Task.household_id.in_(sorted(household_ids)), Task.kind == ASK)
        .order_by(Task.updated_at, Task.id)
    )  # fmt: skip
    found: dict[str, dict[str, Asked]] = defaultdict(dict)
    for row in rows:
        by_hand = row.status != OPEN and row.closed_by is None
        ended = (row.done_at or row.updated_at).astimezone(CHINA).date() if by_hand else None
        old = found[row.household_id].get(row.about)
        if old is None or old.status != OPEN:
            found[row.household_id][row.about] = Asked(row.id, row.about, row.status, ended)
    return {household: list(each.values()) for household, each in found.items()}


def open_questions(session: Session, county: str, household_id: str) -> list[Task]:
    """What is to be asked in a household, what settles most first."""
    wanted = select(Task).where(Task.county_code == county, Task.household_id == household_id, Task.kind == ASK, Task.status == OPEN)
    return list(session.scalars(wanted.order_by(Task.priority.desc(), Task.id)))


def tasks(session: Session, county: str, ids: Iterable[str]) -> list[Task]:
    wanted = sorted(ids)
    return list(session.scalars(select(Task).where(Task.county_code == county, Task.id.in_(wanted)))) if wanted else []


def schedules(session: Session, county: str, household_ids: Iterable[str]) -> dict[str, list[VisitSchedule]]:
    rows = select(VisitSchedule).where(VisitSchedule.county_code == county, VisitSchedule.household_id.in_(sorted(household_ids)))
    found: dict[str, list[VisitSchedule]] = defaultdict(list)
    for row in session.scalars(rows):
        found[row.household_id].append(row)
    return found


def last_visits(
    session: Session, county: str, household_ids: Iterable[str], forms: Iterable[str]
) -> dict[tuple[str, str | None, str], datetime]:
    """``{(household, person or None, form): when such a visit was last observed}``."""
    rows = session.execute(
        select(Visit.household_id, Visit.person_id, Visit.form_id, func.max(Visit.observed_at))
        .where(Visit.county_code == county, Visit.household_id.in_(sorted(household_ids)), Visit.form_id.in_(sorted(forms)))
        .group_by(Visit.household_id, Visit.person_id, Visit.form_id)
    )  # fmt: skip
    return {(household, person, form): at for household, person, form, at in rows}


def falling_due(session: Session, county: str, until: date, limit: int) -> list[VisitSchedule]:
    """Schedules due by ``until`` that have no task yet, in households somebody answers for; the longest due first."""
    order = VisitSchedule.due_on, VisitSchedule.household_id, VisitSchedule.subject_id
    wanted = select(VisitSchedule).where(*_due(county, until)).order_by(*order).limit(limit)
    return list(session.scalars(wanted.with_for_update(skip_locked=True)))


def anything_due(session: Session, county: str, until: date) -> bool:
    """Asked in a read, so that an idle sweep takes no lock."""
    return session.scalar(select(VisitSchedule.household_id).where(*_due(county, until)).limit(1)) is not None


def _due(county: str, until: date) -> tuple[ColumnElement[bool], ...]:
    mine = Assignment.county_code == VisitSchedule.county_code, Assignment.household_id == VisitSchedule.household_id
    served = select(Assignment.household_id).where(*mine, Assignment.active).exists()
    return VisitSchedule.county_code == county, VisitSchedule.due_on <= until, VisitSchedule.task_id.is_(None), served


def open_about(session: Session, county: str, about: str, household_ids: Iterable[str]) -> set[str | None]:
    """Persons of these households of whom an open task already asks about this."""
    mine = Task.county_code == county, Task.household_id.in_(sorted(household_ids)), Task.about == about, Task.status == OPEN
    return set(session.scalars(select(Task.person_id).where(*mine)))
