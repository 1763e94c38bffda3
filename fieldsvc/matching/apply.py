"""An approved run is written down, a slice of rows a transaction: facts learned, questions given to workers. A killed run goes on
where it stopped, because each row carries its outcome."""

from collections.abc import Callable
from functools import partial

from sqlalchemy.orm import Session

from fieldsvc.departments.feeds import Feed
from fieldsvc.departments.load import Departments
from fieldsvc.facts.service import Told, mark_dirty, record_many
from fieldsvc.households.redirects import survivors
from fieldsvc.kit import clock
from fieldsvc.kit.db import written
from fieldsvc.kit.site import Site

from . import queries
from .errands import ask, look_into
from .models import MatchingRow, MatchingRun
from .planning import Telling, plan
from .preview import feed_of
from .rules import APPLIED, APPROVED, GONE, MATCHED, RECORDED, SOURCE, UNCHANGED, Change, moment_of

SLICE = 200


def apply(site: Site, departments: Departments, run_id: str, told: Callable[[int], None] = lambda _: None) -> None:
    """Write an approved run down to its end; ``told`` hears how many rows were done so far in this call."""
    after, done = 0, 0
    while True:
        rows = written(site.db, partial(_slice, site=site, departments=departments, run_id=run_id, after=after))
        if not rows:
            return
        after, done = rows[-1], done + len(rows)
        told(done)


def _slice(session: Session, site: Site, departments: Departments, run_id: str, after: int) -> list[int]:
    """Row numbers done; empty when the run is finished or not to be applied."""
    run = queries.run(session, site.county, run_id, lock=True)
    if run.state != APPROVED:
        return []
    rows = queries.to_apply(session, site.county, run_id, after, SLICE)
    if rows:
        record_rows(session, departments, run, [row for row in rows if row.state == MATCHED])
        ask(session, site.vault, run, [row for row in rows if row.state != MATCHED])
        return [row.n for row in rows]
    run.state, run.applied_at = APPLIED, clock.now()
    return []


def record_rows(session: Session, departments: Departments, run: MatchingRun, rows: list[MatchingRow]) -> None:
    """Learn what matched rows say, in the caller's transaction. What a person's household is now is looked up again."""
    feed = feed_of(departments, run)
    led = survivors(session, run.county_code, [row.person_id for row in rows])
    for row in rows:
        row.person_id = led.get(row.person_id or "", row.person_id)
    people = queries.persons(session, run.county_code, [row.person_id for row in rows if row.person_id])
    for row in rows:
        row.outcome = UNCHANGED if row.person_id in people else GONE
        if row.person_id in people:
            row.household_id = people[row.person_id].household_id
    here = [row for row in rows if row.outcome != GONE]
    moving = [row for row, changes in _planned(session, departments, run, here) if changes]
    if not moving:
        return
    mark_dirty(session, run.county_code, {str(row.household_id) for row in moving})
    learned = [(row, changes) for row, changes in _planned(session, departments, run, moving) if changes]
    record_many(session, run.county_code, [_told(run, row, changes) for row, changes in learned], source_kind=SOURCE,
                declared=departments.vocabulary.facts)  # fmt: skip
    _told_of(session, feed, run, learned)


def _planned(
    session: Session, departments: Departments, run: MatchingRun, rows: list[MatchingRow]
) -> list[tuple[MatchingRow, list[Change]]]:
    return list(zip(rows, plan(session, run.county_code, departments, [telling(row) for row in rows]), strict=True))


def telling(row: MatchingRow) -> Telling:
    assert row.person_id and row.household_id and row.as_of
    return Telling(row.person_id, row.household_id, row.facts, row.as_of)


def _told(run: MatchingRun, row: MatchingRow, changes: list[Change]) -> Told:
    assert row.household_id and row.as_of
    facts = {change.fact: change.new for change in changes}
    return Told(row.household_id, row.person_id, facts, moment_of(row.as_of, clock.now()), run.id)


def _told_of(session: Session, feed: Feed, run: MatchingRun, learned: list[tuple[MatchingRow, list[Change]]]) -> None:
    for row, changes in learned:
        row.outcome, row.changes = RECORDED, [change.packed() for change in changes]
    if feed.verify:
        look_into(session, feed, run, [row for row, _ in learned])
