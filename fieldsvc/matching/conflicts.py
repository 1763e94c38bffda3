"""Several rows about one person or household (多对一): what agrees is said once, what contradicts itself is for somebody to decide."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.departments.feeds import Feed
from fieldsvc.departments.load import Departments
from fieldsvc.kit.db import written
from fieldsvc.kit.site import Site

from . import queries
from .models import MatchingRow
from .planning import Telling, subject_of
from .rules import DOUBTFUL

AT_ONCE = 200


def settle(
    site: Site, departments: Departments, run_id: str, feed: Feed, told: Callable[[], None], guard: Callable[[Session], Any]
) -> None:  # fmt: skip
    """Look through the persons (for household facts: the households) of whom several rows speak, some at a time. ``guard`` locks
    the run first."""
    declared = departments.vocabulary.facts
    shared = any(declared[name].subject == "household" for name in feed.facts)
    by = MatchingRow.household_id if shared else MatchingRow.person_id
    with site.db.read() as session:
        groups = [
            [n for _, n in some]
            for _, some in groupby(queries.crowded(session, site.county, run_id, by), lambda at: at[0])
        ]
    for start in range(0, len(groups), AT_ONCE):
        part = partial(_settle, county=site.county, departments=departments, run_id=run_id, guard=guard)
        written(site.db, partial(part, groups=groups[start : start + AT_ONCE]))
        told()


def _settle(
    session: Session, county: str, departments: Departments, run_id: str, guard: Callable[[Session], Any], groups: list[list[int]]
) -> None:  # fmt: skip
    guard(session)
    rows = {row.n: row for row in queries.numbered(session, county, run_id, [n for group in groups for n in group])}
    for group in groups:
        _compare([rows[n] for n in group], departments)


def _compare(rows: list[MatchingRow], departments: Departments) -> None:
    said: dict[tuple[Any, ...], dict[str, list[MatchingRow]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        for at, value in _sayings(row, departments):
            said[at][repr(value)].append(row)
    torn = {row.n for values in said.values() if len(values) > 1 for some in values.values() for row in some}
    for row in rows:
        if row.n in torn:
            doubt(row, "conflict")
    for at, values in said.items():
        for again in next(iter(values.values()))[1:] if len(values) == 1 else ():
            if again.n not in torn:
                _said_before(again, at[1])


def _sayings(row: MatchingRow, departments: Departments) -> Iterable[tuple[tuple[Any, ...], Any]]:
    declared = departments.vocabulary.facts
    assert row.person_id and row.household_id and row.as_of
    telling = Telling(row.person_id, row.household_id, row.facts, row.as_of)
    for name, value in row.facts.items():
        if name in declared:
            yield (subject_of(name, telling, declared), name, row.as_of), value


def doubt(row: MatchingRow, reason: str) -> None:
    """Somebody must decide about this row: who it was matched with becomes a candidate."""
    row.candidates = [[row.person_id, row.household_id, row.village_code, [reason]]]
    row.state, row.person_id, row.household_id, row.changes = DOUBTFUL, None, None, []
    row.reasons = [*row.reasons, reason]


def _said_before(row: MatchingRow, fact: str) -> None:
    kept = [change for change in row.changes if change[0] != fact]
    if len(kept) < len(row.changes):
        row.changes = kept
    if not kept and "repeat" not in row.reasons:
        row.reasons = [*row.reasons, "repeat"]
