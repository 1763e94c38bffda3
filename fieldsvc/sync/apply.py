"""Applying one record, and what its arrival sets free: held records (待补) are applied as their author's."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import Actor
from fieldsvc.facts.service import mark_dirty
from fieldsvc.feed.service import savepoint
from fieldsvc.forms import service as forms
from fieldsvc.kit import strict
from fieldsvc.kit.crypto import Vault
from fieldsvc.kit.db import is_busy
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.problems import log_fault
from fieldsvc.kit.site import Site
from fieldsvc.visits import quarantine, queries
from fieldsvc.visits import service as visits
from fieldsvc.visits.models import SetAside
from fieldsvc.visits.rules import Unfit
from fieldsvc.visits.rules import read as read_visit
from fieldsvc.visits.scope import Checked, Push, place, survey
from fieldsvc.visits.service import Verdict

from .envelope import Sent
from .masks import unmask
from .records import APPLIERS

MOST_RELEASED = 200  # with one record; more are taken in with the author's next pushes


def check_visit(session: Session, vault: Vault, push: Push, one: Sent) -> Checked:
    """Envelope, form and scope of one visit against the session's present state. Raises ``Unfit``."""
    draft = read_visit(one.record or {}, one.content)
    form = forms.compiled(session, push.actor.county, draft.form_id, draft.form_version)
    if form is not None and form.identifiers:
        unmask(session, vault, push.actor.county, draft, form.identifiers)
    klass = visits.check_form(push, draft, form)
    return place(push, draft, klass, survey(session, push, [draft]))


def apply_one(session: Session, site: Site, push: Push, one: Sent) -> Verdict:
    """Apply a readable record of a known table. Raises ``Unfit``."""
    if one.table == "visits":
        checked = check_visit(session, site.vault, push, one)
        mark_dirty(session, push.actor.county, homes_of(checked))
        return visits.record(session, push, visits.sealed(site.vault, push, [checked]))[0]
    if one.table not in APPLIERS:
        raise Unfit("unknown-table", f"没有名为 {quarantine.label(one.table)} 的可上传表。")
    verdict = APPLIERS[one.table](session, site, push, one)
    for waiting in queries.awaiting(session, site.county, one.table, one.id, MOST_RELEASED):
        release(session, site, waiting, push.received_at)
    return verdict


def homes_of(visit: Checked) -> tuple[str, ...]:
    """The household a visit is of, and the one it is taken from."""
    here = visit.draft.household_id
    return (here,) if visit.stands is None or visit.repeats else (here, visit.stands.household_id)


def apply_or_set_aside(session: Session, site: Site, push: Push, one: Sent) -> Verdict:
    try:
        if one.unfit is not None:
            raise one.unfit
        with savepoint(session):  # what is refused half way must not be written with the rest
            return apply_one(session, site, push, one)
    except Unfit as why:
        return quarantine.set_aside(session, site.vault, push, one.table, one.id, one.content, why)


def release(session: Session, site: Site, waiting: SetAside, now: Any) -> Verdict | None:
    """Try one set-aside record again as its author's. Returns the verdict, or None when it stays aside, with its reason: also
    when we fail at it, for it must not cost the record that sets it free."""
    try:
        with savepoint(session):
            content = site.vault.open(waiting.content_sealed, quarantine.COLUMN)
            as_author = Push(author_of(session, waiting), waiting.received_at, offset_of(waiting), 0)
            verdict = apply_one(session, site, as_author, reread(waiting, content))
    except Unfit as why:
        quarantine.still_aside(waiting, why)
        return None
    except Exception as error:
        if is_busy(error) or (isinstance(error, Problem) and error.status == 503):
            raise
        log_fault("release_failed", error)
        return None
    waiting.state, waiting.resolved_at = "released", now
    session.flush()
    return verdict


def reread(waiting: SetAside, content: bytes) -> Sent:
    try:
        record = strict.decode(content)
    except strict.BadJson as bad:
        raise Unfit(bad.code, str(bad)) from None
    return Sent(waiting.tbl, 0, waiting.record_id, content, content, record)


def author_of(session: Session, waiting: SetAside) -> Actor:
    account = session.get_one(Account, (waiting.county_code, waiting.author_id))
    return Actor(account.county_code, account.id, account.name, account.role, account.region, account.department,
                 waiting.device_id)  # fmt: skip


def offset_of(waiting: SetAside) -> timedelta | None:
    return None if waiting.offset_ms is None else timedelta(milliseconds=waiting.offset_ms)


