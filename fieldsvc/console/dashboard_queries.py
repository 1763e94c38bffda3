"""What the dashboard counts, each with one statement over the officer's region."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import CLASSES, Actor
from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.rules import CLOSED
from fieldsvc.deadlines.models import Deadline
from fieldsvc.households.models import Assignment, Household, Person
from fieldsvc.kit import clock
from fieldsvc.kit.rows import within
from fieldsvc.referrals.models import Referral
from fieldsvc.referrals.rules import ACCEPTED, SENT
from fieldsvc.visits.models import Visit

AGES = ((1, "1 天内"), (7, "2—7 天"), (30, "8—30 天"), (None, "30 天以上"))
COVERED_DAYS = 90


def here(model: Any, actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Rows of the officer's county and region, as ``may_see`` decides for officers."""
    return model.county_code == actor.county, within(model.village_code, actor.region)


def alerts_by_kind_and_age(session: Session, actor: Actor) -> dict[str, list[int]]:
    """``{kind: open alerts of each age of AGES}``."""
    now = clock.now()
    ages = (
        (Alert.opened_at >= now - timedelta(days=days), number) for number, (days, _label) in enumerate(AGES) if days
    )
    age = case(*ages, else_=len(AGES) - 1).label("age")
    seen = Alert.klass.in_(CLASSES[actor.role]), Alert.status != CLOSED
    part = select(Alert.kind, age).where(*here(Alert, actor), *seen).subquery()
    found: dict[str, list[int]] = defaultdict(lambda: [0] * len(AGES))
    for kind, number, count in session.execute(
        select(part.c.kind, part.c.age, func.count()).group_by(part.c.kind, part.c.age)
    ):
        found[kind][number] = count
    return dict(found)


def alerts_by_township(session: Session, actor: Actor) -> list[tuple[str, int, int]]:
    """``(township code, open alerts, of them sent up to the county as overdue)``."""
    town = func.substr(Alert.village_code, 1, 9).label("town")
    up = select(Deadline.subject_id).where(*here(Deadline, actor), Deadline.met_at.is_(None), Deadline.escalated_at.is_not(None))
    seen = Alert.klass.in_(CLASSES[actor.role]), Alert.status != CLOSED
    part = select(town, Alert.id.in_(up).label("late")).where(*here(Alert, actor), *seen).subquery()
    late = func.sum(case((part.c.late, 1), else_=0))
    return [(code, number, over) for code, number, over in session.execute(
        select(part.c.town, func.count(), late).group_by(part.c.town).order_by(part.c.town))]  # fmt: skip


def _visited(actor: Actor) -> Any:
    since = clock.now() - timedelta(days=COVERED_DAYS)
    return (
        select(Visit.household_id)
        .where(Visit.county_code == actor.county, Visit.observed_at >= since)
        .distinct()
        .subquery()
    )


def coverage_by_village(session: Session, actor: Actor) -> list[tuple[str, int, int]]:
    """``(village code, households, of them visited within COVERED_DAYS)``."""
    seen = _visited(actor)
    rows = session.execute(
        select(Household.village_code, func.count(), func.count(seen.c.household_id))
        .outerjoin(seen, seen.c.household_id == Household.id)
        .where(*here(Household, actor)).group_by(Household.village_code).order_by(Household.village_code)
    )  # fmt: skip
    return [(code, homes, visited) for code, homes, visited in rows]


def coverage_by_worker(session: Session, actor: Actor) -> list[tuple[str, int, int]]:
    """``(worker's name, households in the caseload, of them visited within COVERED_DAYS by anybody)``."""
    seen = _visited(actor)
    same_home = (Household.county_code == Assignment.county_code) & (Household.id == Assignment.household_id)
    same_account = (Account.county_code == Assignment.county_code) & (Account.id == Assignment.account_id)
    rows = session.execute(
        select(Account.name, func.count(), func.count(seen.c.household_id)).select_from(Assignment)
        .join(Household, same_home).join(Account, same_account).outerjoin(seen, seen.c.household_id == Household.id)
        .where(Assignment.active, *here(Household, actor)).group_by(Account.id, Account.name).order_by(Account.id)
    )  # fmt: skip
    return [(name, homes, visited) for name, homes, visited in rows]


def referrals_outstanding(session: Session, actor: Actor) -> list[tuple[str, int, int]]:
    """``(office, not yet accepted, accepted and not done)``."""
    seen = Referral.klass.in_(CLASSES[actor.role]), Referral.state.in_([SENT, ACCEPTED])
    sent = func.sum(case((Referral.state == SENT, 1), else_=0))
    rows = select(Referral.office, sent, func.count()).where(*here(Referral, actor), *seen)
    return [
        (office, waiting, every - waiting)
        for office, waiting, every in session.execute(rows.group_by(Referral.office).order_by(Referral.office))
    ]


def persons_by_tier(session: Session, actor: Actor) -> dict[str, int]:
    """Persons by recognised tier: their own, else their household's."""
    tier = func.coalesce(Person.tier, Household.tier, "none").label("tier")
    same = (Household.county_code == Person.county_code) & (Household.id == Person.household_id)
    part = select(tier).select_from(Person).join(Household, same).where(*here(Household, actor)).subquery()
    return {found: count for found, count in session.execute(select(part.c.tier, func.count()).group_by(part.c.tier))}
