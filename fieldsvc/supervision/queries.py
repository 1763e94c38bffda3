"""Every SELECT of supervision but of sums."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, Actor
from fieldsvc.deadlines.models import Deadline
from fieldsvc.deadlines.rules import REFERRAL
from fieldsvc.households.models import Household, Person
from fieldsvc.kit.rows import within
from fieldsvc.referrals.models import Referral
from fieldsvc.visits.models import Visit

from .models import Draw, DrawnCase

AIDED = ("dibao", "tekun", "dibao_margin", "rigid_expense")


def pool(session: Session, actor: Actor, region: str, tier: str | None) -> list[tuple[str, str]]:
    """``(household id, village)`` of the households aided in a region, by id, so that a draw can be repeated."""
    own = (Person.county_code == Household.county_code) & (Person.household_id == Household.id)
    tiers = [tier] if tier else list(AIDED)
    aided = Household.tier.in_(tiers) | select(Person.id).where(own, Person.tier.in_(tiers)).exists()
    here = (within(Household.village_code, prefix) for prefix in (region, actor.region))
    found = select(Household.id, Household.village_code).where(Household.county_code == actor.county, *here, aided)
    return [(home, village) for home, village in session.execute(found.order_by(Household.id))]


def draws(session: Session, actor: Actor, most: int) -> list[tuple[Draw, int, int]]:
    """``(draw, visited back, something found)``, the newest first; a township sees those of its own."""
    same = and_(DrawnCase.county_code == Draw.county_code, DrawnCase.draw_id == Draw.id)
    counts = func.count(DrawnCase.result), func.sum(case((DrawnCase.result == "wrong", 1), else_=0))
    mine = Draw.county_code == actor.county, within(Draw.region, actor.region)
    found = select(Draw, *counts).join(DrawnCase, same).where(*mine).group_by(Draw.county_code, Draw.id)
    return [
        (draw, done, wrong or 0) for draw, done, wrong in session.execute(found.order_by(Draw.at.desc()).limit(most))
    ]


def draw(session: Session, actor: Actor, draw_id: str) -> Draw | None:
    found = session.get(Draw, (actor.county, draw_id))
    return found if found and found.region.startswith(actor.region) else None


def cases(session: Session, county: str, draw_id: str) -> list[DrawnCase]:
    mine = select(DrawnCase).where(DrawnCase.county_code == county, DrawnCase.draw_id == draw_id)
    return list(session.scalars(mine.order_by(DrawnCase.place)))


def _answers() -> list[ColumnElement[int]]:
    """In time, late, and not answered although it was due."""
    met = case((Deadline.met_at <= Deadline.due_at, 1), else_=0)
    late = case((Deadline.met_at > Deadline.due_at, 1), else_=0)
    open_still = case((Deadline.met_at.is_(None), 1), else_=0)
    return [func.sum(met), func.sum(late), func.sum(open_still)]


def _begun(actor: Actor, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    here = within(Deadline.village_code, actor.region)
    limits = Deadline.due_at.is_not(None), Deadline.due_at < until, Deadline.due_at >= since
    return [Deadline.county_code == actor.county, here, Deadline.klass.in_(CLASSES[actor.role]), *limits]


def by_township(session: Session, actor: Actor, since: datetime, until: datetime) -> dict[str, tuple[int, int, int]]:
    """``{township: (in time, late, open)}`` of the townships' own steps whose day lay in the period."""
    town = func.substr(Deadline.village_code, 1, 9)
    own = Deadline.subject != REFERRAL
    found = select(town, *_answers()).where(*_begun(actor, since, until), own).group_by(town)
    return {code: (met, late, left) for code, met, late, left in session.execute(found)}


def by_office(session: Session, actor: Actor, since: datetime, until: datetime) -> dict[str, tuple[int, int, int]]:
    """``{office: (in time, late, open)}`` of the departments' answers whose day lay in the period."""
    same = and_(Referral.county_code == Deadline.county_code, Referral.id == Deadline.subject_id)
    found = select(Referral.office, *_answers()).join_from(Deadline, Referral, same).where(*_begun(actor, since, until))
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(found.group_by(Referral.office))}


def referred(session: Session, actor: Actor, since: datetime, until: datetime) -> dict[str, tuple[int, int]]:
    """``{office: (referred in the period, of them answered)}``."""
    done = func.sum(case((Referral.state.in_(["done", "returned"]), 1), else_=0))
    span = Referral.created_at >= since, Referral.created_at < until
    here = Referral.county_code == actor.county, within(Referral.village_code, actor.region)
    found = select(Referral.office, func.count(), done).where(*here, *span).group_by(Referral.office)
    return {office: (number, answered) for office, number, answered in session.execute(found)}


def visits(session: Session, actor: Actor, since: datetime, until: datetime) -> dict[str, tuple[int, int]]:
    """``{township: (visits, households visited)}`` of the period."""
    home = and_(Household.county_code == Visit.county_code, Household.id == Visit.household_id)
    here = Visit.county_code == actor.county, within(Household.village_code, actor.region)
    span = Visit.observed_at >= since, Visit.observed_at < until
    town = func.substr(Household.village_code, 1, 9)
    found = (
        select(town, func.count(), func.count(Visit.household_id.distinct()))
        .join_from(Visit, Household, home)
        .where(*here, *span)
    )
    return {code: (number, homes) for code, number, homes in session.execute(found.group_by(town))}
