"""Every SELECT of facts."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Row as SqlRow
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.households.models import Household, Person
from fieldsvc.kit.among import among
from fieldsvc.kit.rows import by_sorting
from fieldsvc.visits.models import Visit

from .models import FactDocument, FactRow
from .rules import Row


class Known(NamedTuple):
    """What is stored of one subject; a subject never heard of has n = 0."""

    n: int
    document: dict[str, Any]
    visits: dict[str, Any]


NOTHING = Known(0, {}, {})


def households(session: Session, county: str, ids: Iterable[str]) -> list[SqlRow[Any]]:
    columns = Household.id, Household.village_code, Household.area, Household.tier, Household.updated_at
    return list(session.execute(select(*columns).where(Household.county_code == county, among(session, Household.id, ids))))


def persons(session: Session, county: str, household_ids: Iterable[str]) -> dict[str, list[Any]]:
    """``{household id: its persons}``, each list in the order of ids."""
    columns = Person.id, Person.household_id, Person.sex, Person.birth_date, Person.tier, Person.updated_at
    mine = Person.county_code == county, among(session, Person.household_id, household_ids)
    rows = session.execute(select(*columns).where(*mine).order_by(by_sorting(Person.id)))
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.household_id].append(row)
    return found


def known(session: Session, county: str, subject_ids: Iterable[str]) -> dict[str, Known]:
    rows = session.execute(
        select(FactDocument.subject_id, FactDocument.n, FactDocument.document, FactDocument.visits)
        .where(FactDocument.county_code == county, among(session, FactDocument.subject_id, subject_ids))
    )  # fmt: skip
    return {row.subject_id: Known(row.n, row.document, row.visits) for row in rows}


def versions(session: Session, county: str, subject_ids: Iterable[str]) -> dict[str, int]:
    wanted = select(FactDocument.subject_id, FactDocument.n)
    rows = session.execute(wanted.where(FactDocument.county_code == county, among(session, FactDocument.subject_id, subject_ids)))
    return {subject: n for subject, n in rows}


def history(session: Session, county: str, subject_ids: Iterable[str]) -> dict[str, list[Row]]:
    """Whole histories by subject, in order of n."""
    columns = (FactRow.subject_id, FactRow.n, FactRow.subject, FactRow.name, FactRow.value, FactRow.as_of,
               FactRow.source_kind, FactRow.source_id, FactRow.revision)  # fmt: skip
    rows = session.execute(
        select(*columns).where(FactRow.county_code == county, FactRow.subject_id.in_(sorted(subject_ids)))
        .order_by(FactRow.subject_id, FactRow.n)
    )  # fmt: skip
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.subject_id].append(Row(*row))
    return found


def visit_heads(session: Session, county: str, household_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """``{household id: {visit id: its revision}}``."""
    rows = session.execute(
        select(Visit.household_id, Visit.id, Visit.revision)
        .where(Visit.county_code == county, among(session, Visit.household_id, household_ids))
    )  # fmt: skip
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for household, visit, revision in rows:
        found[household][visit] = revision
    return found


def visits(session: Session, county: str, ids: Iterable[str]) -> list[SqlRow[Any]]:
    columns = (Visit.id, Visit.revision, Visit.household_id, Visit.person_id, Visit.form_id, Visit.form_version,
               Visit.observed_at, Visit.answers_sealed)  # fmt: skip
    wanted = select(*columns).where(Visit.county_code == county, Visit.id.in_(sorted(ids)))
    return list(session.execute(wanted.order_by(Visit.observed_at, Visit.id)))


def said(session: Session, county: str, subject_ids: Iterable[str], kind: str, names: Iterable[str]) -> list[SqlRow[Any]]:
    """``(subject id, fact, value, as-of)`` of everything this kind of source has said of these facts."""
    columns = FactRow.subject_id, FactRow.name, FactRow.value, FactRow.as_of
    mine = FactRow.county_code == county, FactRow.subject_id.in_(sorted(set(subject_ids)))
    return list(session.execute(select(*columns).where(*mine, FactRow.source_kind == kind, FactRow.name.in_(sorted(names)))))
