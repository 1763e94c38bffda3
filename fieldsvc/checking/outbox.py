"""Sending requests to the platforms and taking their reports, as ``kit.owed`` says."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from typing import Any

import orjson
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CHILD
from fieldsvc.aidchain.service import append
from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.vocabulary import Vocabulary
from fieldsvc.facts.service import mark_dirty, record
from fieldsvc.households.models import Person
from fieldsvc.kit import clock
from fieldsvc.kit.backoff import DEAD
from fieldsvc.kit.crypto import Vault
from fieldsvc.kit.db import written
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.owed import Queue
from fieldsvc.kit.site import Site
from fieldsvc.referrals.outcomes import value_of

from .models import Authorisation, Check
from .platforms import Platform, Unreachable, platforms
from .rules import (
    ANSWERED,
    CANCELLED,
    DEPARTMENT,
    FORMAT,
    PATIENCE,
    POLL,
    SENT,
    WAITING,
    BadReport,
    Report,
    holds,
    kept,
    read_report,
)

QUEUE = Queue(Check, (WAITING, SENT), "工作进程中断")
COLUMN = "checks.report"
CHECKED = "check-"


class Cancelled(Exception):
    """The authorisation no longer holds: nothing goes out."""


def work(site: Site, departments: Departments, limit: int = 1) -> int:
    """Take up to ``limit`` due checks one step further; returns how many were tried."""
    tried = 0
    while tried < limit and (claimed := QUEUE.claim(site)):
        _step(site, departments, *claimed)
        tried += 1
    return tried


def _step(site: Site, departments: Departments, check_id: str, lease: str) -> None:
    try:
        report = _report(site, check_id)
        written(site.db, lambda session: _settle(session, site, departments, check_id, lease, report))
    except Cancelled:
        _change(site, check_id, lease, lambda check: _set(check, state=CANCELLED, last_error="授权已不再有效，未送出"))
    except Problem as problem:
        if problem.code != "busy":
            QUEUE.failed(site, check_id, lease, problem.detail)
    except Exception as error:
        QUEUE.failed(
            site, check_id, lease, str(error) if isinstance(error, (Unreachable, BadReport)) else type(error).__name__
        )


def _report(site: Site, check_id: str) -> Report | None:
    """Ask, or ask again for what was sent. None while the platform has no report."""
    with site.db.read() as session:
        check = session.get_one(Check, (site.county, check_id))
        platform = platforms(site.settings.checking).get(check.platform)
        if platform is None:
            raise Unreachable(f"没有设定核对平台“{check.platform_title}”")
        request = _request(session, site, check) if check.state == WAITING else None
    return _read(platform, check, request)


def _read(platform: Platform, check: Check, request: Mapping[str, Any] | None) -> Report | None:
    adapter = platform.connect()
    body = adapter.ask(request) if request else adapter.fetch(check.id)
    return None if body is None else read_report(body, check.id, check.kinds)


def _request(session: Session, site: Site, check: Check) -> dict[str, Any]:
    """What goes out (docs/checking.md). Raises Cancelled when the authorisation holds no longer at this moment."""
    given = session.get_one(Authorisation, (site.county, check.authorisation_id))
    if not holds(given, check.kinds, clock.today()):
        raise Cancelled
    person = session.get_one(Person, (site.county, check.person_id))
    return {
        "format": FORMAT, "id": check.id, "county": site.county, "jurisdiction": site.settings.jurisdiction,
        "commissioned_by": check.unit, "purpose": check.purpose, "kinds": list(check.kinds),
        "authorisation": {"id": given.id, "signed_by": given.signed_by, "signed_on": given.signed_on.isoformat(),
                          "valid_until": given.valid_until.isoformat()},
        "person": {"name": person.name, "identity": site.vault.open_text(person.identity_sealed, "persons.identity")},
    }  # fmt: skip


def _settle(
    session: Session, site: Site, departments: Departments, check_id: str, lease: str, report: Report | None
) -> None:
    """The household's mark first, as every writer of facts takes it; then the check, if the lease is still ours."""
    seen = session.get_one(Check, (site.county, check_id))
    mark_dirty(session, site.county, [seen.household_id] if report else [])
    check = QUEUE.held(session, site.county, check_id, lease)
    if check is None:
        return
    if report is None:
        return _later(check)
    _keep(session, site.vault, check, report)
    if facts := told(departments.vocabulary, report, check.person_id):
        record(session, site.county, check.household_id, check.person_id, facts, as_of=as_of(report), source_kind=DEPARTMENT,
               source_id=source_of(check.id), declared=departments.vocabulary.facts)  # fmt: skip


def _keep(session: Session, vault: Vault, check: Check, report: Report) -> None:
    _set(
        check,
        state=ANSWERED,
        last_error=None,
        answered_at=clock.now(),
        report_sealed=vault.seal(orjson.dumps(kept(report)), COLUMN),
    )
    about = {
        "check": check.id,
        "platform": check.platform_title,
        "answered": len(report.parts),
        "kinds": len(check.kinds),
    }
    append(
        session,
        check.county_code,
        check.household_id,
        "check_answered",
        check.platform_title,
        about,
        person_id=check.person_id,
    )


def _later(check: Check) -> None:
    """The platform has it: asked again from time to time, not for ever."""
    if clock.now() - clock.aware(check.requested_at) > PATIENCE:
        _set(check, state=DEAD, last_error=f"平台 {PATIENCE.days} 天没有答复")
    else:
        _set(check, state=SENT, attempts=0, next_at=clock.now() + POLL, last_error=None)


def told(vocabulary: Vocabulary, report: Report, person_id: str) -> dict[str, Any]:
    """Facts of the report that a department may tell; what nobody declared, or cannot take the value, stays in the report only."""
    own = {fact.package for fact in vocabulary.facts.values() if fact.sensitivity != CHILD}
    given = {name: value for part in report.parts for name, value in part.facts.items()}
    read = {name: value_of(vocabulary.facts.get(name), value, own, person_id) for name, value in given.items()}
    return {name: value for name, value in read.items() if value is not None}


def as_of(report: Report) -> datetime:
    """The end of the report's day in China, and never later than now."""
    return min(datetime.combine(report.as_of, time(23, 59), clock.CHINA).astimezone(UTC), clock.now())


def source_of(check_id: str) -> str:
    """Under which name the report's facts stand in the history: where they come from is never lost."""
    return CHECKED + check_id


def _set(check: Check, **values: Any) -> None:
    for name, value in {"lease": None, **values}.items():
        setattr(check, name, value)


def _change(site: Site, check_id: str, lease: str, change: Callable[[Check], None]) -> None:
    def write(session: Session) -> None:
        if check := QUEUE.held(session, site.county, check_id, lease):
            change(check)

    written(site.db, write)
