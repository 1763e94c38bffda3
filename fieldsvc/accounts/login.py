"""Login, refresh and logout as the door calls them. They open their own transactions: argon2 runs between two."""

from dataclasses import dataclass
from datetime import timedelta

from fieldsvc.kit.errors import Problem
from fieldsvc.kit.site import Site

from . import lockout, passwords, queries, service
from .models import Account, TokenFamily
from .rules import CLASSES, ROLES


@dataclass(frozen=True, slots=True)
class Login:
    account: Account
    family: TokenFamily


def login(site: Site, username: str, password: str, device_id: str) -> Login:
    """Check a password and open a token family. Problems: 401 ``login-failed``, 423 ``login-locked``.

    An unknown name costs the same hashing and gets the same answers. The lock is judged again inside the transaction:
    of many parallel guesses only the first six are judged at all.
    """
    name = service.normal_name(username)
    with site.db.read() as session:
        account = queries.account_named(session, site.county, name)
        known = account is not None and queries.knows_device(session, site.county, account.id, device_id)
    right = passwords.matches(account.password_hash if account else passwords.NOBODY, password)
    with site.db.write() as session:
        verdict = _settle(session, site, name, account, right, device_id, known)
    if isinstance(verdict, Problem):
        raise verdict
    return verdict


def _settle(session, site, name, account, right, device_id, known) -> Login | Problem:  # type: ignore[no-untyped-def]
    """A Problem is returned, not raised: the failure it counts must be committed."""
    source = device_id if known else lockout.ELSEWHERE
    until = lockout.locked_until(session, site.county, name, source)
    if until:
        return lockout.locked(until)
    current = queries.account_named(session, site.county, name) if right and account else None
    if current is None or not current.active or current.password_hash != account.password_hash:
        lockout.count_failure(session, site.settings, name, source)
        return Problem(401, "login-failed", "用户名或密码不正确，或账号已停用。忘记密码请联系镇（街道）管理员。")
    lockout.forget(session, site.county, name, source)
    return Login(current, service.open_family(session, current, device_id, _lasting(site)))


def refresh(site: Site, account_id: int, family_id: str, old: str, new: str) -> bool:
    """Rotate the family's refresh token; False (committed) when ``old`` was no longer good."""
    with site.db.write() as session:
        return service.rotate(session, site.county, account_id, family_id, old, new, _lasting(site))


def logout(site: Site, account_id: int, family_id: str) -> bool:
    with site.db.write() as session:
        return service.revoke(session, site.county, account_id, family_id, "logout")


def _lasting(site: Site) -> timedelta:
    return timedelta(days=site.settings.refresh_days)


def card(account: Account) -> dict[str, object]:
    """What a client shows of the account and may rely on offline: no hash, no telephone."""
    scope = {"region": account.region, "classes": sorted(CLASSES[account.role])}
    return {"id": account.id, "username": account.username, "name": account.name, "role": account.role,
            "role_title": ROLES[account.role], "county": account.county_code, "region": account.region,
            "department": account.department, "scope": scope}  # fmt: skip
