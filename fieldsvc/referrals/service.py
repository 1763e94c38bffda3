"""Verbs of referrals: open one, take a step, send a returned one again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CLASSES, DEPARTMENT, Actor
from fieldsvc.aidchain.aids import grant
from fieldsvc.aidchain.service import append
from fieldsvc.alerts import disposal
from fieldsvc.alerts.clocks import limits_of
from fieldsvc.alerts.kinds import Desk, Outcome, disposal_kind
from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.rules import REFER, REFERRED
from fieldsvc.deadlines.service import turn
from fieldsvc.facts.service import mark_dirty, record
from fieldsvc.households import queries as registry
from fieldsvc.households.caseload import announce_record
from fieldsvc.households.kin import refuse_kin
from fieldsvc.kit import clock
from fieldsvc.kit.db import after_commit
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id
from fieldsvc.kit.wake import wake

from . import grants, outcomes, queries
from .clocks import matter_of
from .models import OutboxItem, Referral, ReferralEvent
from .rules import CHAIN, FINISH, RESEND, RETURN, RETURNED, SENT, STEPS, WAITING, refusal


@dataclass(frozen=True, slots=True)
class Matter:
    """What is referred (转办事项): whose, why, for which programme."""

    household_id: str
    person_id: str | None
    village_code: str
    klass: str
    duty: str
    summary: str
    programme: str | None = None
    alert_id: str | None = None


def open_referral(session: Session, desk: Desk, matter: Matter, first_contact: int | None = None) -> Referral:
    """Send a matter to the office that the jurisdiction's table names for the duty (REF-11), department by plugin.

    ``first_contact`` answers for it to its end (首问负责), the sender when nobody was asked before. Problems: 409 ``no-office``,
    ``class-not-permitted``.
    """
    if matter.klass not in CLASSES[DEPARTMENT]:
        raise Problem(409, "class-not-permitted", "儿童走访的内容不能转给部门，请按“一事一议”处置。")
    office, department = office_of(desk, matter.duty)
    now, actor = clock.now(), desk.actor
    referral = Referral(
        county_code=actor.county, id=new_id(), alert_id=matter.alert_id, household_id=matter.household_id,
        person_id=matter.person_id, village_code=matter.village_code, klass=matter.klass, duty=matter.duty, office=office,
        department=department, programme=matter.programme, summary=matter.summary, state=SENT, reason=None, outcome={},
        first_contact_id=first_contact or actor.id, sent_by=actor.id, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(referral)
    sent = {"office": office, "department": department, "first_contact": referral.first_contact_id}
    note_step(session, referral, actor, "referral_sent", None, sent)
    turn(session, referral.county_code, [matter_of(referral)], limits_of(desk))
    owe(session, referral)
    return referral


def send(session: Session, desk: Desk, matter: Matter) -> Referral:
    """``open_referral`` for a request that may come twice, also at once: what the same officer sent in the same words and
    nobody has answered yet is the one meant. Problem 409 ``kin-stands-aside``."""
    refuse_kin(session, desk.actor, matter.household_id)
    registry.hold(session, desk.actor.county, matter.household_id)
    return queries.unanswered(session, desk.actor, matter) or open_referral(session, desk, matter)


def office_of(desk: Desk, duty: str) -> tuple[str, str]:
    office = desk.departments.policy.office(desk.jurisdiction, duty)
    if office is None:
        raise Problem(409, "no-office", "本地区的文件和本地设定都没有写明这项职责由哪个部门负责，请先补充本地设定。")
    plugin = desk.departments.plugin_for(duty)
    return office.office, plugin.department.id if plugin else duty


def owe(session: Session, referral: Referral) -> None:
    """Put the delivery into the outbox; the worker is woken once it is committed."""
    now = clock.now()
    session.add(OutboxItem(county_code=referral.county_code, id=new_id(), referral_id=referral.id,
                           department=referral.department, state=WAITING, attempts=0, next_at=now, created_at=now))  # fmt: skip
    after_commit(session, "wake", wake)


@disposal_kind(REFER)
def refer(session: Session, alert: Alert, desk: Desk, body: Mapping[str, Any]) -> Outcome:
    """转办落实: opens a referral; its outcome closes the alert. The visitor who found it is the first contact."""
    duty = body.get("duty") or alert.duty
    if not duty:
        raise Problem(422, "duty-missing", "请选择转办的职责。", {"errors": {"duty": "必填"}})
    found_by = [c.get("source") for c in alert.channels if c["channel"] == "visit"]
    first = queries.author_of(session, alert.county_code, found_by[0]) if found_by and found_by[0] else None
    summary = body.get("note") or alert.message
    matter = Matter(
        alert.household_id, alert.person_id, alert.village_code, alert.klass, duty, summary, alert.rule_id, alert.id
    )
    referral = open_referral(session, desk, matter, first)
    return Outcome(REFERRED, {"referral": referral.id, "duty": duty, "office": referral.office})


def feedback(
    session: Session, desk: Desk, referral_id: str, step: str, body: Mapping[str, Any], key: str | None = None
) -> Referral:
    """A step of the department: accept | return (``reason``) | done (``outcome``; its ``facts`` become facts).

    The same feedback again changes nothing. Problems: 422 ``reason-missing``, ``bad-aid``, 409 ``wrong-state``, ``key-reused``,
    ``duplicate-aid``.
    """
    seen, said = queries.visible(session, desk.actor, referral_id), _said(step, body)
    if step == RETURN and not (body.get("reason") or "").strip():
        raise Problem(422, "reason-missing", "退回必须写明原因。", {"errors": {"reason": "必填"}})
    told, given = _told(desk, seen, said), grants.read(desk, seen, said.get("outcome") or {}) if step == FINISH else None
    if told or given:
        mark_dirty(session, seen.county_code, [seen.household_id])
    referral = queries.locked(session, seen.county_code, referral_id)
    if _repeated(session, referral, said, key):
        return referral
    if refused := refusal(referral.state, step):
        raise Problem(409, *refused)
    if given and not given[1] and not (key or "").startswith("outbox-"):  # a plugin's answer stands, and is listed
        grants.refuse_twice(session, desk, referral.county_code, given[0])
    take(session, referral, desk, step, body, said | ({"key": key} if key else {}))
    if given:
        grant(session, referral.county_code, replace(given[0], household_id=referral.household_id))
    for person, facts in told.items():
        record(session, referral.county_code, referral.household_id, person, facts, as_of=clock.now(), source_kind="department",
               source_id=referral.id, declared=desk.departments.vocabulary.facts)  # fmt: skip
    return referral


def _said(step: str, body: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: body[name] for name in ("reason", "outcome", "note") if body.get(name)}
    return {"step": step, **said}


def _repeated(session: Session, referral: Referral, said: dict[str, Any], key: str | None) -> bool:
    """By idempotency key, or as the very last step said again."""
    steps = [event.detail for event in queries.events(session, referral.county_code, referral.id)]
    for detail in steps if key else ():
        if detail.get("key") == key:
            if {k: v for k, v in detail.items() if k != "key"} != said:
                raise Problem(409, "key-reused", "这个 Idempotency-Key 已用于另一次反馈，请换一个新的。")
            return True
    return bool(steps) and {k: v for k, v in steps[-1].items() if k != "key"} == said


def take(
    session: Session, referral: Referral, desk: Desk, step: str, body: Mapping[str, Any], detail: dict[str, Any]
) -> None:
    referral.state, referral.updated_at = STEPS[step][1], clock.now()
    referral.reason = body.get("reason") if step == RETURN else None
    if step == FINISH:
        referral.outcome = dict(body.get("outcome") or {})
    if referral.alert_id and step == FINISH:
        disposal.referral_done(session, referral.alert_id, desk, referral.outcome)
    if referral.alert_id and step == RETURN:
        disposal.referral_returned(session, referral.alert_id, desk, referral.reason or "")
    note_step(session, referral, desk.actor, CHAIN[step], body.get("note"), detail)
    turn(session, referral.county_code, [matter_of(referral)], limits_of(desk))


def note_step(
    session: Session, referral: Referral, actor: Actor, kind: str, note: str | None, detail: dict[str, Any]
) -> None:
    """Note the step, hang it on the aid chain, tell the household's workers."""
    session.add(ReferralEvent(county_code=referral.county_code, id=new_id(), referral_id=referral.id, state=referral.state,
                              actor=actor.name, note=note, detail=detail, at=clock.now()))  # fmt: skip
    about = {"referral": referral.id, "duty": referral.duty, "office": referral.office, "programme": referral.programme}
    content = about | {k: v for k, v in detail.items() if k not in ("step", "key")} | ({"note": note} if note else {})
    append(session, referral.county_code, referral.household_id, kind, actor.name, content, person_id=referral.person_id,
           klass=referral.klass)  # fmt: skip
    announce_record(session, referral.county_code, "referrals", referral.id, referral.household_id, referral.klass)


def resend(session: Session, desk: Desk, referral_id: str, note: str, duty: str | None = None) -> Referral:
    """Send a returned referral again, to another duty if need be. The first contact stays (首问负责). Problem 409
    ``wrong-state``, ``kin-stands-aside``."""
    seen = queries.visible(session, desk.actor, referral_id)
    refuse_kin(session, desk.actor, seen.household_id)
    office, department = office_of(desk, duty or seen.duty)
    referral = queries.locked(session, seen.county_code, referral_id)
    if _resent(session, referral, note, duty):
        return referral
    if referral.state != RETURNED:
        raise Problem(409, *(refusal(referral.state, RESEND) or ("wrong-state", "")))
    referral.duty, referral.office, referral.department = duty or referral.duty, office, department
    referral.summary = f"{referral.summary}\n补充：{note}"
    if referral.alert_id:
        disposal.referral_resent(session, referral.alert_id, desk)
    sent = {"step": RESEND, "office": office, "department": department}
    take(session, referral, desk, RESEND, {"note": note}, sent)
    owe(session, referral)
    return referral


def _resent(session: Session, referral: Referral, note: str, duty: str | None) -> bool:
    """The very last step, asked for again."""
    last = queries.events(session, referral.county_code, referral.id)[-1]
    return (last.detail.get("step"), last.note, duty or referral.duty) == (RESEND, note, referral.duty)


def _told(desk: Desk, referral: Referral, said: dict[str, Any]) -> dict[str | None, dict[str, Any]]:
    """Facts the outcome brings, as ``{person id or None: {name: value}}``. What is not this department's to tell, or no value
    of the fact, is refused by name (422 ``unknown-fact``)."""
    facts = (said.get("outcome") or {}).get("facts") or {}
    if not isinstance(facts, Mapping):
        raise Problem(
            422, "unknown-fact", "办理结果中的 facts 应为字典：事实名和值。", {"errors": {"facts": "应为字典"}}
        )
    declared, own = desk.departments.vocabulary.facts, outcomes.packages(desk.departments, referral.duty)
    read = {name: outcomes.value_of(declared.get(name), told, own, referral.person_id) for name, told in facts.items()}
    if wrong := sorted(name for name, value in read.items() if value is None):
        why = "未声明、不由本部门提供，或值的形式不对"
        raise Problem(
            422,
            "unknown-fact",
            f"办理结果中的事实不能记入：{'、'.join(wrong)}。",
            {"errors": dict.fromkeys(wrong, why)},
        )
    return {referral.person_id: read} if read else {}
