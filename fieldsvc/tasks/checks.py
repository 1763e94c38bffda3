"""调查核实 on the spot: an alert whose rule names a form becomes a task for the household's workers; their visit answers it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.rules import CLOSED
from fieldsvc.households.caseload import announce_records
from fieldsvc.households.models import Task
from fieldsvc.kit import clock
from fieldsvc.kit.ids import new_id
from fieldsvc.visits.models import Visit

from .rules import CANCELLED, CHECK, DONE, OPEN

ENGINE = "engine"


def keep_checks(
    session: Session, county: str, household_ids: Iterable[str], raised: set[str], forms: Mapping[str, str]
) -> None:  # fmt: skip
    """Bring the check tasks of these households in step with their alerts. ``forms`` = {rule id: form id}; ``raised``: households
    for which such a rule holds now. Of the others only those with an open task are looked at.

    One task for an alert that waits to be looked into; done by a visit with the form since the alert was opened, needless once
    the alert is closed. What a worker closed by hand is not asked again of the same alert.
    """
    standing = {task.about: task for task in _tasks(session, county, sorted(household_ids))}
    ids = sorted(raised | {str(task.household_id) for task in standing.values()})
    alerts = {a.id: a for a in _alerts(session, county, ids, forms)} if ids else {}
    given = _given(session, county, ids) if alerts else {}
    waiting = [a for key, a in alerts.items() if a.status != CLOSED and not _asked(a, given.get(key))]
    changed = [_task(a, forms[a.rule_id]) for a in waiting if not answered(session, a, forms[a.rule_id])]
    session.add_all(changed)
    for about, task in standing.items():
        alert = alerts.get(str(about))
        if alert is not None and answered(session, alert, str(task.form_id)):
            changed.append(_over(task, DONE))
        elif alert is None or alert.status == CLOSED:
            changed.append(_over(task, CANCELLED))
    announce_records(session, county, [("tasks", t.id, str(t.household_id), t.klass) for t in changed])


def _asked(alert: Alert, last: datetime | None) -> bool:
    return last is not None and clock.aware(last) >= clock.aware(alert.opened_at)


def _given(session: Session, county: str, ids: list[str]) -> dict[str | None, datetime]:
    """``{alert id: when its last check task was touched}``."""
    mine = Task.county_code == county, Task.household_id.in_(ids), Task.kind == CHECK
    return {about: at for about, at in session.execute(select(Task.about, func.max(Task.updated_at)).where(*mine).group_by(Task.about))}


def answered(session: Session, alert: Alert, form: str) -> bool:
    """Whether somebody visited with the form since the alert was opened; of a person, the person."""
    mine = [Visit.county_code == alert.county_code, Visit.household_id == alert.household_id, Visit.form_id == form,
            Visit.observed_at > alert.opened_at]  # fmt: skip
    if alert.person_id:
        mine.append((Visit.person_id == alert.person_id) | Visit.person_id.is_(None))
    return bool(session.scalar(select(exists().where(*mine))))


def _alerts(session: Session, county: str, ids: list[str], forms: Mapping[str, str]) -> list[Alert]:
    mine = Alert.county_code == county, Alert.household_id.in_(ids), Alert.rule_id.in_(sorted(forms))
    return list(session.scalars(select(Alert).where(*mine)))


def _tasks(session: Session, county: str, ids: list[str]) -> list[Task]:
    mine = Task.county_code == county, Task.household_id.in_(ids), Task.kind == CHECK, Task.status == OPEN
    return list(session.scalars(select(Task).where(*mine))) if ids else []


def _task(alert: Alert, form: str) -> Task:
    return Task(
        county_code=alert.county_code, id=new_id(), household_id=alert.household_id, person_id=alert.person_id, account_id=None,
        kind=CHECK, title=f"核查：{alert.title}"[:120], detail=alert.message, due_on=None, status=OPEN, klass=alert.klass,
        about=alert.id, form_id=form, questions=[], priority=None, versions={}, updated_at=clock.now(),
    )  # fmt: skip


def _over(task: Task, status: str) -> Task:
    task.status, task.closed_by, task.done_at, task.updated_at = status, ENGINE, clock.now(), clock.now()
    return task
