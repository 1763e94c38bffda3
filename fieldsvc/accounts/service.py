"""Verbs of accounts: create, change, lock, supervise, and the families of tokens behind a login."""

import unicodedata
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from fieldsvc.kit import clock
from fieldsvc.kit.crypto import Vault
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.ids import new_id

from . import lockout, queries
from .models import Account, Device, TokenFamily
from .rules import ADMIN, AUDITOR, CHILD_SUPERVISOR, COUNTY, DEPARTMENT, ROLES, TOWNSHIP, WORKERS

LENGTHS = {COUNTY: {6}, ADMIN: {6}, AUDITOR: {6}, DEPARTMENT: {6}, TOWNSHIP: {9}, CHILD_SUPERVISOR: {9, 12}}


def normal_name(username: str) -> str:
    """User names are compared without regard to width and case."""
    return unicodedata.normalize("NFKC", username).strip().lower()


def create_account(
    session: Session, county: str, *, username: str, password_hash: str, name: str, role: str, region: str,
    department: str | None = None, supervisor_id: int | None = None, phone: str | None = None,
    vault: Vault | None = None,
) -> Account:  # fmt: skip
    """A new account; ``password_hash`` comes from ``passwords.hashed``, made before the transaction began.

    ``region`` is 6 digits for county-wide roles, 9 for a township, 12 (or 9) for workers. Problems: 422
    ``invalid-account`` with what to correct, 409 ``username-taken``.
    """
    username = normal_name(username)
    _check(county, username, role, region, department)
    if queries.account_named(session, county, username):
        raise Problem(409, "username-taken", f"用户名“{username}”已被使用，请换一个。")
    sealed = vault.seal_text(phone, "accounts.phone") if vault else None
    account = Account(
        county_code=county, id=queries.next_id(session, county), username=username, password_hash=password_hash,
        name=name, role=role, region=region, department=department, phone_sealed=sealed, active=True,
        created_at=clock.now(),
    )  # fmt: skip
    session.add(account)
    if supervisor_id is not None:
        supervise(session, county, account, supervisor_id)
    session.flush()
    return account


def _check(county: str, username: str, role: str, region: str, department: str | None) -> None:
    def refuse(detail: str) -> Problem:
        return Problem(422, "invalid-account", detail)

    if not 2 <= len(username) <= 64 or any(c.isspace() or not c.isprintable() for c in username):
        raise refuse("用户名须为 2 至 64 个字符，中间不能有空格。")
    if role not in ROLES:
        raise refuse(f"没有“{role}”这个岗位，可选：{'、'.join(ROLES)}。")
    if not (region.isascii() and region.isdigit() and region.startswith(county)):
        raise refuse(f"区域代码须是本县（{county}）的统计用区划代码。")
    lengths = LENGTHS.get(role, {9, 12})
    if len(region) not in lengths:
        raise refuse(f"{ROLES[role]}的区域代码须为 {'或 '.join(map(str, sorted(lengths)))} 位。")
    if (role == DEPARTMENT) != bool(department):
        raise refuse("部门经办人员必须（且只有部门经办人员可以）注明部门。")


def find(session: Session, county: str, username: str) -> Account:
    """The account of that name. Problem 404 ``no-account``."""
    account = queries.account_named(session, county, normal_name(username))
    if account is None:
        raise Problem(404, "no-account", f"没有用户名为“{username}”的账号。")
    return account


def supervise(session: Session, county: str, account: Account, supervisor_id: int) -> None:
    """Put a worker under a 儿童督导员, who then sees that worker's caseload (Huining 二(二)三是1)."""
    above = session.get(Account, (county, supervisor_id))
    if above is None or above.role != CHILD_SUPERVISOR or account.role not in WORKERS or above is account:
        raise Problem(422, "invalid-account", "督导员须是本县的儿童督导员账号，被督导的须是网格员或儿童主任。")
    account.supervisor_id = supervisor_id
    session.flush()


def set_password(session: Session, account: Account, password_hash: str) -> None:
    """A new password ends every login of the account and any lock."""
    account.password_hash = password_hash
    lockout.forget(session, account.county_code, account.username)
    end_logins(session, account, "password-changed")


def lock(session: Session, account: Account) -> None:
    """Stop the account (停用): no login, and tokens already given work no longer."""
    account.active = False
    end_logins(session, account, "stopped")


def unlock(session: Session, account: Account) -> None:
    """Let the account log in again, whether it was stopped or locked by failed logins."""
    account.active = True
    lockout.forget(session, account.county_code, account.username)
    session.flush()


def end_logins(session: Session, account: Account, why: str) -> None:
    mine = (TokenFamily.county_code == account.county_code) & (TokenFamily.account_id == account.id)
    session.execute(update(TokenFamily).where(mine, TokenFamily.revoked_at.is_(None)).values(
        revoked_at=clock.now(), revoked_why=why))  # fmt: skip


def shut_off(session: Session, account: Account, device_id: str) -> None:
    """A lost phone (手机丢失): its logins end, so that it gets and sends nothing more; it counts as a strange device from now on.
    Problem 404."""
    device = session.get(Device, (account.county_code, account.id, device_id))
    if device is None:
        raise not_found()
    mine = (
        TokenFamily.county_code == account.county_code,
        TokenFamily.account_id == account.id,
        TokenFamily.device_id == device_id,
    )
    session.execute(
        update(TokenFamily)
        .where(*mine, TokenFamily.revoked_at.is_(None))
        .values(revoked_at=clock.now(), revoked_why="lost")
    )
    session.delete(device)


def open_family(session: Session, account: Account, device_id: str, lasting: timedelta) -> TokenFamily:
    """One login of one device."""
    now = clock.now()
    family = TokenFamily(county_code=account.county_code, id=new_id(), account_id=account.id, device_id=device_id,
                         current_jti=new_id(), issued_at=now, expires_at=now + lasting)  # fmt: skip
    session.add(family)
    _seen(session, account, device_id, now)
    session.flush()
    return family


def _seen(session: Session, account: Account, device_id: str, now: datetime) -> None:
    device = session.get(Device, (account.county_code, account.id, device_id))
    if device is None:
        device = Device(county_code=account.county_code, account_id=account.id, id=device_id, first_seen=now)
        session.add(device)
    device.last_seen = now


def rotate(
    session: Session, county: str, account_id: int, family_id: str, old: str, new: str, lasting: timedelta
) -> bool:
    """Replace the refresh token ``old`` by ``new``. False when ``old`` no longer works: a reuse revokes the family,
    unless it is the same request asked again (``new`` is already current), which changes nothing and succeeds."""
    family = session.get(TokenFamily, (county, family_id), with_for_update=True, populate_existing=True)
    now = clock.now()
    if family is None or family.account_id != account_id or family.revoked_at is not None or family.expires_at <= now:
        return False
    account = session.get(Account, (county, account_id))
    if account is None or not account.active:
        return False
    if family.current_jti == old:
        family.current_jti, family.expires_at = new, now + lasting
        _seen(session, account, family.device_id, now)
    elif family.current_jti != new:
        family.revoked_at, family.revoked_why = now, "reuse"
    session.flush()
    return family.revoked_at is None


def revoke(session: Session, county: str, account_id: int, family_id: str, why: str) -> bool:
    """End one login; False when there was none to end."""
    one = (TokenFamily.county_code == county) & (TokenFamily.id == family_id) & TokenFamily.revoked_at.is_(None)
    ended = update(TokenFamily).where(one, TokenFamily.account_id == account_id)
    found = session.execute(ended.values(revoked_at=clock.now(), revoked_why=why).returning(TokenFamily.id))
    return found.first() is not None
