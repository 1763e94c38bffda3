"""Several rows about one person or household (多对一): what agrees is said once, what contradicts itself is for somebody to decide."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.departments.load import Departments
from fieldsvc.kit.db import written
from fieldsvc.kit.site import Site

from . import queries
from .models import MatchingRow
from .planning import Telling, subject_of
from .rules import DOUBTFUL

HOMES = 200


def settle(
    site: Site, departments: Departments, run_id: str, told: Callable[[], None], guard: Callable[[Session], Any]
) -> None:
    """Look through the households of which several rows speak, some at a time. ``guard`` locks the run first."""
    after = ""
    while homes := _crowded(site, run_id, after):
        written(
            site.db,
            partial(_settle, county=site.county, departments=departments, run_id=run_id, homes=homes, guard=guard),
        )
        told()
        after = homes[-1]


def _crowded(site: Site, run_id: str, after: str) -> list[str]:
    with site.db.read() as session:
        return queries.crowded(session, site.county, run_id, after, HOMES)


def _settle(
    session: Session,
    county: str,
    departments: Departments,
    run_id: str,
    homes: list[str],
    guard: Callable[[Session], Any],
) -> None:
    guard(session)
    by_home: dict[str, list[MatchingRow]] = defaultdict(list)
    for row in queries.of_households(session, county, run_id, homes):
        by_home[str(row.household_id)].append(row)
    for rows in by_home.values():
        _one_home(rows, departments)


def _one_home(rows: list[MatchingRow], departments: Departments) -> None:
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
        row.reasons = row.reasons if "repeat" in row.reasons else [*row.reasons, "repeat"]
