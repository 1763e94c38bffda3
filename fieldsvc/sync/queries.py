"""Every SELECT of the pull: the caseload of a set of workers, and the records of a page by id."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import CHILD_SUPERVISOR, Actor
from fieldsvc.alerts.models import Alert
from fieldsvc.feed.models import Removal
from fieldsvc.feed.rules import EVERYBODY
from fieldsvc.forms.models import FormVersion
from fieldsvc.households.models import Assignment, Household, Person, Task
from fieldsvc.referrals.models import Referral
from fieldsvc.visits.models import SetAside, Visit

MODELS: dict[str, Any] = {
    "households": Household, "persons": Person, "visits": Visit, "tasks": Task, "alerts": Alert, "referrals": Referral,
}  # fmt: skip


def scopes(session: Session, actor: Actor) -> list[int]:
    """The accounts whose caseload the actor sees: their own, and for a 儿童督导员 that of the directors supervised."""
    if actor.role != CHILD_SUPERVISOR:
        return [actor.id]
    under = Account.county_code == actor.county, Account.supervisor_id == actor.id, Account.active
    return [actor.id, *session.scalars(select(Account.id).where(*under).order_by(Account.id))]


def with_everybody(accounts: Sequence[int]) -> list[int]:
    return [*accounts, EVERYBODY]


def in_caseload(session: Session, county: str, accounts: Sequence[int], households: Iterable[str]) -> set[str]:
    """Which of these households one of the accounts now holds."""
    ids = list(households)
    if not ids:
        return set()
    held = Assignment.county_code == county, Assignment.account_id.in_(accounts), Assignment.active
    return set(session.scalars(select(Assignment.household_id).where(*held, Assignment.household_id.in_(ids))))


def by_ids(session: Session, county: str, table: str, ids: Iterable[str]) -> list[Any]:
    model = MODELS[table]
    return list(session.scalars(select(model).where(model.county_code == county, model.id.in_(list(ids)))))


def forms_by_ids(session: Session, county: str, ids: Iterable[str]) -> list[FormVersion]:
    wanted = FormVersion.county_code == county, FormVersion.record_id.in_(list(ids))
    return list(session.scalars(select(FormVersion).where(*wanted)))


def set_aside_visits(session: Session, actor: Actor, ids: Iterable[str]) -> list[SetAside]:
    """The actor's own visits that wait in quarantine or are held."""
    own = SetAside.county_code == actor.county, SetAside.author_id == actor.id, SetAside.tbl == "visits"
    waiting = SetAside.record_id.in_(list(ids)), SetAside.state.in_(("quarantined", "held", "refused"))
    return list(session.scalars(select(SetAside).where(*own, *waiting).order_by(SetAside.received_at)))


def removals(session: Session, actor: Actor) -> list[Removal]:
    """What this device still has to drop."""
    mine = Removal.county_code == actor.county, Removal.account_id == actor.id, Removal.device_id == actor.device_id
    return list(session.scalars(select(Removal).where(*mine, Removal.done.is_(False))))


def belongings(session: Session, county: str, household: str) -> dict[str, list[str]]:
    """Ids of all a phone may hold of a household, by table."""
    found = {"households": [household]}
    for table in ("persons", "visits", "tasks", "alerts", "referrals"):
        model = MODELS[table]
        found[table] = list(session.scalars(
            select(model.id).where(model.county_code == county, model.household_id == household)))  # fmt: skip
    return found
