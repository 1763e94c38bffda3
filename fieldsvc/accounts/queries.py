"""Every SELECT of accounts."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from fieldsvc.kit import clock
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.rows import within
from fieldsvc.kit.sql import Sql

from .models import Account, Device, LoginFailure, Region
from .rules import CHILD_SUPERVISOR, COUNTY, TOWNSHIP, WORKERS, Actor

_ACTOR = Sql("""SELECT a.county_code, a.id, a.name, a.role, a.region, a.department, f.device_id, f.id
FROM accounts a JOIN token_families f ON f.county_code = a.county_code AND f.account_id = a.id
WHERE a.county_code = :county AND a.id = :account AND a.active AND f.id = :family AND f.revoked_at IS NULL
AND f.expires_at > :now""")


def actor_of(session: Session, county: str, account_id: int, family_id: str) -> Actor | None:
    """Who holds a token: None when the account is stopped or the family revoked. One query, at every request."""
    rows = _ACTOR.rows(session, county=county, account=account_id, family=family_id, now=clock.now())
    return Actor(*rows[0]) if rows else None


def account_named(session: Session, county: str, username: str) -> Account | None:
    return session.scalar(select(Account).where(Account.county_code == county, Account.username == username))


def knows_device(session: Session, county: str, account_id: int, device_id: str) -> bool:
    return session.get(Device, (county, account_id, device_id)) is not None


def devices(session: Session, county: str, account_id: int) -> list[Device]:
    """Devices the account has logged in from, the last used first."""
    mine = Device.county_code == county, Device.account_id == account_id
    return list(session.scalars(select(Device).where(*mine).order_by(Device.last_seen.desc(), Device.id)))


def governed(session: Session, actor: Actor, account_id: int) -> Account:
    """An account of the actor's region. Problem 404."""
    if account_id >= 2**31:
        raise not_found()
    found = session.get(Account, (actor.county, account_id))
    if found is None or not found.region.startswith(actor.region):
        raise not_found()
    return found


def failure(session: Session, county: str, subject: str, source: str) -> LoginFailure | None:
    return session.get(LoginFailure, (county, subject, source), with_for_update=True, populate_existing=True)


def listed(session: Session, county: str) -> list[Account]:
    return list(session.scalars(select(Account).where(Account.county_code == county).order_by(Account.id)))


def next_id(session: Session, county: str) -> int:
    return (session.scalar(select(func.max(Account.id)).where(Account.county_code == county)) or 0) + 1


def caseload_accounts(session: Session, actor: Actor) -> list[int]:
    """Whose caseloads the actor answers for: their own and, for a 儿童督导员, those of the workers supervised."""
    if actor.role != CHILD_SUPERVISOR:
        return [actor.id]
    mine = or_(Account.supervisor_id == actor.id, Account.id == actor.id)
    found = select(Account.id).where(Account.county_code == actor.county, mine, Account.active).order_by(Account.id)
    return list(session.scalars(found))


def region_names(session: Session, county: str, codes: Iterable[str]) -> dict[str, str]:
    wanted = sorted(set(codes))
    found = select(Region.code, Region.name).where(Region.county_code == county, Region.code.in_(wanted))
    return {code: name for code, name in session.execute(found)}


def regions_below(session: Session, county: str, prefix: str) -> list[Row[Any]]:
    """``(code, name, parent)`` of every division whose code begins with ``prefix``."""
    found = select(Region.code, Region.name, Region.parent).where(
        Region.county_code == county, within(Region.code, prefix)
    )
    return list(session.execute(found.order_by(Region.code)))


def staffed_regions(session: Session, county: str) -> set[str]:
    """Divisions with a unit of their own: a county or township with an officer, a village with a worker."""
    officers = Account.role.in_([COUNTY, TOWNSHIP]) | (
        Account.role.in_(sorted(WORKERS)) & (func.length(Account.region) == 12)
    )
    return set(session.scalars(select(Account.region).where(Account.county_code == county, Account.active, officers)))


def names(session: Session, county: str, ids: Iterable[int]) -> dict[int, str]:
    """``{account id: name}``."""
    found = select(Account.id, Account.name).where(Account.county_code == county, Account.id.in_(sorted(set(ids))))
    return {account: name for account, name in session.execute(found)}
