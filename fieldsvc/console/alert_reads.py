"""Everything the page of an alert (预警) reads, in a bounded number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account, Region
from fieldsvc.accounts.rules import CHILD, CLASSES, COUNTY, TOWNSHIP, WORKERS, Actor
from fieldsvc.aidchain.models import Aid
from fieldsvc.alerts import queries
from fieldsvc.alerts.models import Alert, Disposal
from fieldsvc.alerts.rules import visit_of
from fieldsvc.deadlines import queries as deadlines
from fieldsvc.deadlines.views import Running
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.households.models import Household, Person, Task
from fieldsvc.households.queries import members
from fieldsvc.kit import clock
from fieldsvc.kit.rows import within
from fieldsvc.referrals.models import Referral
from fieldsvc.referrals.rules import ACCEPTED, SENT
from fieldsvc.screening import queries as screening
from fieldsvc.screening.models import DeterminationRow
from fieldsvc.visits.models import Visit

from .household_queries import Source

EARLIER = 10
UNDER_WAY = (SENT, ACCEPTED)


@dataclass(frozen=True, slots=True)
class Seen:
    """``names`` = {id: name} of the household and its members; ``accounts`` by id: who acted, found or may be given it."""

    alert: Alert
    steps: list[Disposal]
    home: Household
    village: str
    persons: list[Person]
    visits: dict[str, Visit]
    referrals: list[Referral]
    accounts: dict[int, Account]
    earlier: list[Alert]
    tasks: list[Task]
    aids: list[Aid]
    determinations: dict[str, DeterminationRow]
    clocks: list[Running]

    @property
    def names(self) -> dict[str, str]:
        return {self.home.id: self.home.name, **{one.id: one.name for one in self.persons}}

    @property
    def visit(self) -> Visit | None:
        """The visit that found it."""
        return self.visits.get(visit_of(self.alert.channels) or "")

    def account(self, number: int | None) -> str:
        found = self.accounts.get(number or 0)
        return found.name if found else ""

    def sources(self) -> dict[str, Source]:
        """Who said what is behind a source's id."""
        said = {each.id: Source(self.account(each.author_id), each.observed_at) for each in self.visits.values()}
        return said | {each.id: Source(each.office, each.updated_at) for each in self.referrals}

    def under_way(self) -> list[Referral]:
        """Matters of the household that departments are at already, of other alerts."""
        return [one for one in self.referrals if one.alert_id != self.alert.id and one.state in UNDER_WAY]

    def workers(self) -> dict[str, str]:
        """``{account id: name}`` of who may be given a task of the alert."""
        able = [one for one in self.accounts.values() if one.active and self.alert.klass in CLASSES.get(one.role, ())]
        return {str(one.id): one.name for one in able if _near(one, self.alert.village_code)}


def _near(one: Account, village: str) -> bool:
    return village.startswith(one.region) or (one.role in WORKERS and one.region.startswith(village[:9]))


def read(session: Session, actor: Actor, alert_id: str) -> Seen:
    """Problem 404 for an alert that is not the actor's to see, as for none."""
    alert = queries.visible(session, actor, alert_id)
    county, home = alert.county_code, alert.household_id
    steps = queries.disposals(session, county, alert.id)
    ids = _sources(alert)
    visits = _visits(session, actor, ids)
    household, village = _home(session, county, home)
    persons = members(session, county, [home])
    return Seen(
        alert, steps, household, village, persons, visits, _referrals(session, actor, alert, ids),
        _accounts(session, alert, steps, visits.values()), _earlier(session, actor, alert), _tasks(session, actor, home),
        _aids(session, actor, home), screening.current(session, county, [home, *(one.id for one in persons)]),
        deadlines.running(session, county, [alert.id], clock.now()).get(alert.id, []),
    )  # fmt: skip


def _sources(alert: Alert) -> set[str]:
    """Ids of what its conditions were read from, at any depth, and of the visit that found it."""
    reasons = alert.reasons
    inputs = [*(i for c in reasons.get("conditions", ()) for i in c["inputs"]), *reasons.get("unless", ())]
    inputs += (reasons.get("amount") or {}).get("inputs", ())
    found = {str(each["source"]) for each in alert.channels if each.get("source")}
    while inputs:
        one = inputs.pop()
        found.add(one["source_id"] or "")
        inputs += one.get("computed_from", ())
    return found - {""}


def _home(session: Session, county: str, household_id: str) -> tuple[Household, str]:
    place = and_(Region.county_code == Household.county_code, Region.code == Household.village_code)
    wanted = select(Household, Region.name).outerjoin(Region, place)
    row = session.execute(wanted.where(Household.county_code == county, Household.id == household_id)).one()
    return row[0], row[1] or ""


def _visits(session: Session, actor: Actor, ids: set[str]) -> dict[str, Visit]:
    mine = Visit.county_code == actor.county, Visit.klass.in_(CLASSES[actor.role]), Visit.id.in_(sorted(ids))
    return {one.id: one for one in session.scalars(select(Visit).where(*mine))}


def _referrals(session: Session, actor: Actor, alert: Alert, ids: set[str]) -> list[Referral]:
    """The alert's own, what its conditions were read from, and what departments are still at for the household."""
    going_on = and_(Referral.household_id == alert.household_id, Referral.state.in_(UNDER_WAY), Referral.klass.in_(CLASSES[actor.role]))
    mine = or_(Referral.alert_id == alert.id, Referral.id.in_(sorted(ids)), going_on)
    return list(session.scalars(select(Referral).where(Referral.county_code == alert.county_code, mine).order_by(Referral.created_at)))


def _accounts(session: Session, alert: Alert, steps: list[Disposal], visits: Iterable[Visit]) -> dict[int, Account]:
    """Whoever is named on the page, with the officers and workers of the township and the county's officers."""
    named = {alert.assignee_id, alert.finder_id, *(each.actor_id for each in steps), *(v.author_id for v in visits)}
    here = within(Account.region, alert.village_code[:9])
    near = and_(here, Account.active, Account.role.in_([TOWNSHIP, *sorted(WORKERS)]))
    above = and_(Account.role == COUNTY, Account.active)
    wanted = or_(Account.id.in_(sorted(n for n in named if n)), near, above)
    rows = session.scalars(select(Account).where(Account.county_code == alert.county_code, wanted).order_by(Account.role, Account.name))
    return {one.id: one for one in rows}


def _earlier(session: Session, actor: Actor, alert: Alert) -> list[Alert]:
    mine = Alert.county_code == actor.county, Alert.household_id == alert.household_id, Alert.id != alert.id
    newest = select(Alert).where(*mine, Alert.klass.in_(CLASSES[actor.role])).order_by(Alert.opened_at.desc(), Alert.id)
    return list(session.scalars(newest.limit(EARLIER)))


def _tasks(session: Session, actor: Actor, household_id: str) -> list[Task]:
    """Questions still to be asked, and the tasks that meetings gave."""
    mine = Task.county_code == actor.county, Task.household_id == household_id, Task.klass.in_(CLASSES[actor.role])
    asked = or_(and_(Task.kind == "ask", Task.status == "open"), Task.kind == "joint_study")
    return list(session.scalars(select(Task).where(*mine, asked).order_by(Task.priority.desc(), Task.id)))


def _aids(session: Session, actor: Actor, household_id: str) -> list[Aid]:
    """What the household receives now (在享救助)."""
    mine = Aid.county_code == actor.county, Aid.household_id == household_id, Aid.klass.in_(CLASSES[actor.role])
    runs = or_(Aid.ends.is_(None), Aid.ends > clock.today())
    return list(session.scalars(select(Aid).where(*mine, runs).order_by(Aid.starts, Aid.id)))


def fits_now(book: RuleBook, seen: Seen, actor: Actor) -> list[tuple[str, str]] | None:
    """``(subject id, programme id)`` of what fits by the last screening; None where the rules have changed since, or it was
    never screened."""
    if not seen.determinations or any(row.rule_set != book.hash for row in seen.determinations.values()):
        return None
    if CHILD not in CLASSES[actor.role]:
        return []
    return [(row.subject_id, rule) for row in seen.determinations.values() for rule in _eligible(book, row)]


def _eligible(book: RuleBook, row: DeterminationRow) -> list[str]:
    letters = row.verdicts.split("|")[0]
    return [rule for rule, letter in zip(book.order(row.subject), letters, strict=True) if letter == "e"]


def tasks_of(step: Disposal, seen: Seen) -> list[tuple[Mapping[str, Any], Task | None]]:
    """The tasks a meeting gave, each with how it stands."""
    by_id = {task.id: task for task in seen.tasks}
    return [(each, by_id.get(each["id"])) for each in step.detail.get("tasks", ())]
