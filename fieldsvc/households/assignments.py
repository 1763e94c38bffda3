"""Caseload (责任户) changes hands: each grant and each revocation is an event of the feed.

A grant announces all that belongs to the household, however old; a revocation announces one entry, and what the phone
must first hand in is settled by the pull.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.regions import in_region
from fieldsvc.accounts.rules import CLASSES, WORKERS, Actor, Item, may_see
from fieldsvc.feed.rules import NUMBER, REVOKE, UPDATE, Entry
from fieldsvc.feed.service import announce, numbers, on_stamp
from fieldsvc.kit import clock
from fieldsvc.kit.columns import Moment
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.notify import belongings, household_changed
from fieldsvc.kit.sql import Sql

from . import queries
from .models import Assignment, Household

OPEN = text("""
INSERT INTO assignments (county_code, household_id, account_id, active, granted_at)
VALUES (:county, :household, :account, false, :now)
ON CONFLICT (county_code, household_id, account_id) DO NOTHING""").bindparams(bindparam("now", type_=Moment))


def grant(session: Session, county: str, account_id: int, household_ids: Iterable[str]) -> list[str]:
    """Give households to a worker; answers the ids that were not theirs before. What they already hold is left alone.

    Problems: 422 ``not-a-worker``, 404 for a household that is not there.
    """
    account = worker(session, county, account_id)
    ids = _existing(session, county, household_ids)
    now = clock.now()
    if not ids:
        return []
    # its mark is the household's row lock: a visit pushed meanwhile is either among the belongings below or sees the grant
    household_changed(session, county, ids)
    session.execute(OPEN, [{"county": county, "household": i, "account": account_id, "now": now} for i in ids])
    given = [a for a in _locked(session, county, account_id, ids) if not a.active]
    for assignment in given:
        assignment.active, assignment.granted_at = True, now
        assignment.revoked_at = assignment.revoked_seq = None
    session.flush()
    fresh = [a.household_id for a in given]
    _announce_all(session, county, account, fresh)
    return fresh


def revoke(session: Session, county: str, account_id: int, household_ids: Iterable[str]) -> list[str]:
    """Take households from a worker; answers the ids that were theirs. ``revoked_seq`` is set to the entry's own place in
    the feed, in the same transaction."""
    taken = [a for a in _locked(session, county, account_id, sorted(set(household_ids))) if a.active]
    if not taken:
        return []
    now = clock.now()
    for assignment in taken:
        assignment.active, assignment.revoked_at = False, now
    session.flush()
    ids = [a.household_id for a in taken]
    announce(session, county, [Entry(account_id, NUMBER["households"], REVOKE, i, i) for i in ids])
    on_stamp(session, lambda last, _: _write_back(last, county, account_id, ids))
    return ids


def change(
    session: Session, actor: Actor, grants: list[dict[str, Any]], revocations: list[dict[str, Any]]
) -> tuple[int, int]:
    """Grants and revocations ``{household_id, account_id}`` as an officer asks for them; how many of each took effect.

    Household and worker must both lie in the officer's region. Problem 404 otherwise: foreign and missing look the same.
    """
    _in_region(session, actor, grants + revocations)
    done = []
    for verb, pairs in ((grant, grants), (revoke, revocations)):
        by_account: dict[int, list[str]] = defaultdict(list)
        for pair in pairs:
            by_account[pair["account_id"]].append(pair["household_id"])
        done.append(
            sum(len(verb(session, actor.county, account, by_account[account])) for account in sorted(by_account))
        )
    return done[0], done[1]


def _in_region(session: Session, actor: Actor, pairs: list[dict[str, Any]]) -> None:
    ids = {pair["household_id"] for pair in pairs}
    homes = session.scalars(select(Household).where(Household.county_code == actor.county, Household.id.in_(ids))).all()
    workers = session.scalars(select(Account).where(
        Account.county_code == actor.county, Account.id.in_({pair["account_id"] for pair in pairs}))).all()  # fmt: skip
    missing = len(homes) < len(ids) or len(workers) < len({pair["account_id"] for pair in pairs})
    if missing or not all(may_see(actor, Item(home.village_code)) for home in homes):
        raise unknown()
    if not all(in_region(one.region, actor.region) for one in workers):
        raise unknown()


def unknown() -> Problem:
    return Problem(404, "not-found", "有的户或责任人不存在，或您无权办理。未作任何改动，请核对编号。")


def transfer(session: Session, county: str, giver_id: int, taker_id: int) -> list[str]:
    """Hand a whole caseload to another worker, as when someone leaves; answers the household ids handed over."""
    held = select(Assignment.household_id).where(
        Assignment.county_code == county, Assignment.account_id == giver_id, Assignment.active
    )
    ids = list(session.scalars(held))
    grant(session, county, taker_id, ids)
    return revoke(session, county, giver_id, ids)


def worker(session: Session, county: str, account_id: int) -> Account:
    account = session.get(Account, (county, account_id))
    if account is None or account.role not in WORKERS or not account.active:
        raise Problem(422, "not-a-worker", "责任人须是本县在用的网格员、儿童主任或儿童督导员账号。")
    return account


def _existing(session: Session, county: str, household_ids: Iterable[str]) -> list[str]:
    ids = sorted(set(household_ids))
    found = select(Household.id).where(Household.county_code == county, Household.id.in_(ids))
    if set(session.scalars(found)) != set(ids):
        raise unknown()
    return ids


def _locked(session: Session, county: str, account_id: int, ids: list[str]) -> list[Assignment]:
    """Locks are taken in the order of the keys."""
    found = select(Assignment).where(
        Assignment.county_code == county, Assignment.account_id == account_id, Assignment.household_id.in_(ids)
    )
    ordered = found.order_by(Assignment.household_id).with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(ordered))


def _announce_all(session: Session, county: str, account: Account, ids: list[str]) -> None:
    if not ids:
        return
    own = [("households", i, i, "general") for i in ids]
    own += [("persons", p.id, p.household_id, "general") for p in queries.members(session, county, ids)]
    own += queries.tasks_of(session, county, ids) + belongings(session, county, ids)
    classes = CLASSES[account.role]
    announce(session, county, [
        Entry(account.id, NUMBER[table], UPDATE, record, home) for table, record, home, klass in own if klass in classes
    ])  # fmt: skip


def _write_back(session: Session, county: str, account_id: int, ids: list[str]) -> None:
    """The numbers are known only now."""
    told = numbers(session)
    rows = [{"h": i, "s": told[Entry(account_id, NUMBER["households"], REVOKE, i, i)]} for i in ids]
    STAMPED.rows(session, county=county, account=account_id, rows=orjson.dumps(rows).decode())


STAMPED = Sql("""UPDATE assignments SET revoked_seq = told.s FROM {told}
WHERE assignments.county_code = :county AND assignments.account_id = :account AND assignments.household_id = told.h""",
    sqlite={"told": "(SELECT json_extract(value, '$.h') AS h, json_extract(value, '$.s') AS s FROM json_each(:rows)) AS told"},
    postgresql={"told": "json_to_recordset(CAST(:rows AS json)) AS told(h text, s bigint)"})  # fmt: skip
