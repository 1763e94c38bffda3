"""What a phone may write beside visits: which fields, and by which verbs. The registry's fields are read by the registry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.regions import in_region
from fieldsvc.feed.service import on_stamp
from fieldsvc.households import assignments, records, service
from fieldsvc.households.caseload import announce_record
from fieldsvc.households.fields import household_fields, person_fields
from fieldsvc.households.models import Household, Person, Task
from fieldsvc.kit import clock
from fieldsvc.kit.ids import is_id
from fieldsvc.kit.notify import household_changed
from fieldsvc.kit.site import Site
from fieldsvc.visits import scope
from fieldsvc.visits.rules import Unfit
from fieldsvc.visits.scope import Push, Waiting

from .columns import TASK, task_fields

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One table of a phone. ``read`` checks and shapes raw fields and ``differing`` names those of the shaped ones that
    would change the row; ``create`` and ``update`` take raw fields. ``fixed`` fields are set once. All raise ``Problem``."""

    model: Any
    columns: tuple[str, ...]
    fixed: frozenset[str]
    read: Callable[[Raw, str], dict[str, Any]]
    differing: Callable[[Site, Any, Raw], set[str]]
    create: Callable[[Session, Site, Push, str, Raw], Any]
    update: Callable[[Session, Site, Any, Raw], Any]


def _new_household(session: Session, site: Site, push: Push, household_id: str, raw: Raw) -> Household:
    village = household_fields(raw, site.county).get("village_code")
    if village and not in_region(village, push.actor.region):
        raise Unfit("foreign-region", "所填村（社区）不在您的责任区内，已转镇（街道）处理。")
    made = service.create_household(session, site.vault, site.county, raw, source="phone", author_id=push.actor.id,
                                    household_id=household_id)  # fmt: skip
    assignments.grant(session, site.county, push.actor.id, [household_id])
    return made


def _new_person(session: Session, site: Site, push: Push, person_id: str, raw: Raw) -> Person:
    home = raw.get("household_id")
    if not is_id(home):
        raise Unfit("bad-reference", "所属户的编号不是有效的 UUID。")
    if session.get(Household, (site.county, home)) is None:
        raise Waiting("households", str(home))
    scope.require_household(session, push, str(home))
    return service.create_person(session, site.vault, site.county, str(home), raw, source="phone",
                                 author_id=push.actor.id, person_id=person_id)  # fmt: skip


def _new_task(session: Session, site: Site, push: Push, task_id: str, raw: Raw) -> Task:
    values = {"title": "走访任务", "status": "open"} | {k: v for k, v in task_fields(raw).items() if v is not None}
    home = values.get("household_id")
    if home is not None:
        if session.get(Household, (site.county, home)) is None:
            raise Waiting("households", home)
        scope.require_household(session, push, home)
    made = Task(county_code=site.county, id=task_id, account_id=push.actor.id, kind="own", klass="general", versions={},
                updated_at=push.received_at, **values)  # fmt: skip
    session.add(made)
    session.flush()
    _tell(session, made)
    return made


def _update_task(session: Session, _site: Site, task: Task, raw: Raw) -> None:
    values = task_fields(raw)
    for name, value in values.items():
        setattr(task, name, value)
    if values:
        task.updated_at = clock.now()
        names = dict.fromkeys(values)
        on_stamp(session, lambda _, seq: setattr(task, "versions", (task.versions or {}) | dict.fromkeys(names, seq)))
        _tell(session, task)


def _tell(session: Session, task: Task) -> None:
    if task.household_id:
        announce_record(session, task.county_code, "tasks", task.id, task.household_id, task.klass)
        household_changed(session, task.county_code, {task.household_id})


def _task_differs(_site: Site, task: Task, values: Raw) -> set[str]:
    """A task's title and state cannot be emptied."""
    return {n for n, v in values.items() if getattr(task, n) != v and not (v is None and n in ("title", "status"))}


def _differing(site: Site, row: Household | Person, values: Raw) -> set[str]:
    return records.differing(site.vault, row, values)


KINDS = {
    "households": Kind(
        Household, ("name", "village_code", "address", "area", "phone"), frozenset({"village_code"}), household_fields,
        _differing, _new_household,
        lambda session, site, row, raw: service.update_household(session, site.vault, row, raw)),
    "persons": Kind(
        Person, ("household_id", "name", "sex", "birth_date", "relation", "id_number", "phone"), frozenset({"household_id"}),
        lambda raw, _county: person_fields(raw, clock.today()), _differing, _new_person,
        lambda session, site, row, raw: service.update_person(session, site.vault, row, raw)),
    "tasks": Kind(
        Task, tuple(TASK), frozenset({"household_id", "person_id"}), lambda raw, _county: task_fields(raw), _task_differs,
        _new_task, _update_task),
}  # fmt: skip
