"""Reads across features for the pages of one household (一户)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, func, select, type_coerce
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import AccessEntry, Account
from fieldsvc.accounts.rules import CLASSES, WORKERS, Actor
from fieldsvc.aidchain.models import Aid, Head, Link
from fieldsvc.aidchain.rules import Break, check
from fieldsvc.aidchain.service import entry_of
from fieldsvc.checking.models import Check
from fieldsvc.checking.outbox import CHECKED
from fieldsvc.households.models import Household, Person
from fieldsvc.kit.rows import within
from fieldsvc.referrals.models import Referral
from fieldsvc.visits.models import Visit

PART = 2_000


@dataclass(frozen=True, slots=True)
class Chain:
    """A household's links, the oldest first, and where their hashes do not hold."""

    links: list[Any]
    breaks: list[Break]


def chain(session: Session, county: str, household_id: str) -> Chain:
    """The whole chain in one query, verified: a page of it alone could not be."""
    joined = (Head.county_code == Link.county_code) & (Head.household_id == Link.household_id)
    rows = session.execute(
        select(*Link.__table__.c, Head.n.label("last"), Head.hash.label("head")).outerjoin(Head, joined)
        .where(Link.county_code == county, Link.household_id == household_id).order_by(Link.n)
    ).all()  # fmt: skip
    heads = {row.household_id: (row.last, bytes(row.head)) for row in rows if row.last is not None}
    links = [(entry_of(row), bytes(row.before), bytes(row.hash)) for row in rows]
    return Chain(list(rows), list(check(links, heads)))


def readable(found: Chain, actor: Actor) -> list[Any]:
    """The links of the classes the actor's role carries, the newest first."""
    return [link for link in reversed(found.links) if link.klass in CLASSES[actor.role]]


def visits(session: Session, actor: Actor, household_id: str, first: int, size: int) -> tuple[list[Visit], int]:
    """Visits of the classes the actor's role carries, the newest first, and how many there are."""
    mine = (Visit.county_code == actor.county, Visit.household_id == household_id, Visit.klass.in_(CLASSES[actor.role]))
    newest = select(Visit).where(*mine).order_by(Visit.observed_at.desc(), Visit.id).offset(first).limit(size)
    total = session.scalar(select(func.count()).select_from(Visit).where(*mine)) or 0
    return list(session.scalars(newest)), total


@dataclass(frozen=True, slots=True)
class Source:
    """Who said something: a visitor's name, the office that answered a referral, or the platform that reported."""

    by: str
    at: datetime


def sources(session: Session, county: str, ids: Iterable[str | None]) -> dict[str, Source]:
    """Visits, referrals and checks among the ids of sources."""
    wanted = sorted({each for each in ids if each})
    author = (Account.county_code == Visit.county_code) & (Account.id == Visit.author_id)
    seen = select(Visit.id, Account.name, Visit.observed_at).outerjoin(Account, author)
    seen_rows = session.execute(seen.where(Visit.county_code == county, Visit.id.in_(wanted))).all()
    answered = select(Referral.id, Referral.office, Referral.updated_at)
    rows: list[Any] = [*seen_rows, *session.execute(answered.where(Referral.county_code == county, Referral.id.in_(wanted))).all()]
    looked_up = {each.removeprefix(CHECKED) for each in wanted if each.startswith(CHECKED)}
    told = select(Check.id, Check.platform_title, Check.answered_at).where(Check.county_code == county, Check.id.in_(sorted(looked_up)))
    rows += [(CHECKED + found, by, at) for found, by, at in session.execute(told)] if looked_up else []
    return {found: Source(by or "", at) for found, by, at in rows}


def aids(session: Session, actor: Actor, household_id: str) -> list[Aid]:
    """Aid the household and its members have or had (在享救助), what runs first."""
    mine = (Aid.county_code == actor.county, Aid.household_id == household_id, Aid.klass.in_(CLASSES[actor.role]))
    return list(
        session.scalars(select(Aid).where(*mine).order_by(Aid.ends.is_not(None), Aid.starts.desc(), Aid.id).limit(50))
    )


def accounts(session: Session, county: str, ids: Iterable[int | None]) -> dict[int, Account]:
    wanted = sorted({each for each in ids if each is not None})
    found = select(Account).where(Account.county_code == county, Account.id.in_(wanted))
    return {one.id: one for one in session.scalars(found)}


def workers_near(session: Session, county: str, village_code: str) -> list[Account]:
    """Workers in use of the household's township, who may be given it."""
    here = within(Account.region, village_code[:9])
    found = select(Account).where(
        Account.county_code == county, Account.active, Account.role.in_(sorted(WORKERS)), here
    )
    return list(session.scalars(found.order_by(Account.name, Account.id)))


def looked_at(
    session: Session, county: str, household_id: str, since: datetime, first: int, size: int
) -> list[AccessEntry]:
    """Access rows that show the household, the newest first. ``since`` bounds what is read: the log only grows."""
    shown = type_coerce(AccessEntry.households, Text).contains(f'"{household_id}"', autoescape=True)
    mine = AccessEntry.county_code == county, AccessEntry.at >= since, shown
    return list(
        session.scalars(select(AccessEntry).where(*mine).order_by(AccessEntry.at.desc()).offset(first).limit(size))
    )


def named(session: Session, county: str, rows: Iterable[Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Names of the households and persons of ``rows`` (each with ``household_id`` and ``person_id``)."""
    shown = list(rows)
    homes, people = {row.household_id for row in shown}, {row.person_id for row in shown if row.person_id}
    return _names(session, Household, county, homes), _names(session, Person, county, people)


def _names(session: Session, table: Any, county: str, ids: set[str]) -> dict[str, str]:
    """In parts a database accepts: an export may name very many."""
    wanted, found = sorted(ids), {}
    for start in range(0, len(wanted), PART):
        part = select(table.id, table.name).where(
            table.county_code == county, table.id.in_(wanted[start : start + PART])
        )
        found.update(dict(session.execute(part).tuples().all()))
    return found
