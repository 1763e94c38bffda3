"""The push: every record gets its own verdict, one bad record never changes its neighbours', nothing is lost.

Everything that can be decided without the database's writer is decided first; then one short transaction writes.
"""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsvc.facts.service import mark_dirty
from fieldsvc.feed.queries import head
from fieldsvc.feed.service import savepoint
from fieldsvc.forms import service as forms
from fieldsvc.kit.db import is_busy
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.problems import log_fault
from fieldsvc.kit.site import Site
from fieldsvc.visits import quarantine, queries
from fieldsvc.visits import service as visits
from fieldsvc.visits.rules import Draft, Unfit
from fieldsvc.visits.rules import read as read_visit
from fieldsvc.visits.scope import Checked, Push, place, survey
from fieldsvc.visits.service import Ready, Verdict

from . import order
from .apply import MOST_RELEASED, apply_or_set_aside, homes_of, release
from .envelope import Sent
from .masks import has_mask

MOST_SECONDS = 5.0  # of writing what is taken one by one: others wait for the writer at most 15 s


def take_in(site: Site, push: Push, sent: list[Sent]) -> list[Verdict]:
    """Apply one push; verdicts stand in the order of ``sent``. Raises ``Problem`` (busy) when nothing was stored.

    Visits that are fit as they stand are written together; every other record one by one, after the households and
    persons and before the visits it may be awaited by. The marks of all households it is about are taken first and in the
    order of their keys, and records within a table too, so that no two pushes wait for each other. What the time does not
    suffice for is ``retry``.
    """
    with site.db.read() as session:
        fit, waits = fit_visits(session, push, sent)
        rest = sorted((one for one in sent if one.index not in fit), key=order.key)
        homes = order.households(session, push.actor, rest) if rest else set()
        overdue = dict(queries.overdue(session, push.actor, MOST_RELEASED)) if waits else {}
        push = _believed(session, push) if rest else push
    ready = dict(zip(fit, visits.sealed(site.vault, push, fit.values()), strict=True))
    taken = partial(_written, site, push, sent, Work(ready, rest, homes.union(overdue.values()), list(overdue), waits))
    try:
        return taken(hopeful=True)
    except IntegrityError:  # another push has stored one of them since: this time the database says which
        return taken(hopeful=False)


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be written: visits ready to be stored as they stand, by index, what is taken one by one, whose households are to
    be locked beside the visits' own, and which held records may be tried again. ``waits``: the author has something set aside."""

    ready: dict[int, Ready]
    rest: list[Sent]
    homes: set[str]
    overdue: list[str]
    waits: bool


def _written(site: Site, push: Push, sent: list[Sent], work: Work, hopeful: bool) -> list[Verdict]:
    verdicts: dict[int, Verdict] = {}
    with site.db.write() as session:
        mark_dirty(session, site.county, work.homes.union(home for visit, _ in work.ready.values() for home in homes_of(visit)))
        until = time.monotonic() + MOST_SECONDS
        for one in work.rest:
            verdicts[one.index] = _later(one) if verdicts and time.monotonic() > until else _one_by_one(session, site, push, one)
        stored = visits.record(session, push, list(work.ready.values()), hopeful)
        verdicts |= dict(zip(work.ready, stored, strict=True))
        if work.waits:
            _supersede(session, push, verdicts.values())
        for waiting in queries.held(session, site.county, work.overdue) if work.overdue else ():
            release(session, site, waiting, push.received_at)
    return [verdicts[one.index] for one in sent]


def _believed(session: Session, push: Push) -> Push:
    """A cursor from the future is of another epoch (a backup was restored): it proves nothing of what the phone has seen."""
    return replace(push, cursor=0) if push.cursor > head(session, push.actor.county).seq else push


def _later(one: Sent) -> Verdict:
    return _retry(one, "later", "本次上传的内容较多，这条尚未处理，仍在手机上，稍后会自动重试。")


def _supersede(session: Session, push: Push, verdicts: Iterable[Verdict]) -> None:
    done: dict[str, list[str]] = {}
    for verdict in verdicts:
        if verdict.verdict in ("applied", "merged") and verdict.id:
            done.setdefault(verdict.table, []).append(verdict.id)
    for table, ids in done.items():
        quarantine.supersede(session, push.actor, table, ids, push.received_at)


def fit_visits(session: Session, push: Push, sent: list[Sent]) -> tuple[dict[int, Checked], bool]:
    """``{index: visit}`` of those whose envelope, answers and scope are good already, and whether the author has anything
    set aside. An id that stands twice in one push is left out: its copies are applied one after the other."""
    counts = Counter(one.id for one in sent if isinstance(one.id, str))
    drafts = {}
    for one in sent:
        if one.table == "visits" and one.unfit is None and counts[one.id] == 1:
            read = _draft(session, push, one)
            if read is not None:
                drafts[one.index] = read
    ground = survey(session, push, [draft for draft, _ in drafts.values()])
    fit = {}
    for index, (draft, klass) in drafts.items():
        try:
            fit[index] = place(push, draft, klass, ground)
        except Unfit:
            continue  # decided again, one by one, after what this push itself may bring
    return fit, ground.waits


def _draft(session: Session, push: Push, one: Sent) -> tuple[Draft, str] | None:
    try:
        draft = read_visit(one.record or {}, one.content)
        form = forms.compiled(session, push.actor.county, draft.form_id, draft.form_version)
        if form is not None and form.identifiers and has_mask(draft.answers, form.identifiers):
            return None
        return draft, visits.check_form(push, draft, form)
    except Exception:  # unfit, or a fault of ours: decided one by one, where it costs nobody else anything
        return None


def _one_by_one(session: Session, site: Site, push: Push, one: Sent) -> Verdict:
    """One record in a savepoint. What we failed at is ``retry``: nothing stored, the phone sends it again. A busy database
    is not this record's fault and ends the whole push."""
    try:
        return _in_savepoint(session, site, push, one)
    except Problem as problem:
        if problem.status == 503:
            raise
        return _retry(one, problem.code, problem.detail)
    except Exception as error:
        if is_busy(error):
            raise
        log_fault("record_failed", error)
        return _retry(one, "server-error", "服务器处理这条记录时出错，已记录。记录仍在手机上，请稍后重试。")


def _in_savepoint(session: Session, site: Site, push: Push, one: Sent) -> Verdict:
    """Where another push creates the same record at this moment, its commit makes ours fail once and be a duplicate then."""
    try:
        with savepoint(session):
            return apply_or_set_aside(session, site, push, one)
    except IntegrityError:
        with savepoint(session):
            return apply_or_set_aside(session, site, push, one)


def _retry(one: Sent, code: str, reason: str) -> Verdict:
    return Verdict(one.table, one.id if isinstance(one.id, str) else None, "retry", code, reason)
