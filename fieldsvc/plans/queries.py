"""Every SELECT of plans."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, select, tuple_
from sqlalchemy.orm import Session

from fieldsvc.accounts.queries import caseload_accounts
from fieldsvc.accounts.rules import CLASSES, DEPARTMENT, WORKERS, Actor, Item, may_see
from fieldsvc.facts.models import FactRow
from fieldsvc.households.models import Assignment
from fieldsvc.households.queries import in_caseload
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.rows import within
from fieldsvc.tasks.models import VisitSchedule

from .models import Plan, PlanEntry
from .rules import ENDED

FILTERS = ("item", "state", "aid", "household_id", "person_id")


def scope(session: Session, actor: Actor) -> ColumnElement[bool]:
    """``may_see`` as a condition on plans; a test holds the two together."""
    seen = Plan.klass.in_(CLASSES[actor.role])
    if actor.role in WORKERS:
        return and_(seen, exists().where(
            Assignment.county_code == Plan.county_code, Assignment.household_id == Plan.household_id,
            Assignment.account_id.in_(caseload_accounts(session, actor)), Assignment.active,
        ))  # fmt: skip
    if actor.role == DEPARTMENT:
        return false()
    return and_(seen, within(Plan.village_code, actor.region))


def page(session: Session, actor: Actor, asked: Mapping[str, Any], after: tuple[datetime, str] | None) -> list[Plan]:
    """Newest first, of those the actor may see."""
    wanted = [Plan.county_code == actor.county, scope(session, actor)]
    wanted += [getattr(Plan, name) == str(asked[name]) for name in FILTERS if asked.get(name)]
    if after:
        wanted.append(tuple_(Plan.opened_at, Plan.id) < after)
    newest = select(Plan).where(*wanted).order_by(Plan.opened_at.desc(), Plan.id.desc())
    return list(session.scalars(newest.limit(asked["limit"])))


def visible(session: Session, actor: Actor, plan_id: str, lock: bool = False) -> Plan:
    """The plan, when the actor may see it; foreign and missing give the same 404."""
    found = session.get(Plan, (actor.county, plan_id), with_for_update=lock or None, populate_existing=lock)
    if found is None or not may_see(actor, item_of(session, actor, found)):
        raise not_found()
    return found


def item_of(session: Session, actor: Actor, found: Plan) -> Item:
    return Item(found.village_code, found.klass, assigned=bool(in_caseload(session, actor, [found.household_id])))


def standing(session: Session, county: str, household_id: str, person_id: str | None, item: str) -> str | None:
    """The id of the same item for the same person or household that has not ended."""
    who = Plan.person_id == person_id if person_id else Plan.person_id.is_(None)
    mine = Plan.county_code == county, Plan.household_id == household_id, Plan.item == item, Plan.state != ENDED, who
    return session.scalar(select(Plan.id).where(*mine).limit(1))


def of_household(session: Session, actor: Actor, household_id: str) -> list[Plan]:
    mine = Plan.county_code == actor.county, Plan.household_id == household_id, Plan.klass.in_(CLASSES[actor.role])
    return list(session.scalars(select(Plan).where(*mine).order_by(Plan.opened_at, Plan.id)))


def entries(session: Session, county: str, plan_ids: Iterable[str]) -> dict[str, list[PlanEntry]]:
    mine = PlanEntry.county_code == county, PlanEntry.plan_id.in_(sorted(plan_ids))
    found: dict[str, list[PlanEntry]] = defaultdict(list)
    for row in session.scalars(select(PlanEntry).where(*mine).order_by(PlanEntry.plan_id, PlanEntry.n)):
        found[row.plan_id].append(row)
    return found


def last_entry(session: Session, county: str, plan_id: str) -> int:
    mine = PlanEntry.county_code == county, PlanEntry.plan_id == plan_id
    return session.scalar(select(func.max(PlanEntry.n)).where(*mine)) or 0


def told(session: Session, plan: Plan, fact: str) -> list[FactRow]:
    """What visits told of a fact of the plan's subject, as they were observed."""
    subject = plan.person_id or plan.household_id
    mine = FactRow.county_code == plan.county_code, FactRow.subject_id == subject, FactRow.name == fact, FactRow.source_kind == "visit"
    return list(session.scalars(select(FactRow).where(*mine).order_by(FactRow.as_of, FactRow.n)))


def coming_visits(session: Session, actor: Actor, household_id: str) -> list[VisitSchedule]:
    """Schedules of the household that the actor's role may know of, what is due first first."""
    mine = VisitSchedule.county_code == actor.county, VisitSchedule.household_id == household_id
    rows = session.scalars(select(VisitSchedule).where(*mine).order_by(VisitSchedule.due_on))
    return [row for row in rows if row.klass in CLASSES[actor.role]]
