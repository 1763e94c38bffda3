"""Every SELECT of conferences."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.emergency.models import Emergency
from fieldsvc.emergency.queries import visible as visible_case
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.rows import within

from .models import Conference
from .rules import COUNTY_LEVEL


def of(session: Session, county: str, emergency_ids: Iterable[str]) -> list[Conference]:
    """Conferences of these cases, as they were called."""
    mine = Conference.county_code == county, Conference.emergency_id.in_(sorted(set(emergency_ids)))
    return list(session.scalars(select(Conference).where(*mine).order_by(Conference.asked_at, Conference.id)))


def visible(session: Session, actor: Actor, conference_id: str, lock: bool = False) -> Conference:
    """The conference on a case that is the actor's to see. Problem 404."""
    found = session.get(Conference, (actor.county, conference_id), with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise not_found()
    visible_case(session, actor, found.emergency_id)
    return found


def sent_up() -> ColumnElement[bool]:
    """As a condition on emergencies: before the county, and not settled yet."""
    return exists().where(
        Conference.county_code == Emergency.county_code, Conference.emergency_id == Emergency.id,
        Conference.level == COUNTY_LEVEL, Conference.result.is_(None),
    )  # fmt: skip


def waiting(session: Session, actor: Actor) -> int:
    """How many cases of the actor's region wait for the county."""
    mine = Emergency.county_code == actor.county, within(Emergency.village_code, actor.region)
    return session.scalar(select(func.count()).select_from(Emergency).where(*mine, sent_up())) or 0
