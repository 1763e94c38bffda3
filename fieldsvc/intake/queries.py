"""Every SELECT of intake."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import AUDITOR, COUNTY, GENERAL, TOWNSHIP, WORKERS, Actor
from fieldsvc.households.models import Task
from fieldsvc.kit.rows import the_one, within
from fieldsvc.visits.models import Visit

from .models import Report


def scope(actor: Actor) -> ColumnElement[bool]:
    """``may_see`` on reports: an officer's region; everybody else what they reported themselves."""
    if actor.role in (TOWNSHIP, COUNTY, AUDITOR):
        return within(Report.village_code, actor.region)
    return Report.author_id == actor.id


def page(session: Session, actor: Actor, state: str | None, channel: str | None, first: int, size: int) -> list[Report]:
    """Open ones first found, the oldest finding first; answered ones last answered first."""
    where = [Report.county_code == actor.county, scope(actor)]
    where += [Report.state == state] if state else []
    where += [Report.channel == channel] if channel else []
    order = (Report.reviewed_at.desc(), Report.found_at, Report.id) if state == "done" else (Report.found_at, Report.id)
    return list(session.scalars(select(Report).where(*where).order_by(*order).offset(first).limit(size)))


def counts(session: Session, actor: Actor) -> dict[tuple[str, str], int]:
    """``{(state, channel): number}``."""
    found = select(Report.state, Report.channel, func.count()).where(Report.county_code == actor.county, scope(actor))
    return {(state, channel): n for state, channel, n in session.execute(found.group_by(Report.state, Report.channel))}


def visible(session: Session, actor: Actor, report_id: str, lock: bool = False) -> Report:
    """The report, when the actor may see it; foreign and missing give the same 404."""
    wanted = select(Report).where(Report.county_code == actor.county, Report.id == report_id, scope(actor))
    return the_one(session, wanted, lock)


def by_source(session: Session, county: str, source: str, source_id: str) -> Report | None:
    same = Report.county_code == county, Report.source == source, Report.source_id == source_id
    return session.scalar(select(Report).where(*same))


def workers_at(session: Session, county: str, village: str) -> list[Account]:
    """Who may be sent to a village: its workers, and those of its township."""
    near = Account.region.in_([village, village[:9]])
    mine = Account.county_code == county, Account.active, Account.role.in_(sorted(WORKERS))
    return list(session.scalars(select(Account).where(*mine, near).order_by(Account.region.desc(), Account.id)))


def visits_since(session: Session, county: str, household_id: str, since: datetime) -> list[Visit]:
    """Visits of a household made after it was reported, of the class everybody may know of."""
    mine = Visit.county_code == county, Visit.household_id == household_id, Visit.klass == GENERAL
    return list(session.scalars(select(Visit).where(*mine, Visit.observed_at >= since).order_by(Visit.observed_at)))


def done_tasks(session: Session, county: str, ids: Iterable[str]) -> dict[str, datetime]:
    """``{task id: when it was done}``."""
    wanted = Task.county_code == county, Task.id.in_(sorted(ids)), Task.done_at.is_not(None)
    return {task: at for task, at in session.execute(select(Task.id, Task.done_at).where(*wanted)).tuples() if at}


def sent_to(session: Session, county: str, task_id: str | None) -> int | None:
    """The worker who was sent, as an account number."""
    task = session.get(Task, (county, task_id)) if task_id else None
    return task.account_id if task else None


def may_report(actor: Actor, village: str) -> bool:
    """Whether what happens in a village is the actor's to report: anybody's own area."""
    return len(village) == 12 and village.startswith(actor.region)
