"""What follows a household or person that is merged, moved or split: each feature's records in one line.

A record keeps its id and its history; only whose it is changes. What needs more than that (visits are derived again, alerts
collapse, tasks asked twice are one) stands in ``special``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldsvc.aidchain.models import Aid
from fieldsvc.alerts.models import Alert
from fieldsvc.applications.models import Application
from fieldsvc.charity.models import GiftUse, Points, SharedNeed
from fieldsvc.checking.models import Authorisation, Check
from fieldsvc.conferences.models import Conference
from fieldsvc.deadlines.models import Deadline
from fieldsvc.emergency.models import Emergency
from fieldsvc.honesty.models import Breach, Promise
from fieldsvc.households.caseload import announce_records
from fieldsvc.households.models import Person, Task
from fieldsvc.intake.models import Report
from fieldsvc.matching.models import MatchingAsk
from fieldsvc.plans.models import Plan
from fieldsvc.publicity.models import Notice
from fieldsvc.referrals.models import Referral
from fieldsvc.visits.models import Visit

Ids = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Follower:
    """``key``: the column that names a record.

    ``person``: the column naming a person; ``subject``: the table also names a household or person as ``subject_id``;
    ``told``: phones hold such records; ``own`` = False: a record about a person goes along only when the whole household does."""

    model: Any
    person: str = ""
    subject: bool = False
    told: bool = False
    own: bool = True
    key: str = "id"

    @property
    def name(self) -> str:
        return str(self.model.__tablename__)

    @property
    def id(self) -> Any:
        return getattr(self.model, self.key)


FOLLOWERS = (
    Follower(Person, person="id", told=True),
    Follower(Visit, person="person_id", told=True, own=False),  # a visit was paid to a household, whoever lives there now
    Follower(Task, person="person_id", told=True),
    Follower(Alert, person="person_id", subject=True, told=True),
    Follower(Application, person="person_id"),
    Follower(Referral, person="person_id", told=True),
    Follower(Aid, person="person_id", subject=True),
    Follower(Deadline),
    Follower(Plan, person="person_id"),
    Follower(Emergency, person="person_id"),
    Follower(GiftUse, person="person_id"),
    Follower(Points),
    Follower(SharedNeed),
    Follower(Conference),
    Follower(Authorisation, person="person_id"),
    Follower(Check, person="person_id"),
    Follower(Promise),
    Follower(Breach),
    Follower(Notice),
    Follower(Report),
    Follower(MatchingAsk, person="person_id", key="task_id"),
)
BY_NAME = {one.name: one for one in FOLLOWERS}


def of_household(session: Session, county: str, household_id: str) -> Ids:
    """``{table: ids}`` of all that belongs to a household."""
    return {one.name: _ids(session, one, one.model.county_code == county, one.model.household_id == household_id) for one in FOLLOWERS}


def of_person(session: Session, county: str, person_id: str, moving: bool) -> Ids:
    """``{table: ids}`` of what is about a person; ``moving``: only what goes along to another household."""
    return {
        one.name: _ids(session, one, one.model.county_code == county, getattr(one.model, one.person) == person_id)
        for one in FOLLOWERS if one.person and (one.own or not moving)
    }  # fmt: skip


def _ids(session: Session, one: Follower, *where: Any) -> list[str]:
    return sorted(session.scalars(select(one.id).where(*where)))


def rehome(session: Session, county: str, ids: Mapping[str, list[str]], home: str, subject: tuple[str, str] | None = None) -> None:
    """These records belong to ``home`` now. ``subject`` = (old, new): what is about the old household itself is about the new."""
    for name, each in ids.items():
        one = BY_NAME[name]
        _set(session, county, one, each, {"household_id": home} | ({"revision": Visit.revision + 1} if one.model is Visit else {}))
        if one.subject and subject:
            _set(session, county, one, each, {"subject_id": subject[1]}, one.model.subject_id == subject[0])


def reassign(session: Session, county: str, ids: Mapping[str, list[str]], old: str, new: str) -> None:
    """These records are about person ``new`` now."""
    for name, each in ids.items():
        one = BY_NAME[name]
        if one.model is Person:
            continue
        _set(session, county, one, each, {one.person: new}, getattr(one.model, one.person) == old)
        if one.subject:
            _set(session, county, one, each, {"subject_id": new}, one.model.subject_id == old)


def _set(session: Session, county: str, one: Follower, ids: Iterable[str], values: dict[str, Any], *more: Any) -> None:
    wanted = list(ids)
    if wanted:
        at = one.model.county_code == county, one.id.in_(wanted)
        session.execute(update(one.model).where(*at, *more).values(values), execution_options={"synchronize_session": "fetch"})


def tell(session: Session, county: str, ids: Mapping[str, list[str]], homes: Iterable[str]) -> None:
    """Send these records to the phones of all who answer for the households: whose they no longer are loses them."""
    told = []
    for name, each in ids.items():
        one = BY_NAME[name]
        if one.told and each:
            klass = getattr(one.model, "klass", None)
            columns = (one.model.id, klass) if klass is not None else (one.model.id,)
            rows = session.execute(select(*columns).where(one.model.county_code == county, one.model.id.in_(each))).all()
            told += [(name, row[0], home, row[1] if len(row) > 1 else "general") for row in rows for home in homes]
    announce_records(session, county, told)
