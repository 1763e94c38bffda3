"""Every SELECT of emergencies."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor, Item, may_see
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.rows import counted, within
from fieldsvc.tasks.models import VisitSchedule
from fieldsvc.visits.models import Visit

from .models import Emergency, Payment
from .rules import CLOSED

FILTERS = ("state", "kind", "cause", "household_id", "event")


def visible(session: Session, actor: Actor, emergency_id: str, lock: bool = False) -> Emergency:
    """The case, when its village is the actor's to see. Problem 404."""
    found = session.get(Emergency, (actor.county, emergency_id), with_for_update=lock or None, populate_existing=lock)
    if found is None or not may_see(actor, Item(found.village_code)):
        raise not_found()
    return found


def page(session: Session, actor: Actor, asked: Mapping[str, Any], after: tuple[datetime, str] | None) -> list[Emergency]:
    """Newest first, of the actor's region."""
    wanted = [Emergency.county_code == actor.county, within(Emergency.village_code, actor.region)]
    wanted += [getattr(Emergency, name) == str(asked[name]) for name in FILTERS if asked.get(name)]
    if after:
        wanted.append(tuple_(Emergency.opened_at, Emergency.id) < after)
    newest = select(Emergency).where(*wanted).order_by(Emergency.opened_at.desc(), Emergency.id.desc())
    return list(session.scalars(newest.limit(asked["limit"])))


def standing(session: Session, county: str, household_id: str) -> str | None:
    """The id of the household's case that is not closed."""
    mine = Emergency.county_code == county, Emergency.household_id == household_id, Emergency.state != CLOSED
    return session.scalar(select(Emergency.id).where(*mine).limit(1))


def payments(session: Session, case: Emergency) -> list[Payment]:
    mine = Payment.county_code == case.county_code, Payment.emergency_id == case.id
    return list(session.scalars(select(Payment).where(*mine).order_by(Payment.n)))


def last_visit(session: Session, case: Emergency) -> datetime | None:
    mine = Visit.county_code == case.county_code, Visit.household_id == case.household_id
    return session.scalar(select(func.max(Visit.observed_at)).where(*mine))


def next_look(session: Session, county: str, household_ids: list[str], rule: str) -> dict[str, Any]:
    """``{household: when it is to be looked at next}``."""
    mine = VisitSchedule.county_code == county, VisitSchedule.household_id.in_(household_ids), VisitSchedule.rule_id == rule
    return {home: due for home, due in session.execute(select(VisitSchedule.household_id, VisitSchedule.due_on).where(*mine))}


def counts(session: Session, actor: Actor) -> dict[str, dict[str, int]]:
    """Cases of the actor's region by state, kind, cause and event."""
    mine = Emergency.county_code == actor.county, within(Emergency.village_code, actor.region)
    columns = {name: getattr(Emergency, name) for name in ("state", "kind", "cause", "event")}
    return {f"by_{name}": counted(session, column, *mine, column.is_not(None)) for name, column in columns.items()}
