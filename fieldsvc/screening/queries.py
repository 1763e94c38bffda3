"""Every SELECT of screening."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Text, exists, func, select, type_coerce
from sqlalchemy.orm import Session

from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.households.models import Household
from fieldsvc.kit.among import among

from .models import DeterminationRow, RuleSet


class Before(NamedTuple):
    """What stands of one subject, to be compared with what is found now; ``amounts`` and ``facts`` as JSON text."""

    n: int
    household_id: str
    jurisdiction: str
    verdicts: str
    tier: str | None
    amounts: str
    facts: str
    rule_set: str


def standing(session: Session, county: str, subject_ids: Iterable[str]) -> dict[str, Before]:
    """What stands of each subject, by its id, as text: most of a screening's results are what they were."""
    row = DeterminationRow
    columns = (row.subject_id, row.n, row.household_id, row.jurisdiction, row.verdicts, row.tier, type_coerce(row.amounts, Text),
               type_coerce(row.facts, Text), row.rule_set)  # fmt: skip
    rows = select(*columns).where(row.county_code == county, among(session, row.subject_id, subject_ids), row.current)
    return {row[0]: Before(*row[1:]) for row in session.execute(rows)}


def current(session: Session, county: str, subject_ids: Iterable[str]) -> dict[str, DeterminationRow]:
    """What stands of each subject, by its id."""
    ids = sorted(set(subject_ids))
    rows = select(DeterminationRow).where(
        DeterminationRow.county_code == county, DeterminationRow.subject_id.in_(ids), DeterminationRow.current)  # fmt: skip
    return {row.subject_id: row for row in session.scalars(rows)}


def rule_set(session: Session, county: str, hashed: str) -> str | None:
    return session.scalar(select(RuleSet.content).where(RuleSet.county_code == county, RuleSet.hash == hashed))


def outdated(session: Session, county: str, hashed: str, after: str, limit: int) -> list[str]:
    """Households with no determination under this rule set and no mark, by id, from ``after`` on."""
    mine = DeterminationRow.county_code == Household.county_code, DeterminationRow.household_id == Household.id
    judged = exists().where(*mine, DeterminationRow.current, DeterminationRow.rule_set == hashed)
    marked = exists().where(DirtyHousehold.county_code == Household.county_code, DirtyHousehold.household_id == Household.id)
    wanted = select(Household.id).where(Household.county_code == county, Household.id > after, ~judged, ~marked)
    return list(session.scalars(wanted.order_by(Household.id).limit(limit)))


def household_ids(session: Session, county: str, after: str, limit: int) -> list[str]:
    wanted = select(Household.id).where(Household.county_code == county, Household.id > after)
    return list(session.scalars(wanted.order_by(Household.id).limit(limit)))


def waiting(session: Session, county: str) -> dict[str, int]:
    """``{"due": …, "set_aside": …}``: how much there is to screen, for metrics and the doctor."""
    rows = session.execute(
        select(DirtyHousehold.set_aside, func.count()).where(DirtyHousehold.county_code == county)
        .group_by(DirtyHousehold.set_aside)
    )  # fmt: skip
    found = {bool(aside): number for aside, number in rows}
    return {"due": found.get(False, 0), "set_aside": found.get(True, 0)}


def troubled(session: Session, county: str) -> list[tuple[str, str]]:
    """``(household id, last error)`` of what is set aside."""
    wanted = select(DirtyHousehold.household_id, DirtyHousehold.last_error).where(
        DirtyHousehold.county_code == county, DirtyHousehold.set_aside)  # fmt: skip
    return [(home, error or "") for home, error in session.execute(wanted.order_by(DirtyHousehold.household_id))]
