"""Reads of the access log (查阅记录): who looked at whom, and why."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import AccessEntry, Account
from fieldsvc.accounts.rules import Actor
from fieldsvc.households import queries as registry
from fieldsvc.households.models import Household, Person
from fieldsvc.kit.clock import CHINA
from fieldsvc.kit.rows import within

FEW = 3


def page(session: Session, actor: Actor, asked: Mapping[str, Any], first: int, size: int) -> tuple[list[Any], int]:
    """``(entry, account)`` of the accounts of the officer's region, the newest first, and how many there are. ``asked``: since,
    until (days in China), account (part of a name), purpose (a code, or its beginning with ``*``), minors."""
    joined = (Account.county_code == AccessEntry.county_code) & (Account.id == AccessEntry.account_id)
    where = [AccessEntry.county_code == actor.county, within(Account.region, actor.region)]
    where += _asked(asked)
    rows = select(AccessEntry, Account).join(Account, joined).where(*where)
    newest = rows.order_by(AccessEntry.at.desc(), AccessEntry.id.desc()).offset(first).limit(size)
    total = session.scalar(select(func.count()).select_from(AccessEntry).join(Account, joined).where(*where)) or 0
    return [tuple(row) for row in session.execute(newest)], total


def _asked(asked: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    where = [AccessEntry.at >= _start(asked["since"]), AccessEntry.at < _start(asked["until"] + timedelta(days=1))]
    if asked.get("account"):
        where.append(Account.name.contains(asked["account"], autoescape=True))
    if purposes := asked.get("purposes"):
        where.append(AccessEntry.purpose.in_(purposes))
    if asked.get("minors"):
        where.append(AccessEntry.minors)
    return where


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


def names(session: Session, actor: Actor, entries: Iterable[AccessEntry]) -> dict[str, str]:
    """``{id: name}`` of the first few persons and households of each entry, as far as the officer's region goes."""
    shown = list(entries)
    persons = {one for entry in shown for one in entry.persons[:FEW]}
    homes = {one for entry in shown if not entry.persons for one in entry.households[:FEW]}
    mine = Household.county_code == actor.county, registry.scope(session, actor)
    home = (Person.county_code == Household.county_code) & (Person.household_id == Household.id)
    people = select(Person.id, Person.name).join(Household, home).where(*mine, Person.id.in_(sorted(persons)))
    houses = select(Household.id, Household.name).where(*mine, Household.id.in_(sorted(homes)))
    return dict([*session.execute(people).tuples(), *session.execute(houses).tuples()])
