"""Caseload (责任户): which workers answer for a household, and telling the feed about its records."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import CLASSES, GENERAL
from fieldsvc.feed.rules import NUMBER, UPDATE, Entry
from fieldsvc.feed.service import announce

from .models import Assignment


def scopes_of(
    session: Session, county: str, household_ids: Iterable[str], klass: str = GENERAL
) -> dict[str, list[int]]:
    """``{household id: [account ids]}`` of the active workers whose role carries the class ``klass``."""
    ids = sorted(set(household_ids))
    rows = session.execute(
        select(Assignment.household_id, Assignment.account_id, Account.role)
        .join(Account, (Account.county_code == Assignment.county_code) & (Account.id == Assignment.account_id))
        .where(Assignment.county_code == county, Assignment.household_id.in_(ids), Assignment.active)
    )
    found: dict[str, list[int]] = defaultdict(list)
    for household, account, role in rows:
        if klass in CLASSES[role]:
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
