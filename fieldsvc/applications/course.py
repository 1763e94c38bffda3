"""The whole course of an application at the township (昌乐 二(二)12): 受理、入户调查、审核确认、公开公示、日常管理, each with its actor."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import CLASSES, GENERAL
from fieldsvc.households.caseload import announce_record
from fieldsvc.households.models import Task
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, refuse_future
from fieldsvc.kit.ids import new_id

from .models import Application, ApplicationEvent
from .rules import DECIDED
from .service import Counter, into_chain, locked, note_step

SURVEYED, MANAGED, PUBLISHED = "surveyed", "managed", "published"
STAGES = {"opened": "受理", SURVEYED: "入户调查", "decided": "审核确认", PUBLISHED: "公开公示", MANAGED: "日常管理"}

BEFORE = ("opened", SURVEYED)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the course; ``by`` is empty while it is still to come."""

    label: str
    by: str = ""
    at: datetime | None = None
    said: str = ""


def course(events: list[ApplicationEvent]) -> list[Stage]:
    """The five stages in their order, each with who did it last and what they wrote. What was decided before the case came back
    is over."""
    again = max((event.n for event in events if event.kind == "reopened"), default=0)
    last = {event.kind: event for event in events if event.n > again or event.kind in BEFORE}
    return [Stage(label, *_of(last.get(kind))) for kind, label in STAGES.items()]


def surveyed(events: list[ApplicationEvent]) -> bool:
    return any(event.kind == SURVEYED for event in events)


def _of(event: ApplicationEvent | None) -> tuple[str, datetime | None, str]:
    if event is None:
        return "", None, ""
    said = event.detail.get("findings") or event.detail.get("measures") or event.detail.get("reason") or ""
    return event.detail.get("surveyors") or event.actor, event.at, str(said)


def survey(session: Session, at: Counter, application_id: str, surveyors: str, on: date, findings: str) -> Application:
    """Enter the home survey (入户调查): who went, on which day, what was found. What was not entered before the decision may be
    entered after it, and is seen to come later. Problems: 422 ``not-yet``, ``after-decision``."""
    application = locked(session, at, application_id)
    refuse_future(on, "on", "入户调查的日期不能晚于今天。", "晚于今天")
    if application.state == DECIDED and application.decision and on.isoformat() > application.decision["on"]:
        raise Problem(422, "after-decision", "入户调查应在认定之前；认定后的走访请登记为日常管理。",
                      {"errors": {"on": "晚于认定之日"}})  # fmt: skip
    told = {"surveyors": surveyors, "on": on.isoformat(), "findings": findings}
    note_step(session, application, SURVEYED, at.actor, told)
    into_chain(session, application, "application_surveyed", at.actor, told)
    return application


def manage(
    session: Session, at: Counter, application_id: str, measures: str, account_id: int | None, due_on: date | None
) -> Application:
    """Day-to-day management (日常监督管理) after the decision: what is done, and the next visit as a worker's task."""
    application = locked(session, at, application_id)
    if application.state != DECIDED:
        raise Problem(409, "application-undecided", "这件申请还没有认定，认定后再登记日常管理。")
    task = _visit(session, application, measures, account_id, due_on) if due_on else None
    told = {"measures": measures, "next_visit": due_on.isoformat() if due_on else None, "task": task}
    note_step(session, application, MANAGED, at.actor, told)
    into_chain(session, application, "application_managed", at.actor, told)
    return application


def _visit(session: Session, application: Application, measures: str, account_id: int | None, due_on: date) -> str:
    account = session.get(Account, (application.county_code, account_id)) if account_id else None
    if account_id and (account is None or not account.active or GENERAL not in CLASSES[account.role]):
        raise Problem(
            422, "unknown-account", "承办人不存在或已停用，请重新选择。", {"errors": {"account_id": "请重新选择"}}
        )
    task = Task(county_code=application.county_code, id=new_id(), household_id=application.household_id,
                person_id=application.person_id, account_id=account_id, kind="management", title="认定后的日常走访", detail=measures,
                due_on=due_on, status="open", klass=GENERAL, versions={}, updated_at=clock.now())  # fmt: skip
    session.add(task)
    announce_record(session, application.county_code, "tasks", task.id, application.household_id, GENERAL)
    return task.id
