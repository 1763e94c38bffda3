"""Every SELECT of honesty."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.aidchain.models import Link
from fieldsvc.kit.rows import counted, the_one, within

from .models import Breach, Correction, Promise
from .rules import ANNULLED, OWING, record_of


def scope(actor: Actor) -> ColumnElement[bool]:
    """Officers only; ``may_see`` for them is their region."""
    return within(Breach.village_code, actor.region)


def page(session: Session, actor: Actor, state: str | None, first: int, size: int) -> list[Breach]:
    where = [Breach.county_code == actor.county, scope(actor), *([Breach.state == state] if state else [])]
    return list(
        session.scalars(
            select(Breach).where(*where).order_by(Breach.found_at.desc(), Breach.id).offset(first).limit(size)
        )
    )


def counts(session: Session, actor: Actor) -> dict[str, int]:
    return counted(session, Breach.state, Breach.county_code == actor.county, scope(actor))


def visible(session: Session, actor: Actor, breach_id: str, lock: bool = False) -> Breach:
    """Foreign and missing give the same 404."""
    wanted = select(Breach).where(Breach.county_code == actor.county, Breach.id == breach_id, scope(actor))
    return the_one(session, wanted, lock)


def owing(session: Session, county: str, household_id: str) -> Breach | None:
    """A sum the household has still to pay back."""
    mine = Breach.county_code == county, Breach.household_id == household_id, Breach.state.in_(OWING)
    return session.scalar(select(Breach).where(*mine).limit(1))


def of_household(session: Session, county: str, household_id: str) -> list[Breach]:
    mine = Breach.county_code == county, Breach.household_id == household_id
    return list(session.scalars(select(Breach).where(*mine).order_by(Breach.found_at.desc(), Breach.id)))


def record(session: Session, county: str, household_id: str) -> str:
    """The household's record of honesty, a key of ``rules.RECORDS``."""
    promised = (
        select(func.count())
        .select_from(Promise)
        .where(Promise.county_code == county, Promise.household_id == household_id)
    )
    standing = Breach.county_code == county, Breach.household_id == household_id, Breach.state != ANNULLED
    broken = select(func.count()).select_from(Breach).where(*standing, Breach.confirmed_at.is_not(None))
    promises, breaches = session.execute(select(promised.scalar_subquery(), broken.scalar_subquery())).one()
    return record_of(promises > 0, breaches)


def corrections(session: Session, county: str, household_id: str) -> list[Correction]:
    mine = Correction.county_code == county, Correction.household_id == household_id
    return list(session.scalars(select(Correction).where(*mine).order_by(Correction.at)))


def link(session: Session, county: str, household_id: str, n: int) -> Link | None:
    return session.scalar(
        select(Link).where(Link.county_code == county, Link.household_id == household_id, Link.n == n)
    )
