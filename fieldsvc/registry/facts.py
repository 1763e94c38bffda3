"""Facts follow: what visits told is derived again where the visit belongs now; what departments and officers told is written
down once more under the survivor, with its source and date, and taken back by a split. History is only ever added to."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldsvc.facts import queries
from fieldsvc.facts.extend import add_rows
from fieldsvc.facts.models import FactDocument, FactRow
from fieldsvc.facts.queries import NOTHING
from fieldsvc.facts.rules import Declared, Row, standing
from fieldsvc.visits.models import Visit

DERIVED = ("visit", "registry")
Told = list[list[Any]]


def copy(session: Session, county: str, old: str, new: str, home: str, declared: Mapping[str, Declared], visits: bool = False) -> Told:
    """Write what stands of subject ``old`` under ``new`` (of household ``home``) as well; ``visits``: also what visits told.
    Returns ``[name, source id, n]`` of what was written."""
    told = queries.history(session, county, [old, new])
    kept = [r for r in standing(told.get(old, [])) if r.source_kind != "registry" and (visits or r.source_kind not in DERIVED)]
    n = _last(session, county, new)
    what = "household" if new == home else "person"
    rows = [replace(row, subject_id=new, subject=what, n=at, revision=_revision(told.get(new, []), row))
            for at, row in enumerate(kept, n + 1)]  # fmt: skip
    add_rows(session, county, home, new, rows, declared)
    return [[row.name, row.source_id, row.n] for row in rows]


def _revision(own: Iterable[Row], row: Row) -> int:
    """The source may have told the survivor something too, or a split may have taken this very row back before."""
    same = [r.revision for r in own if (r.name, r.source_id) == (row.name, row.source_id)]
    return max([row.revision, *same])


def take_back(session: Session, county: str, subject: str, home: str, told: Told, declared: Mapping[str, Declared]) -> None:
    """Undo ``copy``: what was copied no longer counts; what the same source told the subject itself does again. What the source
    has said since stays."""
    history = queries.history(session, county, [subject]).get(subject, [])
    copied = {n for _, _, n in told}
    rows: list[Row] = []
    for name, source in dict.fromkeys((name, source) for name, source, _ in told):
        same = [r for r in history if (r.name, r.source_id) == (name, source)]
        mine = [r for r in standing(r for r in same if r.n not in copied) if r.n < max(copied)]
        if any(r.n > max(copied) for r in same):
            continue
        last = next(r for r in reversed(same) if r.n in copied)
        again = replace(mine[-1] if mine else last, value=mine[-1].value if mine else None)
        rows.append(replace(again, n=history[-1].n + len(rows) + 1, revision=max(r.revision for r in same) + 1))
    add_rows(session, county, home, subject, rows, declared)


def _last(session: Session, county: str, subject: str) -> int:
    return queries.known(session, county, [subject]).get(subject, NOTHING).n


def rehome(session: Session, county: str, persons: list[str], home: str) -> None:
    """The current documents of these persons lie with their household."""
    mine = FactDocument.county_code == county, FactDocument.subject_id.in_(persons)
    session.execute(update(FactDocument).where(*mine).values(household_id=home))


def visits_about(session: Session, county: str, person: str, home: str) -> list[str]:
    """Visits of the household that told something of the person."""
    mine = FactRow.county_code == county, FactRow.subject_id == person, FactRow.source_kind == "visit"
    told = set(session.scalars(select(FactRow.source_id).where(*mine)))
    here = Visit.county_code == county, Visit.household_id == home
    return sorted(set(session.scalars(select(Visit.id).where(*here))) & {each for each in told if each})


def derive_again(session: Session, county: str, visits: list[str]) -> None:
    """The next screening reads these visits anew: their answers name a person by an id that leads elsewhere now."""
    here = Visit.county_code == county, Visit.id.in_(visits)
    session.execute(update(Visit).where(*here).values(revision=Visit.revision + 1), execution_options={"synchronize_session": "fetch"})
