"""Meetings (一事一议): joint studies as they stand on the alerts, with their tasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, select
from sqlalchemy.orm import Session, aliased

from fieldsvc.accounts.queries import names, region_names
from fieldsvc.accounts.rules import Actor
from fieldsvc.alerts.models import Alert, Disposal
from fieldsvc.alerts.queries import scope
from fieldsvc.alerts.rules import JOINT_STUDY
from fieldsvc.households.models import Task
from fieldsvc.households.queries import household_names, person_names
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.rows import within

STATES = {"open": "办理中", "done": "已完成", "cancelled": "已取消"}


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting, named. ``tasks`` as (what, who, by when, state); ``undone``: taken back later."""

    row: Disposal
    alert: Row[Any]
    household: str
    person: str
    village: str
    chair: str
    tasks: list[tuple[str, str, str, str]]
    undone: bool

    @property
    def open_tasks(self) -> int:
        return sum(state == "open" for *_, state in self.tasks)


def page(session: Session, actor: Actor, wanted: Mapping[str, Any], first: int, size: int) -> list[Meeting]:
    """Meetings of the actor's scope, the newest first."""
    found = _select().where(*_where(session, actor, wanted)).order_by(Disposal.at.desc(), Disposal.id)
    return _named(session, actor.county, list(session.execute(found.offset(first).limit(size))))


def total(session: Session, actor: Actor, wanted: Mapping[str, Any]) -> int:
    counted = select(func.count()).select_from(Disposal).join(Alert, _of()).where(*_where(session, actor, wanted))
    return session.scalar(counted) or 0


def one(session: Session, actor: Actor, meeting_id: str) -> Meeting:
    """Problem 404 for another's as for none."""
    found = session.execute(_select().where(*_where(session, actor, {}), Disposal.id == meeting_id)).all()
    if not found:
        raise not_found()
    return _named(session, actor.county, list(found))[0]


def _select() -> Any:
    later = aliased(Disposal)
    undone = exists().where(later.county_code == Disposal.county_code, later.alert_id == Disposal.alert_id, later.undoes == Disposal.id)
    about = Alert.title, Alert.village_code, Alert.household_id, Alert.person_id, Alert.klass
    return select(Disposal, *about, undone.label("undone")).join(Alert, _of())


def _of() -> ColumnElement[bool]:
    return (Alert.county_code == Disposal.county_code) & (Alert.id == Disposal.alert_id)


def _where(session: Session, actor: Actor, wanted: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    found = [Disposal.county_code == actor.county, Disposal.kind == JOINT_STUDY, scope(session, actor)]
    if village := wanted.get("village"):
        found.append(within(Alert.village_code, village))
    return found


def _named(session: Session, county: str, rows: list[Row[Any]]) -> list[Meeting]:
    homes = household_names(session, county, {row.household_id for row in rows})
    people = person_names(session, county, {row.person_id for row in rows if row.person_id})
    places = region_names(session, county, {row.village_code for row in rows})
    given = [task for row in rows for task in row.Disposal.detail.get("tasks", ())]
    states = _states(session, county, [task["id"] for task in given])
    accounts = names(session, county, {row.Disposal.actor_id for row in rows} | {t["account"] for t in given if t["account"]})
    return [Meeting(
        row.Disposal, row, homes.get(row.household_id, ""), people.get(row.person_id or "", ""), places.get(row.village_code, ""),
        accounts.get(row.Disposal.actor_id, ""),
        [(t["title"], accounts.get(t["account"] or 0, ""), t["due_on"] or "", states.get(t["id"], "open"))
         for t in row.Disposal.detail.get("tasks", ())], row.undone,
    ) for row in rows]  # fmt: skip


def _states(session: Session, county: str, ids: list[str]) -> dict[str, str]:
    """How the tasks stand; in parts, for a file of many."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), 2_000):
        part = select(Task.id, Task.status).where(Task.county_code == county, Task.id.in_(ids[start : start + 2_000]))
        found |= {task: status for task, status in session.execute(part)}
    return found
