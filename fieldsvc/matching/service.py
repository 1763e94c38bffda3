"""Verbs of matching: take a delivery in, approve or withdraw it, and say which deliveries are due."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, COUNTY, DEPARTMENT, Actor
from fieldsvc.departments.feeds import Feed
from fieldsvc.departments.load import Departments
from fieldsvc.kit import clock
from fieldsvc.kit.db import after_commit, written
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.ids import new_id
from fieldsvc.kit.sheets import LARGEST
from fieldsvc.kit.site import Site
from fieldsvc.kit.wake import wake
from fieldsvc.policy.book import Found

from . import queries
from .apply import apply
from .models import MatchingFile, MatchingRow, MatchingRun
from .preview import FILE, feed_of, preview
from .reading import read_listing, unusable
from .rules import APPLIED, APPROVED, PREVIEWED, RUN_STATES, UPLOADED, WITHDRAWN, due_on
from .settle import hear_answers

PIECE = 256 * 1024
RUNNERS = (COUNTY, DEPARTMENT)


def holder(departments: Departments, duty: str) -> str:
    """The department that answers for a duty: its plugin's, or the duty itself where an officer answers by hand."""
    plugin = departments.plugin_for(duty)
    return plugin.department.id if plugin else duty


def own_duties(actor: Actor, departments: Departments) -> list[str] | None:
    """The duties whose lists the actor sees: a department its own, others all (None)."""
    if actor.role != DEPARTMENT:
        return None
    return sorted({feed.duty for feed in departments.feeds if holder(departments, feed.duty) == actor.department})


def feeds_for(actor: Actor, departments: Departments) -> list[Feed]:
    duties = own_duties(actor, departments)
    return [f for f in departments.feeds if f.klass in CLASSES[actor.role] and (duties is None or f.duty in duties)]


def checked(actor: Actor, departments: Departments, feed_id: str, data: bytes, as_of: date | None) -> Feed:
    """The feed of a delivery whose file and header can be used: looked at before any transaction begins.

    Problems: 404 for a feed that is not there or not the actor's, 422 ``bad-list``, ``bad-day``.
    """
    feed = next((f for f in feeds_for(actor, departments) if f.id == feed_id), None)
    if feed is None or actor.role not in RUNNERS:
        raise not_found()
    if as_of and as_of > clock.today():
        raise Problem(422, "bad-day", "数据日期在将来，请核对。", {"errors": {"as_of": "不能晚于今天"}})
    if len(data) > LARGEST:
        raise unusable(f"文件超过 {LARGEST // 2**20} MB，请分成几个文件。")
    read_listing(data, feed, departments.vocabulary, clock.today(), as_of)
    return feed


def upload(
    session: Session, site: Site, actor: Actor, feed: Feed, file_name: str, data: bytes, as_of: date | None
) -> MatchingRun:
    """Keep a delivery that was ``checked``, sealed; the worker previews it. The same bytes sent again while nobody has decided are
    the same run."""
    hashed = hashlib.sha256(data).hexdigest()
    if again := queries.same_file(session, site.county, feed.id, hashed, as_of):
        return again
    run = MatchingRun(
        county_code=site.county, id=new_id(), feed_id=feed.id, title=feed.title, duty=feed.duty, klass=feed.klass,
        file_name=file_name[-120:], file_hash=hashed, file_bytes=len(data), as_of=as_of, state=UPLOADED, counts={}, headings={},
        attempts=0, asked_by=actor.id, asked_at=clock.now(),
    )  # fmt: skip
    session.add(run)
    session.flush()
    session.execute(insert(MatchingFile), [
        {"county_code": site.county, "run_id": run.id, "n": n, "piece_sealed": site.vault.seal(data[start : start + PIECE], FILE)}
        for n, start in enumerate(range(0, max(len(data), 1), PIECE))
    ])  # fmt: skip
    after_commit(session, "wake", wake)
    return run


def approve(session: Session, actor: Actor, departments: Departments, run_id: str, purpose: str) -> MatchingRun:
    """Let a previewed run be written down, for a stated purpose; the worker does it. Approved twice is approved once.

    Problems: 404, 422 ``purpose-missing``, 409 ``not-previewed``, ``feed-gone``.
    """
    run = _decidable(session, actor, departments, run_id)
    if not purpose.strip():
        raise Problem(422, "purpose-missing", "请写明记入这份名单的用途。", {"errors": {"purpose": "必填"}})
    if run.state in (APPROVED, APPLIED):
        return run
    if run.state != PREVIEWED:
        raise Problem(409, "not-previewed", f"这次比对现为“{RUN_STATES[run.state]}”，不能批准。")
    feed_of(departments, run)
    run.state, run.purpose, run.decided_by, run.decided_at = APPROVED, purpose.strip(), actor.id, clock.now()
    after_commit(session, "wake", wake)
    return run


def withdraw(session: Session, actor: Actor, departments: Departments, run_id: str, reason: str) -> MatchingRun:
    """Give a run up before it is approved: its record stays, its file and rows do not. Problems: 404, 409 ``not-previewed``."""
    run = _decidable(session, actor, departments, run_id)
    if run.state == WITHDRAWN:
        return run
    if run.state not in (UPLOADED, PREVIEWED):
        raise Problem(409, "not-previewed", f"这次比对现为“{RUN_STATES[run.state]}”，不能撤回。")
    run.state, run.purpose, run.decided_by, run.decided_at = WITHDRAWN, reason.strip()[:200], actor.id, clock.now()
    for table in (MatchingFile, MatchingRow):
        session.execute(delete(table).where(table.county_code == run.county_code, table.run_id == run.id))
    return run


def _decidable(session: Session, actor: Actor, departments: Departments, run_id: str) -> MatchingRun:
    visible = queries.visible_run(session, actor, run_id, partial(holder, departments))
    if actor.role not in RUNNERS:
        raise not_found()
    return queries.run(session, actor.county, visible.id, lock=True)


def work(site: Site, departments: Departments, told: Any = lambda _: None) -> int:
    """One piece of waiting work: a preview, an approved run, answers from visits. 0 when nothing waits."""
    with site.db.read() as session:
        feeds = [feed.id for feed in departments.feeds]
        uploaded = queries.waiting_run(session, site.county, UPLOADED, feeds)
        approved = queries.waiting_run(session, site.county, APPROVED, feeds)
    if uploaded:
        preview(site, departments, uploaded, told)
    if approved:
        apply(site, departments, approved, told)
    return int(bool(uploaded)) + int(bool(approved)) + hear_answers(site, departments)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a feed stands: who delivers it, when it last came, when it is due (数据共享频次), how old its data are."""

    feed: Feed
    office: str
    days: int | None
    delivered_at: datetime | None
    applied_at: datetime | None
    newest: date | None
    due_on: date | None
    late: bool


def deliveries(session: Session, site: Site, actor: Actor, departments: Departments) -> Iterator[Delivery]:
    """Each feed the actor may see, in the order of their ids, with one statement."""
    last, today, place = queries.last_deliveries(session, site.county), clock.today(), site.settings.jurisdiction
    for feed in sorted(feeds_for(actor, departments), key=lambda feed: feed.id):
        found = last.get(feed.id)
        days = period(departments, place, feed, today)
        applied = clock.aware(found.applied) if found and found.applied else None
        due = due_on(applied.astimezone(clock.CHINA).date() if applied else None, days, today)
        office = departments.policy.office(place, feed.duty)
        yield Delivery(
            feed, office.office if office else "", days, found.delivered if found else None, applied, found.newest if found else None,
            due, due is not None and (applied is None or due < today),
        )  # fmt: skip


def period(departments: Departments, jurisdiction: str, feed: Feed, on: date) -> int | None:
    """Days between deliveries; None where neither the definition nor a local setting says them."""
    if not isinstance(feed.frequency, str):
        return feed.frequency
    told = departments.policy.at(jurisdiction, feed.frequency, on)
    return int(told.value) if isinstance(told, Found) and not isinstance(told.value, dict | tuple | str) else None


def uploaded_by(
    site: Site, actor: Actor, departments: Departments, feed_id: str, name: str, data: bytes, as_of: date | None
) -> str:
    """A delivery checked and kept in a transaction of its own; the run's id."""
    feed = checked(actor, departments, feed_id, data, as_of)
    return str(written(site.db, lambda session: upload(session, site, actor, feed, name, data, as_of).id))
