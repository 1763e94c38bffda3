"""Who must be screened again though no fact came in: after a change of the rules, or as days pass."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.facts.service import mark_dirty
from fieldsvc.kit import clock
from fieldsvc.kit.db import written
from fieldsvc.kit.memory import remembered
from fieldsvc.kit.site import Site

from . import claims, queries
from .models import DailyRun, RuleSet

SLICE = 500
INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def stamp(rule_hash: str) -> str:
    """How an error of a set-aside household begins: under which rules it happened."""
    return f"[{rule_hash[:12]}]"


def meet_rules(site: Site, departments: Departments) -> int:
    """Once per process and rule set: store the set, make due what was set aside under another one, and mark every household
    not yet judged by this one. Returns how many were marked."""
    book, met = departments.rulebook, remembered(site.db.engine, "rule sets met")
    if book.hash in met:
        return 0
    written(site.db, lambda session: keep_rules(session, site.county, book))
    written(site.db, lambda session: claims.retry_set_aside(session, site.county, stamp(book.hash)))
    marked = _mark(site, lambda session, after: queries.outdated(session, site.county, book.hash, after, SLICE))
    met[book.hash] = marked
    return marked


def keep_rules(session: Session, county: str, book: RuleBook) -> None:
    values = {"county_code": county, "hash": book.hash, "content": book.to_json().decode(), "stored_at": clock.now()}
    session.execute(INSERT[session.get_bind().dialect.name](RuleSet).values(**values).on_conflict_do_nothing())


def new_day(site: Site) -> int:
    """One slice of the day's screening of everybody, because people age, knowledge expires and parameters have dates.
    Returns how many households were marked, 0 once all of them are.

    Who is through is a row of the county: its lock and the marks are one transaction, so that a day is neither done twice by
    several processes nor lost by one that dies.
    """
    with site.db.read() as session:
        run = session.get(DailyRun, site.county)
        if run is not None and run.done and not _is_over(run.day):
            return 0
    return int(written(site.db, lambda session: _next_slice(session, site.county)))


def _next_slice(session: Session, county: str) -> int:
    held = select(DailyRun).where(DailyRun.county_code == county).with_for_update(skip_locked=True)
    run = session.scalar(held)
    if run is None:
        _open(session, county)
        return 0
    if _is_over(run.day):
        run.day, run.after, run.done = clock.today(), "", False
    if run.done:
        return 0
    ids = queries.household_ids(session, county, run.after, SLICE)
    mark_dirty(session, county, ids)
    run.after, run.done = (ids[-1] if ids else run.after), len(ids) < SLICE
    return len(ids)


def _open(session: Session, county: str) -> None:
    """A county's first day needs no run: whatever is registered is being screened for the first time."""
    first = {"county_code": county, "day": clock.today(), "after": "", "done": True}
    session.execute(INSERT[session.get_bind().dialect.name](DailyRun).values(**first).on_conflict_do_nothing())


def _is_over(day: date) -> bool:
    """A clock a little behind does not begin the day again; a day far ahead was a wrong clock's."""
    return not day - timedelta(days=1) <= clock.today() <= day


def _mark(site: Site, wanted: Callable[[Session, str], list[str]]) -> int:
    marked = 0
    for ids in _slices(site, wanted):
        written(site.db, partial(mark_dirty, county=site.county, household_ids=ids))
        marked += len(ids)
    return marked


def _slices(site: Site, wanted: Callable[[Session, str], list[str]]) -> Iterator[list[str]]:
    after = ""
    while True:
        with site.db.read() as session:
            ids = wanted(session, after)
        if not ids:
            return
        yield ids
        after = ids[-1]
