"""Every SELECT of checking."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, DEPARTMENT, GENERAL, WORKERS, Actor, Item, may_see
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.rows import within

from .models import Authorisation, Check, Choice
from .rules import ANSWERED


def item_of(actor: Actor, found: Any) -> Item:
    """A department sees what it asked for itself; workers see no reports."""
    department = getattr(found, "department", None)
    return Item(found.village_code, referred=bool(department) and department == actor.department)


def scope(actor: Actor) -> ColumnElement[bool]:
    """``may_see`` as a condition on checks; a test holds the two together."""
    if GENERAL not in CLASSES[actor.role] or actor.role in WORKERS:
        return false()
    if actor.role == DEPARTMENT:
        return and_(Check.department == (actor.department or ""), Check.department.is_not(None))
    return within(Check.village_code, actor.region)


def visible(session: Session, actor: Actor, check_id: str, lock: bool = False) -> Check:
    """The check, when the actor may see it; foreign and missing give the same 404."""
    found = session.get(Check, (actor.county, check_id), with_for_update=lock or None, populate_existing=lock)
    if found is None or not may_see(actor, item_of(actor, found)):
        raise not_found()
    return found


def authorisation(session: Session, actor: Actor, authorisation_id: str) -> Authorisation:
    """To be withdrawn. Problem 404."""
    found = session.get(Authorisation, (actor.county, authorisation_id), with_for_update=True)
    if found is None or not may_see(actor, item_of(actor, found)):
        raise not_found()
    return found


def authorisations(session: Session, county: str, household_id: str) -> list[Authorisation]:
    mine = Authorisation.county_code == county, Authorisation.household_id == household_id
    return list(
        session.scalars(select(Authorisation).where(*mine).order_by(Authorisation.valid_until.desc(), Authorisation.id))
    )


def of_person(session: Session, county: str, person_id: str) -> list[Authorisation]:
    mine = Authorisation.county_code == county, Authorisation.person_id == person_id
    return list(
        session.scalars(select(Authorisation).where(*mine).order_by(Authorisation.valid_until.desc(), Authorisation.id))
    )


def page(
    session: Session, actor: Actor, state: str | None, household_id: str | None, first: int, size: int
) -> tuple[list[Check], int]:
    """The newest first, and how many there are."""
    where = [Check.county_code == actor.county, scope(actor)]
    where += [Check.state == state] if state else []
    where += [Check.household_id == household_id] if household_id else []
    newest = select(Check).where(*where).order_by(Check.requested_at.desc(), Check.id).offset(first).limit(size)
    return list(session.scalars(newest)), session.scalar(select(func.count()).select_from(Check).where(*where)) or 0


def answered(session: Session, county: str, household_id: str) -> list[Check]:
    mine = Check.county_code == county, Check.household_id == household_id, Check.state == ANSWERED
    return list(session.scalars(select(Check).where(*mine).order_by(Check.answered_at.desc(), Check.id)))


def choices(session: Session, county: str, check_ids: Iterable[str]) -> dict[tuple[str, str], Choice]:
    """``{(check id, fact): choice}``."""
    mine = Choice.county_code == county, Choice.check_id.in_(sorted(set(check_ids)))
    return {(one.check_id, one.fact): one for one in session.scalars(select(Choice).where(*mine))}
