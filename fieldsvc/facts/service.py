"""Verbs of facts: mark a household dirty, store what was derived, record what a department or an officer says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from fieldsvc.kit import clock
from fieldsvc.kit.db import after_commit
from fieldsvc.kit.sql import Sql
from fieldsvc.kit.wake import wake

from . import queries
from .learn import HomeFacts
from .models import FactRow
from .queries import NOTHING, Known
from .rules import Declared, Row, merge

STORED = tuple(each.name for each in fields(Row))
MARK = """
INSERT INTO dirty_households (county_code, household_id, generation, marked_at, failures, set_aside)
SELECT :county, {one}, 1, :now, 0, false FROM {many} WHERE true
ON CONFLICT (county_code, household_id) DO UPDATE
SET generation = dirty_households.generation + 1, set_aside = false
WHERE dirty_households.lease IS NOT NULL OR dirty_households.set_aside
"""
SOURCE = {
    "sqlite": {"one": "value", "many": "json_each(:ids)"},
    "postgresql": {"one": "value", "many": "json_array_elements_text(CAST(:ids AS json)) AS ids(value)"},
}
MARKS = Sql(MARK, **SOURCE)


def mark_dirty(session: Session, county: str, household_ids: Iterable[str]) -> None:
    """Owe these households a screening, in the caller's transaction; the worker is woken once it is committed.

    Raises the mark's generation where a worker has it, so that a write during a screening leads to another one; a mark that
    nobody has yet is locked and left as it is. Locks the marks in the order of their keys. New facts also give a household that
    was set aside another try.
    """
    ids = sorted(set(household_ids))
    if not ids:
        return
    MARKS.rows(session, county=county, ids=orjson.dumps(ids).decode(), now=clock.now())
    after_commit(session, "wake", wake)


def store(session: Session, county: str, learned: Iterable[HomeFacts]) -> set[str]:
    """Append the new rows and write the documents; returns the ids of the households that were stored.

    A household whose documents moved on since they were read is left out whole: its mark is dirty again anyway. The caller
    holds the households' marks, which every writer of facts takes first.
    """
    homes = list(learned)
    now = queries.versions(session, county, (s for facts in homes for s in facts.base))
    fit = [f for f in homes if all(now.get(subject, 0) == n for subject, n in f.base.items())]
    _append(session, county, [(facts.home.id, row) for facts in fit for row in facts.rows])
    _write(session, county, [(f.home.id, s, f.known[s]) for f in fit for s in f.touched])
    return {facts.home.id for facts in fit}


@dataclass(frozen=True, slots=True)
class Told:
    """What a department or an officer says of one household or one of its persons: ``facts`` = {declared name: JSON value; money
    and numbers as exact strings}, first revision of ``source_id``."""

    household_id: str
    person_id: str | None
    facts: Mapping[str, Any]
    as_of: datetime
    source_id: str


def record(
    session: Session, county: str, household_id: str, person_id: str | None, facts: Mapping[str, Any], *, as_of: datetime,
    source_kind: str, source_id: str, declared: Mapping[str, Declared],
) -> None:  # fmt: skip
    """``record_many`` for one."""
    record_many(session, county, [Told(household_id, person_id, facts, as_of, source_id)], source_kind=source_kind, declared=declared)


def record_many(
    session: Session, county: str, told: Iterable[Told], *, source_kind: str, declared: Mapping[str, Declared]
) -> None:
    """Facts told by departments or officers, in the caller's transaction, with a handful of statements however many.

    Marks the households dirty first, which locks them. Raises KeyError for a fact nobody declared, LookupError for a person fact
    without a person.
    """
    given = list(told)
    mark_dirty(session, county, {each.household_id for each in given})
    parts = [(each, subject, named) for each in given for subject, named in _by_subject(each, declared).items()]
    known = queries.known(session, county, {subject for _, subject, _ in parts}) if parts else {}
    rows: list[tuple[str, Row]] = []
    homes: dict[str, str] = {}
    for each, subject, named in parts:
        before = known.get(subject, NOTHING)
        what = "household" if subject == each.household_id else "person"
        new = [Row(subject, n, what, name, named[name], each.as_of, source_kind, each.source_id)
               for n, name in enumerate(sorted(named), before.n + 1)]  # fmt: skip
        known[subject] = Known(before.n + len(new), merge(before.document, new, declared), before.visits)
        homes[subject] = each.household_id
        rows += [(each.household_id, row) for row in new]
    _append(session, county, rows)
    _write(session, county, [(homes[subject], subject, known[subject]) for subject in sorted(homes)])


def _by_subject(told: Told, declared: Mapping[str, Declared]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, value in told.facts.items():
        subject = told.household_id if declared[name].subject == "household" else told.person_id
        if subject is None:
            raise LookupError(f"{name}: no person named")
        found.setdefault(subject, {})[name] = value
    return found


def _append(session: Session, county: str, rows: list[tuple[str, Row]]) -> None:
    now = clock.now()
    if rows:
        session.execute(insert(FactRow), [
            {name: getattr(row, name) for name in STORED} | {"county_code": county, "household_id": household, "recorded_at": now}
            for household, row in rows
        ])  # fmt: skip


WRITE = text("""
INSERT INTO fact_documents (county_code, subject_id, household_id, subject, n, document, visits)
VALUES (:county, :id, :household, :subject, :n, :document, :visits)
ON CONFLICT (county_code, subject_id) DO UPDATE
SET household_id = excluded.household_id, n = excluded.n, document = excluded.document, visits = excluded.visits
""")


def _write(session: Session, county: str, documents: list[tuple[str, str, Known]]) -> None:
    if documents:
        session.execute(WRITE, [
            {"county": county, "id": subject, "household": household, "n": known.n,
             "subject": "household" if subject == household else "person",
             "document": orjson.dumps(known.document).decode(), "visits": orjson.dumps(known.visits).decode()}
            for household, subject, known in documents
        ])  # fmt: skip
