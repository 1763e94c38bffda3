"""Two ledgers compared (台账比对): who stands in one only, and the alerts the other office should know of.

Puning 三(一), 四(二), Zibo 二(三), 三(二): civil affairs and rural revitalisation compare ledgers, and join anti-relapse with low-income
monitoring. A department learns nothing of who is not on its own list.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, DEPARTMENT, Actor
from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.rules import CLOSED
from fieldsvc.households.models import Household, Person
from fieldsvc.households.rules import TIERS
from fieldsvc.kit import clock
from fieldsvc.kit.rows import within

from . import queries
from .models import MatchingRow, MatchingRun
from .rules import MATCHED, UNKNOWN

MOST = 1_000


@dataclass(frozen=True, slots=True)
class Ledgers:
    """``theirs``: rows nobody on the register is; ``ours``: recognised persons the list does not have (not for a department);
    ``alerts``: open ones about whom both have. Each at most ``MOST``."""

    theirs: list[MatchingRow]
    ours: list[Any]
    alerts: list[Any]


def compare(session: Session, actor: Actor, run: MatchingRun, holder: str | None) -> Ledgers:
    """Three statements, in the actor's scope."""
    mine = MatchingRow.county_code == actor.county, MatchingRow.run_id == run.id, queries.row_scope(actor, holder)
    theirs = select(MatchingRow).where(*mine, MatchingRow.state == UNKNOWN).order_by(MatchingRow.n).limit(MOST)
    ours = [] if actor.role == DEPARTMENT else list(session.execute(_ours(actor, run)))
    both = (Alert.county_code == MatchingRow.county_code) & (Alert.household_id == MatchingRow.household_id)
    theirs_too = or_(Alert.person_id.is_(None), Alert.person_id == MatchingRow.person_id)
    told = Alert.status != CLOSED, Alert.klass.in_(CLASSES[actor.role]), theirs_too
    alerts = (
        select(MatchingRow.n, MatchingRow.name, MatchingRow.person_id, MatchingRow.household_id, Alert.title, Alert.opened_at)
        .join(Alert, both).where(*mine, MatchingRow.state == MATCHED, *told).order_by(Alert.opened_at, Alert.id).limit(MOST)
    )  # fmt: skip
    return Ledgers(list(session.scalars(theirs)), ours, list(session.execute(alerts)))


def _ours(actor: Actor, run: MatchingRun) -> Any:
    """Persons with a recognised tier, of their own or of their household, whom no row of the list is."""
    same = (Household.county_code == Person.county_code) & (Household.id == Person.household_id)
    tier = func.coalesce(Person.tier, Household.tier)
    listed = select(MatchingRow.person_id).where(MatchingRow.county_code == actor.county, MatchingRow.run_id == run.id,
                                                 MatchingRow.person_id.is_not(None))  # fmt: skip
    here = Household.county_code == actor.county, within(Household.village_code, actor.region)
    wanted = select(Person.id, Person.name, Person.household_id, Household.village_code, tier.label("tier")).join(Household, same)
    return wanted.where(*here, tier.is_not(None), tier != "none", Person.id.not_in(listed)).order_by(Person.name, Person.id).limit(MOST)


def shown(found: Ledgers) -> dict[str, Any]:
    return {
        "theirs_only": [{"n": row.n, "name": row.name, "birth": row.birth} for row in found.theirs],
        "ours_only": [{"person_id": row.id, "name": row.name, "village_code": row.village_code, "tier": TIERS.get(row.tier, row.tier)}
                      for row in found.ours],
        "alerts": [{"n": row.n, "name": row.name, "title": row.title, "opened_at": clock.show(row.opened_at)} for row in found.alerts],
    }  # fmt: skip


def persons(found: Ledgers) -> tuple[set[str], set[str]]:
    """Persons and households shown, for the access row."""
    return ({row.id for row in found.ours} | {row.person_id for row in found.alerts},
            {row.household_id for row in found.ours} | {row.household_id for row in found.alerts})  # fmt: skip
