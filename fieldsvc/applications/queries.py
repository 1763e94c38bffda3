"""Every SELECT of applications."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor, Item, may_see
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.rows import within

from .models import Application, ApplicationEvent
from .rules import OPEN


def visible(session: Session, actor: Actor, application_id: str, lock: bool = False) -> Application:
    """The application, when its village is the actor's to see. Problem 404."""
    found = session.get(Application, (actor.county, application_id), with_for_update=lock or None, populate_existing=lock)
    if found is None or not may_see(actor, Item(found.village_code)):
        raise not_found()
    return found


def standing(session: Session, county: str, household_id: str, person_id: str | None) -> str | None:
    """The id of the open application of the household or person."""
    who = Application.person_id == person_id if person_id else Application.person_id.is_(None)
    mine = Application.county_code == county, Application.household_id == household_id, Application.state == OPEN, who
    return session.scalar(select(Application.id).where(*mine))


def page(session: Session, actor: Actor, asked: Mapping[str, Any], after: tuple[datetime, str] | None) -> list[Application]:
    """Newest first, of the actor's region."""
    wanted = [Application.county_code == actor.county, within(Application.village_code, actor.region)]
    wanted += [getattr(Application, name) == str(asked[name]) for name in ("state", "household_id") if asked.get(name)]
    if after:
        wanted.append(tuple_(Application.opened_at, Application.id) < after)
    order = Application.opened_at.desc(), Application.id.desc()
    return list(session.scalars(select(Application).where(*wanted).order_by(*order).limit(asked["limit"])))


def events(session: Session, county: str, application_id: str) -> list[ApplicationEvent]:
    mine = ApplicationEvent.county_code == county, ApplicationEvent.application_id == application_id
    return list(session.scalars(select(ApplicationEvent).where(*mine).order_by(ApplicationEvent.n)))


def last_event(session: Session, county: str, application_id: str) -> int:
    mine = ApplicationEvent.county_code == county, ApplicationEvent.application_id == application_id
    return session.scalar(select(func.max(ApplicationEvent.n)).where(*mine)) or 0
