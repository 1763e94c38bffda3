"""Every SELECT of gifts and points."""

from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.aidchain.models import Aid
from fieldsvc.households.models import Household
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.rows import the_one

from .models import Gift, GiftUse, Points


def gift(session: Session, county: str, gift_id: str, lock: bool = False) -> Gift:
    found = session.get(Gift, (county, gift_id), with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise not_found()
    return found


def by_code(session: Session, county: str, code: str) -> Gift:
    """The gift whose use its donor asks for. Problem 404."""
    return the_one(session, select(Gift).where(Gift.county_code == county, Gift.code == code))


def gifts(session: Session, county: str, limit: int) -> list[Gift]:
    newest = select(Gift).where(Gift.county_code == county).order_by(Gift.received_on.desc(), Gift.id.desc())
    return list(session.scalars(newest.limit(limit)))


def uses(session: Session, county: str, gift_id: str) -> list[tuple[GiftUse, str]]:
    """Uses with the village they went to, as they came."""
    home = (Household.county_code == GiftUse.county_code) & (Household.id == GiftUse.household_id)
    mine = GiftUse.county_code == county, GiftUse.gift_id == gift_id
    rows = session.execute(select(GiftUse, Household.village_code).join(Household, home).where(*mine).order_by(GiftUse.on, GiftUse.id))
    return [(use, village) for use, village in rows]


def used(session: Session, county: str, gift_id: str) -> Decimal:
    mine = GiftUse.county_code == county, GiftUse.gift_id == gift_id, GiftUse.amount.is_not(None)
    return sum((Decimal(str(each)) for each in session.scalars(select(GiftUse.amount).where(*mine))), Decimal(0))


def balance(session: Session, county: str, household_id: str) -> int:
    mine = Points.county_code == county, Points.household_id == household_id
    return int(session.scalar(select(func.coalesce(func.sum(Points.points), 0)).where(*mine)) or 0)


def account(session: Session, actor: Actor, household_id: str) -> list[Points]:
    mine = Points.county_code == actor.county, Points.household_id == household_id
    return list(session.scalars(select(Points).where(*mine).order_by(Points.on, Points.at, Points.id)))


def spent_on(session: Session, county: str, person_id: str, programme: str, year: int) -> Decimal:
    """What gifts gave this person under a programme in a year, in yuan."""
    mine = Aid.county_code == county, Aid.person_id == person_id, Aid.programme == programme, Aid.amount.is_not(None)
    of_year = Aid.starts >= date(year, 1, 1), Aid.starts < date(year + 1, 1, 1)
    return sum((Decimal(str(each)) for each in session.scalars(select(Aid.amount).where(*mine, *of_year))), Decimal(0))
