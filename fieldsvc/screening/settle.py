"""Writing a batch's results, a slice a transaction, so that nobody waits long for a mark or for the feed's counter."""

from functools import partial

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from fieldsvc.alerts.service import forget, raise_alerts
from fieldsvc.deadlines.rules import Limits
from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.facts.service import store
from fieldsvc.kit import clock
from fieldsvc.kit.db import written
from fieldsvc.kit.site import Site

from . import claims
from .chores import keep_tasks
from .claims import Claim
from .examine import Judged, Verdict
from .models import DeterminationRow

SLICE = 20


def settle(site: Site, departments: Departments, batch: Claim, judged: list[Judged]) -> None:
    """Write the results, a slice a transaction; households that no longer exist just lose their mark."""
    by_id = {each.id: each for each in judged}
    ids = sorted(batch.generations)
    for start in range(0, len(ids), SLICE):
        part = batch.part(ids[start : start + SLICE])
        written(site.db, partial(_settle_slice, site=site, departments=departments, part=part, by_id=by_id))


def _settle_slice(session: Session, site: Site, departments: Departments, part: Claim, by_id: dict[str, Judged]) -> None:
    held = claims.hold(session, site.county, part)
    mine = [by_id[home] for home in held if home in by_id]
    stored = store(session, site.county, [each.facts for each in mine])
    written = [each for each in mine if each.id in stored]
    record_verdicts(session, site, departments.rulebook, written)
    forget(session, site.county, ((rule, v.subject_id) for each in written for v in each.verdicts for rule in v.quiet))
    limits = Limits(departments.policy, site.settings.jurisdiction)
    raise_alerts(session, site.county, (found for each in written for found in each.found), limits)
    keep_tasks(session, site, departments, written)
    claims.finish(session, site.county, part.part(held), held, stored | (held.keys() - by_id.keys()))


def record_verdicts(session: Session, site: Site, book: RuleBook, judged: list[Judged]) -> None:
    """A new row for each subject of which anything changed: a verdict, the tier, an amount, a fact read, or the rules."""
    new = [(each, v) for each in judged for v in each.verdicts if _differs(each.before.get(v.subject_id), v, site, book)]
    if not new:
        return
    old = [each.before[v.subject_id] for each, v in new if v.subject_id in each.before]
    if old:
        session.execute(update(DeterminationRow), [
            {"county_code": site.county, "subject_id": row.subject_id, "n": row.n, "current": False} for row in old
        ])  # fmt: skip
    session.execute(insert(DeterminationRow), [_row(each, v, site, book) for each, v in new])


def _row(each: Judged, v: Verdict, site: Site, book: RuleBook) -> dict[str, object]:
    before = each.before.get(v.subject_id)
    return {
        "county_code": site.county, "subject_id": v.subject_id, "n": before.n + 1 if before else 1,
        "household_id": v.household_id, "subject": v.subject, "jurisdiction": site.settings.jurisdiction, "on_date": each.on,
        "verdicts": v.verdicts, "tier": v.tier, "amounts": v.amounts, "facts": v.facts, "rule_set": book.hash,
        "at": clock.now(), "current": True,
    }  # fmt: skip


def _differs(before: DeterminationRow | None, v: Verdict, site: Site, book: RuleBook) -> bool:
    if before is None:
        return True
    now = (v.verdicts, v.tier, v.amounts, v.facts, v.household_id, site.settings.jurisdiction, book.hash)
    return now != (before.verdicts, before.tier, before.amounts, before.facts, before.household_id, before.jurisdiction,
                   before.rule_set)  # fmt: skip
