"""Every SELECT of the organisation."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import DEPARTMENT, TOWNSHIP, WORKERS, Actor
from fieldsvc.households.models import Assignment, Task
from fieldsvc.kit.rows import within
from fieldsvc.visits.models import Visit

from .models import AccountRemoval, JointMatter, JointMeeting, JointTask, Measure

ASKED = "asked"


def accounts_in(session: Session, actor: Actor, region: str) -> list[Account]:
    """Accounts whose place lies in ``region`` and in the actor's own, by place and role."""
    here = (within(Account.region, prefix) for prefix in (region, actor.region))
    found = select(Account).where(Account.county_code == actor.county, *here)
    return list(session.scalars(found.order_by(Account.region, Account.role, Account.id)))


def holders(session: Session, county: str) -> dict[str, Counter[str]]:
    """``{place: {role: active accounts}}``, in one query."""
    found = select(Account.region, Account.role, func.count()).where(Account.county_code == county, Account.active)
    held: dict[str, Counter[str]] = {}
    for region, role, number in session.execute(found.group_by(Account.region, Account.role)):
        held.setdefault(region, Counter())[role] = number
    return held


def work_of(
    session: Session, county: str, account_ids: Iterable[int], since: datetime
) -> dict[int, tuple[int, int, int]]:
    """``{account: (households in the caseload, visits since then, open tasks)}`` of workers."""
    ids = sorted(set(account_ids))
    homes = select(Assignment.account_id, func.count()).where(Assignment.county_code == county, Assignment.active)
    visits = select(Visit.author_id, func.count()).where(Visit.county_code == county, Visit.observed_at >= since)
    tasks = select(Task.account_id, func.count()).where(Task.county_code == county, Task.status == "open")
    counted = [dict(session.execute(one.where(column.in_(ids)).group_by(column)).tuples().all())
               for one, column in ((homes, Assignment.account_id), (visits, Visit.author_id), (tasks, Task.account_id))]  # fmt: skip
    return {one: (counted[0].get(one, 0), counted[1].get(one, 0), counted[2].get(one, 0)) for one in ids}


def asked_removals(session: Session, county: str, account_ids: Iterable[int]) -> dict[int, AccountRemoval]:
    """``{account: the request that waits for the other side}``."""
    mine = AccountRemoval.county_code == county, AccountRemoval.account_id.in_(sorted(set(account_ids)))
    found = select(AccountRemoval).where(*mine, AccountRemoval.state == ASKED).order_by(AccountRemoval.asked_at)
    return {row.account_id: row for row in session.scalars(found)}


def removals_of(session: Session, county: str, account_id: int) -> list[AccountRemoval]:
    mine = AccountRemoval.county_code == county, AccountRemoval.account_id == account_id
    return list(session.scalars(select(AccountRemoval).where(*mine).order_by(AccountRemoval.asked_at.desc())))


def matter_scope(actor: Actor) -> ColumnElement[bool]:
    """A department sees what it sent up, an officer what came out of the region."""
    if actor.role == DEPARTMENT:
        return JointMatter.department == (actor.department or "")
    return within(JointMatter.region, actor.region)


def matters(session: Session, actor: Actor, most: int) -> list[JointMatter]:
    """Open ones first, then the newest."""
    mine = select(JointMatter).where(JointMatter.county_code == actor.county, matter_scope(actor))
    return list(
        session.scalars(mine.order_by(JointMatter.decision.is_not(None), JointMatter.sent_at.desc()).limit(most))
    )


def tasks(session: Session, actor: Actor, most: int) -> list[JointTask]:
    """Tasks the actor may follow: the county's officers all, others their own and those of matters they sent up."""
    same = and_(JointMatter.county_code == JointTask.county_code, JointMatter.id == JointTask.matter_id)
    sent = (
        select(JointTask.id).join(JointMatter, same).where(JointTask.county_code == actor.county, matter_scope(actor))
    )
    seen = (
        or_(JointTask.owner_id == actor.id, JointTask.id.in_(sent)) if actor.role in (DEPARTMENT, TOWNSHIP) else true()
    )
    found = select(JointTask).where(JointTask.county_code == actor.county, seen)
    return list(
        session.scalars(found.order_by(JointTask.done_at.is_not(None), JointTask.due_on, JointTask.id).limit(most))
    )


def meetings(session: Session, county: str, most: int) -> list[JointMeeting]:
    found = select(JointMeeting).where(JointMeeting.county_code == county)
    return list(session.scalars(found.order_by(JointMeeting.held_on.desc(), JointMeeting.at.desc()).limit(most)))


def owners(session: Session, county: str) -> dict[int, str]:
    """Who may be given a task: officers, by name."""
    found = select(Account.id, Account.name).where(
        Account.county_code == county, Account.active, Account.role.not_in(sorted(WORKERS))
    )
    return {number: name for number, name in session.execute(found.order_by(Account.name, Account.id))}


def measures(session: Session, county: str, names: Iterable[str]) -> dict[tuple[str, str], Measure]:
    """``{(name, region): the latest value}``."""
    mine = select(Measure).where(Measure.county_code == county, Measure.name.in_(sorted(set(names))))
    return {(row.name, row.region): row for row in session.scalars(mine.order_by(Measure.on_date, Measure.at))}
