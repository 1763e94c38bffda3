"""Every SELECT of the pull: the records of a page by id, and what a device still has to drop."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, Actor
from fieldsvc.alerts.models import Alert
from fieldsvc.feed.models import Removal
from fieldsvc.forms.models import FormVersion
from fieldsvc.households.models import Household, Person, Task
from fieldsvc.referrals.models import Referral
from fieldsvc.visits.models import SetAside, Visit

MODELS: dict[str, Any] = {
    "households": Household, "persons": Person, "visits": Visit, "tasks": Task, "alerts": Alert, "referrals": Referral,
}  # fmt: skip


def by_ids(session: Session, county: str, table: str, ids: Iterable[str]) -> list[Any]:
    model = MODELS[table]
    return list(session.scalars(select(model).where(model.county_code == county, model.id.in_(list(ids)))))


def births(session: Session, county: str, persons: Iterable[str]) -> set[date]:
    found = select(Person.birth_date).where(Person.county_code == county, Person.id.in_(list(persons)))
    return {born for born in session.scalars(found) if born}


def forms_by_ids(session: Session, county: str, ids: Iterable[str]) -> list[FormVersion]:
    wanted = FormVersion.county_code == county, FormVersion.record_id.in_(list(ids))
    return list(session.scalars(select(FormVersion).where(*wanted)))


def set_aside_visits(session: Session, actor: Actor, ids: Iterable[str]) -> list[SetAside]:
    """The actor's own visits that wait in quarantine or are held."""
    own = SetAside.county_code == actor.county, SetAside.author_id == actor.id, SetAside.tbl == "visits"
    readable = SetAside.klass.in_(sorted(CLASSES[actor.role]))
    waiting = SetAside.record_id.in_(list(ids)), SetAside.state.in_(("quarantined", "held", "refused"))
    return list(session.scalars(select(SetAside).where(*own, *waiting, readable).order_by(SetAside.received_at)))


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
