"""Writing a batch's results, a slice a transaction, so that nobody waits long for a mark or for the feed's counter."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from sqlalchemy import Date, bindparam, text
from sqlalchemy.orm import Session

from fieldsvc.alerts.service import forget, raise_alerts
from fieldsvc.deadlines.rules import Limits
from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.facts.service import store
from fieldsvc.kit import clock
from fieldsvc.kit.columns import Moment
from fieldsvc.kit.db import written
from fieldsvc.kit.site import Site

from . import claims
from .chores import keep_tasks
from .claims import Claim
from .examine import Judged, Verdict

SLICE = 25
SEEN_SLICE = 500


def settle_seen(site: Site, batch: Claim, ids: Iterable[str]) -> None:
    """Take the marks off households of which there is nothing to write, and of those that no longer exist. Who wrote a fact
    meanwhile has raised the mark's generation, so no document need be looked at again."""
    wanted = sorted(ids)
    for start in range(0, len(wanted), SEEN_SLICE):
        written(site.db, partial(_settle_seen, county=site.county, part=batch.part(wanted[start : start + SEEN_SLICE])))


def _settle_seen(session: Session, county: str, part: Claim) -> None:
    held = claims.hold(session, county, part)
    claims.finish(session, county, part.part(held), held, held)


def settle(site: Site, departments: Departments, batch: Claim, judged: list[Judged]) -> None:
    """Write what was found of these households, a slice a transaction."""
    by_id = {each.id: each for each in judged}
    ids = sorted(by_id)
    for start in range(0, len(ids), SLICE):
        part = batch.part(ids[start : start + SLICE])
        written(site.db, partial(_settle_slice, site=site, departments=departments, part=part, by_id=by_id))


def _settle_slice(session: Session, site: Site, departments: Departments, part: Claim, by_id: dict[str, Judged]) -> None:
    held = claims.hold(session, site.county, part)
    mine = [by_id[home] for home in held]
    stored = store(session, site.county, [each.facts for each in mine])
    written = [each for each in mine if each.id in stored]
    record_verdicts(session, site, departments.rulebook, written)
    forget(session, site.county, ((rule, v.subject_id) for each in written for v in each.verdicts for rule in v.quiet))
    limits = Limits(departments.policy, site.settings.jurisdiction)
    raise_alerts(session, site.county, (found for each in written for found in each.found), limits)
    keep_tasks(session, site, departments, written)
    claims.finish(session, site.county, part.part(held), held, stored)


PAST = text("UPDATE determinations SET current = false WHERE county_code = :county AND subject_id = :subject AND n = :n")
NEW = text("""
INSERT INTO determinations (county_code, subject_id, n, household_id, subject, jurisdiction, on_date, verdicts, tier, amounts, facts,
    rule_set, at, current)
VALUES (:county, :subject_id, :n, :household_id, :subject, :jurisdiction, :on_date, :verdicts, :tier, :amounts, :facts, :rule_set,
    :at, true)""").bindparams(bindparam("at", type_=Moment), bindparam("on_date", type_=Date))


def record_verdicts(session: Session, site: Site, book: RuleBook, judged: list[Judged]) -> None:
    """A new row for each subject of which anything changed: a verdict, the tier, an amount, a fact read, or the rules."""
    new = [(each, v) for each in judged for v in each.differs]
    old = [(v.subject_id, each.before[v.subject_id].n) for each, v in new if v.subject_id in each.before]
    if old:
        session.execute(PAST, [{"county": site.county, "subject": subject, "n": n} for subject, n in old])
    if new:
        session.execute(NEW, [_row(each, v, site, book) for each, v in new])


def _row(each: Judged, v: Verdict, site: Site, book: RuleBook) -> dict[str, Any]:
    before = each.before.get(v.subject_id)
    return {
        "county": site.county, "subject_id": v.subject_id, "n": before.n + 1 if before else 1,
        "household_id": v.household_id, "subject": v.subject, "jurisdiction": site.settings.jurisdiction, "on_date": each.on,
        "verdicts": v.verdicts, "tier": v.tier, "amounts": v.amounts, "facts": v.facts, "rule_set": book.hash, "at": clock.now(),
    }  # fmt: skip
