"""Verbs of intake: take a report down, send somebody to look, answer it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import CLASSES, GENERAL, WORKERS, Actor
from fieldsvc.aidchain.service import append
from fieldsvc.eligibility.vocabulary import Vocabulary
from fieldsvc.facts.service import record
from fieldsvc.feed.rules import NUMBER, UPDATE, Entry
from fieldsvc.feed.service import announce
from fieldsvc.households import queries as registry
from fieldsvc.households.models import Household, Task
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import Vault, masked_text
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id

from . import queries
from .models import Report
from .rules import CHANNELS, DONE, FACT, HOTLINE, OPEN, RESULTS, SENT, TASK

PHONE = "reports.phone"


def take_down(session: Session, vault: Vault, actor: Actor, told: Mapping[str, Any], lines: tuple[str, ...]) -> Report:
    """A report as it came in. ``told``: channel, line, about_name, village_code, household_id, content, found_at, reporter, phone,
    source, source_id. The same ``source_id`` of a source again is the report that stands.

    Problems: 404 for a household out of sight; 422 ``foreign-village``, ``unknown-line``.
    """
    source, number = told.get("source"), told.get("source_id")
    if source and number and (known := queries.by_source(session, actor.county, source, number)):
        return known
    channel = told["channel"]
    if channel == HOTLINE and (told.get("line") or None) not in (lines or (None,)):
        shown = "、".join(lines) or "没有写明号码，不填即可"
        raise Problem(422, "unknown-line", f"本地区的求助热线：{shown}。", {"errors": {"line": "请选择本地区的热线"}})
    home = registry.visible_household(session, actor, told["household_id"]) if told.get("household_id") else None
    village = home.village_code if home else told.get("village_code", "")
    if not queries.may_report(actor, village):
        raise Problem(
            422, "foreign-village", "请选择您区域内的村（社区）。", {"errors": {"village_code": "不在您的区域内"}}
        )
    return _keep(session, vault, actor, told, channel, village, home)


def _keep(
    session: Session,
    vault: Vault,
    actor: Actor,
    told: Mapping[str, Any],
    channel: str,
    village: str,
    home: Household | None,
) -> Report:
    now = clock.now()
    made = Report(
        county_code=actor.county, id=new_id(), channel=channel, line=told.get("line"), source=told.get("source"),
        source_id=told.get("source_id"), about_name=home.name if home else told["about_name"], village_code=village,
        household_id=home.id if home else None, content=told["content"], reporter=told.get("reporter"),
        phone_sealed=vault.seal_text(told.get("phone"), PHONE), state=OPEN, found_at=min(told.get("found_at") or now, now),
        received_at=now, author_id=actor.id,
    )  # fmt: skip
    session.add(made)
    if home:
        _chain(session, made, actor, "report_received", {"channel": channel, "line": made.line})
    return made


def send_somebody(session: Session, actor: Actor, report_id: str, account_id: int, declared: Vocabulary) -> Report:
    """快速响应: the worker gets a task on the phone; a household that is known gets an alert like any other finding.

    Problems: 404; 409 ``report-answered``; 422 ``unknown-account``.
    """
    report = _open(session, actor, report_id)
    worker = session.get(Account, (actor.county, account_id))
    fit = worker is not None and worker.active and worker.role in WORKERS and GENERAL in CLASSES[worker.role]
    if worker is None or not fit or not worker.region.startswith(actor.region):
        raise Problem(422, "unknown-account", "请选择在岗的走访人员。", {"errors": {"account_id": "请选择走访人员"}})
    now = clock.now()
    report.state, report.responded_at = SENT, report.responded_at or now
    report.task_id = _task(session, report, worker, now)
    if report.household_id:
        _told(session, report, declared)
        _chain(session, report, actor, "report_sent", {"worker": worker.name})
    return report


def _told(session: Session, report: Report, declared: Vocabulary) -> None:
    """The report as a fact of its household, from which its alert comes."""
    reported = {FACT: clock.aware(report.found_at).astimezone(clock.CHINA).date().isoformat()}
    record(session, report.county_code, str(report.household_id), None, reported, as_of=report.found_at, source_kind=report.channel,
           source_id=report.id, declared=declared.facts)  # fmt: skip


def _task(session: Session, report: Report, worker: Account, now: datetime) -> str:
    """Tied to the household only where the worker holds it: a phone is sent no other household's records."""
    homes = [report.household_id] if report.household_id else []
    held = next(
        (home for home, who in registry.serving(session, report.county_code, homes).items() if worker.id in who), None
    )
    detail = f"{CHANNELS[report.channel]}反映：{masked_text(report.content)}"
    task = Task(county_code=report.county_code, id=new_id(), household_id=held, person_id=None, account_id=worker.id,
                kind=TASK, title=f"入户了解：{report.about_name}", detail=detail[:2000], due_on=clock.today(), status="open",
                klass=GENERAL, about=report.id, versions={}, updated_at=now)  # fmt: skip
    session.add(task)
    announce(session, report.county_code, [Entry(worker.id, NUMBER["tasks"], UPDATE, task.id, None)])
    return task.id


def answer(session: Session, actor: Actor, report_id: str, result: str, outcome: str) -> Report:
    """即时审核: what came of it, for whoever reported. Problems: 404; 409 ``report-answered``; 422 ``unknown-result``."""
    report = _open(session, actor, report_id)
    if result not in RESULTS:
        raise Problem(422, "unknown-result", "请选择办理结果。", {"errors": {"result": "必填"}})
    report.state, report.result, report.outcome = DONE, result, outcome
    report.reviewed_at, report.reviewer_id = clock.now(), actor.id
    if report.household_id:
        _chain(session, report, actor, "report_answered", {"result": result, "outcome": outcome})
    return report


def name_household(session: Session, actor: Actor, report_id: str, household_id: str, declared: Vocabulary) -> Report:
    """The report turns out to be about a household on the register: it stands in its chain from now on. Problems: 404; 409
    ``report-answered``, ``household-known``."""
    report = _open(session, actor, report_id)
    if report.household_id:
        raise Problem(409, "household-known", "这条线索已经对上了一户。")
    home = registry.visible_household(session, actor, household_id)
    report.household_id, report.about_name, report.village_code = home.id, home.name, home.village_code
    _chain(session, report, actor, "report_received", {"channel": report.channel, "line": report.line})
    if report.state == SENT:
        _told(session, report, declared)
    return report


def _open(session: Session, actor: Actor, report_id: str) -> Report:
    report = queries.visible(session, actor, report_id, lock=True)
    if report.state == DONE:
        raise Problem(409, "report-answered", "这条线索已经答复，不能再改。")
    return report


def _chain(session: Session, report: Report, actor: Actor, kind: str, content: Mapping[str, Any]) -> None:
    append(session, report.county_code, str(report.household_id), kind, actor.name, {"report": report.id, **content})
