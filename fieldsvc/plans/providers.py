"""Units that give services: their users, area and cases; whom of them a plan is given to."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import CLASSES, WORKERS, Actor
from fieldsvc.households.caseload import announce_record
from fieldsvc.households.models import Assignment, Task
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.ids import new_id
from fieldsvc.kit.rows import within
from fieldsvc.tasks.rules import DONE, OPEN
from fieldsvc.tasks.service import take_back

from .models import Plan, PlanEntry, Provider, ProviderUser

KINDS = {"station": "社会工作站（点）", "organisation": "服务机构", "volunteers": "志愿服务组织", "institution": "供养、照护机构"}
TASK = "plan"


def register(session: Session, actor: Actor, body: Mapping[str, Any]) -> Provider:
    """Enter a unit with its area and users. Problems: 409 ``name-taken``; 422 ``unknown-account``, ``invalid-record``."""
    if not str(body["region"]).startswith(actor.region):
        raise Problem(422, "invalid-record", "服务区域不在您的辖区内。", {"field": "region"})
    made = Provider(county_code=actor.county, id=new_id(), name=body["name"], kind=body["kind"], region=body["region"],
                    recorded_at=clock.now())  # fmt: skip
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        raise Problem(409, "name-taken", "已有同名的单位，请核对。") from error
    set_users(session, actor, made, body.get("users") or ())
    return made


def found(session: Session, actor: Actor, provider_id: str) -> Provider:
    """The unit, when its area is the actor's to see. Problem 404."""
    made = session.get(Provider, (actor.county, provider_id))
    if made is None or not made.region.startswith(actor.region):
        raise not_found()
    return made


def set_users(session: Session, actor: Actor, provider: Provider, accounts: Iterable[int]) -> None:
    """These accounts work for it, and no others."""
    wanted = sorted(set(accounts))
    mine = Account.county_code == actor.county, Account.id.in_(wanted), Account.active, Account.role.in_(sorted(WORKERS))
    if set(session.scalars(select(Account.id).where(*mine))) != set(wanted):
        raise Problem(422, "unknown-account", "有的账号不存在、已停用，或不是走访人员。", {"errors": {"users": "请核对"}})
    session.execute(delete(ProviderUser).where(ProviderUser.county_code == actor.county, ProviderUser.provider_id == provider.id))
    session.add_all([ProviderUser(county_code=actor.county, provider_id=provider.id, account_id=one) for one in wanted])


def listed(session: Session, actor: Actor) -> list[dict[str, Any]]:
    """Every unit of the actor's region: its users, area, cases by state, what was done and what the township found right of it."""
    mine = Provider.county_code == actor.county, within(Provider.region, actor.region)
    return [_shown(session, actor, one) for one in session.scalars(select(Provider).where(*mine).order_by(Provider.name))]


def _shown(session: Session, actor: Actor, one: Provider) -> dict[str, Any]:
    cases = list(session.scalars(select(Plan).where(Plan.county_code == actor.county, Plan.provider == one.name, Plan.klass.in_(
        CLASSES[actor.role]), within(Plan.village_code, actor.region))))  # fmt: skip
    mine = PlanEntry.county_code == actor.county, PlanEntry.plan_id.in_([plan.id for plan in cases])
    checked = [entry.checked for entry in session.scalars(select(PlanEntry).where(*mine))] if cases else []
    return {
        "id": one.id, "name": one.name, "kind": one.kind, "kind_label": KINDS[one.kind], "region": one.region,
        "users": [{"account_id": a, "name": name} for a, name in _users(session, one)],
        "cases": dict(Counter(plan.state for plan in cases)), "done": len(checked),
        "checked": sum(bool(c) for c in checked), "wrong": sum(bool(c) and not c["right"] for c in checked),
    }  # fmt: skip


def _users(session: Session, one: Provider) -> list[tuple[int, str]]:
    joined = (Account.county_code == ProviderUser.county_code) & (Account.id == ProviderUser.account_id)
    mine = ProviderUser.county_code == one.county_code, ProviderUser.provider_id == one.id
    rows = session.execute(select(Account.id, Account.name).join(ProviderUser, joined).where(*mine).order_by(Account.id))
    return [(account, name) for account, name in rows]


def assign(session: Session, plan: Plan, worker: int) -> None:
    """Give the plan to one of its provider's users as a task. Problem 422 ``not-its-user``, ``not-in-caseload``."""
    unit = session.scalar(select(Provider).where(Provider.county_code == plan.county_code, Provider.name == plan.provider))
    if unit is None or worker not in {account for account, _ in _users(session, unit)}:
        raise Problem(422, "not-its-user", "这个账号不是承接单位的工作人员，请先在单位中登记。", {"errors": {"worker_id": "不是其人员"}})
    holds = select(Assignment.account_id).where(
        Assignment.county_code == plan.county_code, Assignment.household_id == plan.household_id, Assignment.account_id == worker,
        Assignment.active,
    )  # fmt: skip
    if session.scalar(holds) is None:
        raise Problem(422, "not-in-caseload", "这一户还没有分给该工作人员，请先分户。", {"errors": {"worker_id": "没有分户"}})
    plan.worker_id = worker
    task = Task(
        county_code=plan.county_code, id=new_id(), household_id=plan.household_id, person_id=plan.person_id, account_id=worker, kind=TASK,
        title=f"帮扶：{plan.title}"[:120], detail="、".join(plan.kinds), due_on=None, status=OPEN, klass=plan.klass, about=plan.id,
        versions={}, updated_at=clock.now(),
    )  # fmt: skip
    session.add(task)
    session.flush()
    announce_record(session, plan.county_code, "tasks", task.id, plan.household_id, plan.klass)


def taken(session: Session, plan: Plan) -> None:
    """The plan was carried out: whoever had it as a task has done it."""
    mine = Task.county_code == plan.county_code, Task.about == plan.id, Task.kind == TASK, Task.status == OPEN
    if over := list(session.scalars(select(Task.id).where(*mine))):
        take_back(session, plan.county_code, dict.fromkeys(over, DONE))
