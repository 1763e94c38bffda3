"""What each kind of disposal does (胶州 三(四) 分类精细处置). Later features register their own kinds here: 转办 is theirs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import CLASSES, Actor
from fieldsvc.aidchain.service import append
from fieldsvc.eligibility.vocabulary import Vocabulary
from fieldsvc.households import queries as registry
from fieldsvc.households.caseload import announce_record
from fieldsvc.households.models import Person, Task
from fieldsvc.households.rules import TIERS
from fieldsvc.households.service import set_recognised_tier
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, refuse_future
from fieldsvc.kit.ids import new_id
from fieldsvc.policy.book import PolicyBook

from .models import Alert
from .rules import (
    CARRY_OUT,
    CLOSED,
    CONFIRMED,
    JOINT_STUDY,
    NOT_CONFIRMED,
    REFER,
    REFERRED,
    VERIFIED,
    VERIFY,
    VERIFY_AND_END,
)


class Plugins(Protocol):
    """What is used of the departments that are installed."""

    @property
    def policy(self) -> PolicyBook: ...
    @property
    def vocabulary(self) -> Vocabulary: ...
    def plugin_for(self, duty: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a disposal is decided: who decides, in which jurisdiction, with which departments."""

    actor: Actor
    jurisdiction: str
    departments: Plugins


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state an alert is in after a disposal, and what is written down of it."""

    status: str
    detail: dict[str, Any] = field(default_factory=dict)
    kind: str = ""


Handler = Callable[[Session, Alert, Desk, Mapping[str, Any]], Outcome]
HANDLERS: dict[str, Handler] = {}


def disposal_kind(kind: str) -> Callable[[Handler], Handler]:
    """Register how a kind is carried out. The handler runs in the request's transaction, the alert locked."""

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return register


@disposal_kind(VERIFY)
def verify(session: Session, alert: Alert, desk: Desk, body: Mapping[str, Any]) -> Outcome:
    """调查核实: a warning is verified before it changes anything; one that proves untrue is closed by it."""
    alert.verification = body["result"]
    if body["result"] == NOT_CONFIRMED:
        if not (body.get("note") or "").strip():
            raise Problem(422, "reason-missing", "不属实的，请写明怎样核实、为什么不属实。", {"errors": {"note": "必填"}})
        return Outcome(CLOSED, {"result": NOT_CONFIRMED}, kind=NOT_CONFIRMED)
    return Outcome(VERIFIED, {"result": body["result"]})


@disposal_kind(CARRY_OUT)
def carry_out(session: Session, alert: Alert, desk: Desk, body: Mapping[str, Any]) -> Outcome:
    """政策落实不到位的，尽快按规定落实: closes only with the entry of what was carried out."""
    done_on = body.get("done_on")
    if done_on:
        refuse_future(done_on, "done_on", "落实日期不能晚于今天。", "不能晚于今天")
    return Outcome(CLOSED, {"carried_out": body["carried_out"], "done_on": done_on.isoformat() if done_on else None})


@disposal_kind(JOINT_STUDY)
def joint_study(session: Session, alert: Alert, desk: Desk, body: Mapping[str, Any]) -> Outcome:
    """一事一议: the meeting's members, its decision, and the tasks it gives."""
    tasks = [_task(session, alert, wanted, body["decision"]) for wanted in body.get("tasks") or ()]
    return Outcome(CLOSED, {"members": body["members"], "decision": body["decision"], "tasks": tasks})


def _task(session: Session, alert: Alert, wanted: Mapping[str, Any], decision: str) -> dict[str, Any]:
    account, until = wanted.get("account_id"), wanted.get("due_on")
    if until and until < clock.today():
        raise Problem(422, "past-due", "任务的完成期限不能早于今天。", {"errors": {"due_on": "不能早于今天"}})
    known = select(Account.role).where(Account.county_code == alert.county_code, Account.id == account, Account.active)
    role = session.scalar(known) if account is not None else None
    if account is not None and alert.klass not in CLASSES.get(role or "", ()):
        raise Problem(422, "unknown-account", "任务的承办人不存在、已停用，或岗位不能查看这项内容，请重新选择。")
    task = Task(county_code=alert.county_code, id=new_id(), household_id=alert.household_id, person_id=alert.person_id,
                account_id=account, kind=JOINT_STUDY, title=wanted["title"], detail=decision, due_on=wanted.get("due_on"),
                status="open", klass=alert.klass, versions={}, updated_at=clock.now())  # fmt: skip
    session.add(task)
    announce_record(session, alert.county_code, "tasks", task.id, alert.household_id, alert.klass)
    due = task.due_on.isoformat() if task.due_on else None
    return {"id": task.id, "title": task.title, "account": account, "due_on": due}


Ending = Callable[[Session, Alert, Desk, Mapping[str, Any]], dict[str, Any]]


@disposal_kind(VERIFY_AND_END)
def verify_and_end(session: Session, alert: Alert, desk: Desk, body: Mapping[str, Any], end: Ending | None = None) -> Outcome:
    """核查终止: the township's own findings, or (``ask`` = a duty) a department is asked and its answer comes back here.

    ``end`` is how aid ends where it does not end at once (渐退); what it returns is written down.
    """
    if body.get("ask"):
        asked = HANDLERS[REFER](session, alert, desk, {**body, "duty": body["ask"]})
        return Outcome(REFERRED, asked.detail | {"asked": body["ask"]})
    detail = {"findings": body["findings"], "ended": body["ended"]}
    if body["ended"]:
        if alert.verification != CONFIRMED:
            raise Problem(409, "not-confirmed", "核实结果不是“属实”，不能终止救助。")
        detail |= (end or end_tier)(session, alert, desk, body)
    return Outcome(CLOSED, detail)


def end_tier(session: Session, alert: Alert, desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """End the recognised tier at once, of the alert's person or of the whole household, and say so on the aid chain."""
    household = registry.household(session, alert.county_code, alert.household_id)
    person = session.get(Person, (alert.county_code, alert.person_id)) if alert.person_id else None
    tier = (person and person.tier) or household.tier
    set_recognised_tier(session, household, "none", person)
    content = {"alert": alert.id, "tier": tier, "title": TIERS.get(tier or "", tier)}
    append(session, alert.county_code, alert.household_id, "aid_ended", desk.actor.name, content,
           person_id=alert.person_id, klass=alert.klass)  # fmt: skip
    return {"tier": tier}
