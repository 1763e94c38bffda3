"""Lock-out (锁定): 6 failures in a row lock for 30 minutes, counted in the database for all processes together.

A device the account has logged in from counts by itself, so that nobody can lock a worker's own phone out from
elsewhere. Unknown user names are counted like known ones: the answers do not tell which exist.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, text
from sqlalchemy.orm import Session

from fieldsvc.kit import clock
from fieldsvc.kit.columns import Moment
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.settings import Settings

from . import queries
from .models import LoginFailure

ELSEWHERE = "*"
FORGOTTEN_AFTER = timedelta(days=1)
START = text("""
INSERT INTO login_failures (county_code, subject, source, failures, at) VALUES (:county, :subject, :source, 0, :at)
ON CONFLICT (county_code, subject, source) DO NOTHING""").bindparams(bindparam("at", type_=Moment))


def subject_of(username: str) -> str:
    return hashlib.sha256(username.encode("utf-8", "replace")).hexdigest()[:32]


def locked_until(session: Session, county: str, username: str, source: str) -> datetime | None:
    """The end of a running lock; takes the row's lock, so that parallel attempts are judged one after another. The row
    must be there to be locked: of sixteen first guesses on PostgreSQL, seven were judged without it."""
    values = {"county": county, "subject": subject_of(username), "source": source, "at": clock.now()}
    session.execute(START, values)
    row = queries.failure(session, county, subject_of(username), source)
    return row.locked_until if row and row.locked_until and row.locked_until > clock.now() else None


def count_failure(session: Session, settings: Settings, username: str, source: str) -> None:
    """One more failure; the sixth starts the lock. Old rows go, so that guessing names does not fill the table."""
    now, county, subject = clock.now(), settings.county_code, subject_of(username)
    stale = (LoginFailure.county_code == county) & (LoginFailure.at < now - FORGOTTEN_AFTER)
    session.execute(delete(LoginFailure).where(stale))
    session.execute(START, {"county": county, "subject": subject, "source": source, "at": now})
    row = queries.failure(session, county, subject, source)
    assert row is not None
    if row.locked_until and row.locked_until <= now:
        row.failures, row.locked_until = 0, None
    row.failures, row.at = row.failures + 1, now
    if row.failures >= settings.lock_failures:
        row.locked_until = now + timedelta(minutes=settings.lock_minutes)
    session.flush()


def forget(session: Session, county: str, username: str, source: str | None = None) -> None:
    """After a success from ``source``, or everywhere when an administrator unlocks."""
    mine = (LoginFailure.county_code == county) & (LoginFailure.subject == subject_of(username))
    session.execute(delete(LoginFailure).where(mine if source is None else mine & (LoginFailure.source == source)))


def locked(until: datetime) -> Problem:
    wait = max(1, int((until - clock.now()).total_seconds()))
    detail = f"连续多次登录失败，已暂时锁定到 {until.astimezone(clock.CHINA):%H:%M}。请稍后再试，或请管理员解锁。"
    return Problem(423, "login-locked", detail, headers={"Retry-After": str(wait)})
