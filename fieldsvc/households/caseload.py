"""Caseload (责任户): which workers answer for a household, and telling the feed about its records."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CHILD_SUPERVISOR, CLASSES, GENERAL, Actor
from fieldsvc.feed.rules import NUMBER, UPDATE, Entry
from fieldsvc.feed.service import announce
from fieldsvc.kit.sql import Sql, moment


class Duty(NamedTuple):
    """One worker's hold on one household, present or past."""

    household_id: str
    account_id: int
    role: str
    supervisor_id: int | None
    active: bool
    revoked_at: Any
    revoked_seq: int | None


DUTIES = """SELECT a.household_id, a.account_id, c.role, c.supervisor_id, a.active, a.revoked_at, a.revoked_seq
FROM assignments a JOIN accounts c ON c.county_code = a.county_code AND c.id = a.account_id
WHERE a.county_code = :county AND a.household_id {households}"""
_DUTIES = Sql(DUTIES, "households")
_SCOPES = Sql("""SELECT a.household_id, a.account_id FROM assignments a
JOIN accounts c ON c.county_code = a.county_code AND c.id = a.account_id
WHERE a.county_code = :county AND a.household_id {households} AND a.active AND c.role {roles}""", "households", "roles")


def duties(session: Session, county: str, household_ids: Iterable[str]) -> list[Duty]:
    """Every worker's hold on these households, present and past."""
    return [duty(row) for row in _DUTIES.rows(session, county=county, households=set(household_ids))]


def duty(row: tuple[Any, ...]) -> Duty:
    """A row of ``DUTIES`` as the driver gives it."""
    return Duty._make(row) if row[5] is None else Duty(*row[:5], moment(row[5]), row[6])


def holds(actor: Actor, duty: Duty) -> bool:
    """A worker's own household; for a 儿童督导员 also those of the directors under supervision."""
    return duty.account_id == actor.id or (actor.role == CHILD_SUPERVISOR and duty.supervisor_id == actor.id)


def scopes_of(
    session: Session, county: str, household_ids: Iterable[str], klass: str = GENERAL
) -> dict[str, list[int]]:
    """``{household id: [account ids]}`` of the active workers whose role carries the class ``klass``."""
    found: dict[str, list[int]] = defaultdict(list)
    roles = [role for role, classes in CLASSES.items() if klass in classes]
    for household, account in _SCOPES.rows(session, county=county, households=set(household_ids), roles=roles):
        found[household].append(account)
    return found


def announce_record(
    session: Session, county: str, tbl: str, record_id: str, household_id: str, klass: str = GENERAL, op: int = UPDATE
) -> None:
    """Queue one feed entry for each worker of the household who may see a record of this class."""
    announce_records(session, county, [(tbl, record_id, household_id, klass)], op)


def announce_records(
    session: Session, county: str, records: Iterable[tuple[str, str, str, str]], op: int = UPDATE
) -> None:
    """The same for many ``(table, record id, household id, class)`` with one query a class."""
    by_class: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for tbl, record, household, klass in records:
        by_class[klass].append((tbl, record, household))
    for klass, members in by_class.items():
        scopes = scopes_of(session, county, (household for _, _, household in members), klass)
        announce(session, county, [
            Entry(scope, NUMBER[tbl], op, record, household)
            for tbl, record, household in members for scope in scopes.get(household, ())
        ])  # fmt: skip
