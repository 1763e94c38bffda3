"""Verbs of applications: open one, judge it anew, withdraw consent, decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import GENERAL, Actor
from fieldsvc.aidchain.service import append
from fieldsvc.deadlines.rules import APPLICATION, DECIDE, Clock, Limits, Matter
from fieldsvc.deadlines.service import turn
from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.vocabulary import NO_TIER
from fieldsvc.facts import queries as facts
from fieldsvc.facts.service import mark_dirty
from fieldsvc.honesty.queries import owing
from fieldsvc.households.kin import refuse_kin
from fieldsvc.households.models import Household, Person
from fieldsvc.households.queries import visible_household
from fieldsvc.households.rules import TIERS
from fieldsvc.households.service import set_recognised_tier
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id
from fieldsvc.screening.determinations import present
from fieldsvc.screening.queries import rule_set
from fieldsvc.screening.rescreen import keep_rules

from . import queries
from .delegation import refuse_undelegated
from .gates import pass_gates
from .models import Application, ApplicationEvent
from .refused import after_refusal
from .rules import CONFIRM, DECIDED, OPEN, OVERRIDE, Proposal, classify, order_of, tiers_to_try


@dataclass(frozen=True, slots=True)
class Counter:
    """Where applications are taken (受理): by whom, in which jurisdiction, under which rules."""

    actor: Actor
    jurisdiction: str
    departments: Departments


@dataclass(frozen=True, slots=True)
class Asked:
    """What is applied for. ``left``: the tier the household leaves, which with consent leads straight to the tiers after it."""

    household_id: str
    person_id: str | None
    tier: str | None
    consent: Mapping[str, Any] | None
    left: str | None = None
    helper: str | None = None


def open_application(session: Session, at: Counter, asked: Asked, found: Mapping[str, Any] | None = None) -> Application:
    """Take an application in and judge it at once from what is known; nothing known is asked again. ``found``: the alert it
    comes from.

    Problems: 404; 409 ``application-open`` with its id, ``repayment-open``; 422 ``person-elsewhere``, ``tier-missing``,
    ``consent-missing``.
    """
    home = visible_household(session, at.actor, asked.household_id)
    _refuse(session, at, home, asked)
    mark_dirty(session, home.county_code, [home.id])
    now = clock.now()
    application = Application(
        county_code=home.county_code, id=new_id(), household_id=home.id, person_id=asked.person_id, village_code=home.village_code,
        jurisdiction=at.jurisdiction, applied=asked.tier or "", procedure="", state=OPEN, left_tier=asked.left, helper=asked.helper,
        consent=_consent(at.actor, asked.consent), proposal={}, facts={}, rule_set="", on_date=clock.today(), decision=None,
        opened_by=at.actor.id, opened_at=now, updated_at=now,
    )  # fmt: skip
    proposal = _judge(session, at, application)
    application.applied = application.applied or _first(proposal.order, asked.left)
    application.procedure = application.applied
    session.add(application)
    about = {"applied": application.applied, "left": asked.left, "consent": application.consent, "helper": asked.helper}
    about |= {"found": dict(found)} if found else {}
    note_step(session, application, "opened", at.actor, about)
    into_chain(session, application, "application_opened", at.actor, about)
    _propose(session, at, application, proposal)
    _clocks(session, at, application)
    return application


def _clocks(session: Session, at: Counter, application: Application) -> None:
    """审核认定 is awaited from the day the application was taken in until it is decided, whatever procedure it is in."""
    awaited = (Clock(DECIDE, clock.aware(application.opened_at), application.applied),) if application.state == OPEN else ()
    matter = Matter(APPLICATION, application.id, application.household_id, application.village_code, GENERAL, awaited)
    turn(session, application.county_code, [matter], Limits(at.departments.policy, at.jurisdiction))


def _refuse(session: Session, at: Counter, home: Household, asked: Asked) -> None:
    if asked.person_id:
        person = session.get(Person, (home.county_code, asked.person_id))
        if person is None or person.household_id != home.id:
            raise Problem(422, "person-elsewhere", "这个人不属于这一户，请核对编号。")
    if asked.left and not asked.consent:
        raise Problem(422, "consent-missing", "退出后直接转入其他认定程序，须先征得本人同意。", {"errors": {"consent": "必填"}})
    if not asked.tier and not asked.left:
        raise Problem(422, "tier-missing", "请写明申请哪一类。", {"errors": {"tier": "必填"}})
    if debt := owing(session, home.county_code, home.id):
        raise Problem(409, "repayment-open", "这一户骗取的救助款物还没有退还，退还后才能受理新的申请。", {"breach": debt.id})
    standing = queries.standing(session, home.county_code, home.id, asked.person_id)
    if standing:
        raise Problem(409, "application-open", "已有一件正在办理的申请，请在原申请中办理，不必重新申请。", {"application": standing})


def _consent(actor: Actor, given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """When, by whom and for what consent was taken (征得申请人同意); it can be withdrawn."""
    if not given:
        return None
    taken = given.get("taken_on") or clock.today()
    return {"scope": list(given.get("scope") or ("classification",)), "taken_on": taken.isoformat(), "taken_by": actor.name,
            "taken_by_id": actor.id, "withdrawn_on": None}  # fmt: skip


def consented(application: Application) -> bool:
    return bool(application.consent) and application.consent["withdrawn_on"] is None


def _first(order: tuple[str, ...], left: str | None) -> str:
    after = order[order.index(left) + 1 :] if left in order else order
    if not after:
        raise Problem(422, "tier-missing", "之后没有其他类别可以转入，请写明申请哪一类。", {"errors": {"tier": "必填"}})
    return after[0]


def _judge(session: Session, at: Counter, application: Application) -> Proposal:
    """What the rules say now, with the versions of the facts they read."""
    book, county = at.departments.rulebook, application.county_code
    if rule_set(session, county, book.hash) is None:
        keep_rules(session, county, book)
    explanation = present(session, county, application.household_id, book, application.jurisdiction, clock.today())
    subjects = [application.household_id, *explanation.state.persons]
    application.facts, application.rule_set = facts.versions(session, county, subjects), book.hash
    application.on_date = clock.today()
    order, applied = order_of(explanation), application.applied or _first(order_of(explanation), application.left_tier)
    return classify(explanation, application.person_id, tiers_to_try(order, applied, consented(application), application.left_tier))


def _propose(session: Session, at: Counter, application: Application, proposal: Proposal) -> None:
    """Keep the proposal; where it names another tier the procedure is changed over under the same id (及时转换程序)."""
    application.proposal, application.updated_at = proposal.to_json(), clock.now()
    note_step(session, application, "judged", at.actor, {"proposal": application.proposal, "facts": application.facts,
                                                     "rule_set": application.rule_set, "on": application.on_date.isoformat()})  # fmt: skip
    target = proposal.tier if proposal.tier not in (None, "none") else application.applied
    if target != application.procedure:
        changed = {"from": application.procedure, "to": target}
        application.procedure = str(target)
        note_step(session, application, "changed_over", at.actor, changed)
        into_chain(session, application, "application_changed", at.actor, changed)


def judge_again(session: Session, at: Counter, application_id: str) -> Application:
    """Judge an open application from what is known now; the earlier proposal stays among its steps."""
    return judged_anew(session, at, still_open(session, at, application_id))


def judged_anew(session: Session, at: Counter, application: Application) -> Application:
    """The same for one that ``still_open`` gave."""
    _propose(session, at, application, _judge(session, at, application))
    return application


def withdraw_consent(session: Session, at: Counter, application_id: str) -> Application:
    """From now on only the tier applied for is judged. Problem 409 ``no-consent``."""
    application = still_open(session, at, application_id)
    if not consented(application):
        raise Problem(409, "no-consent", "没有可以撤回的同意。")
    application.consent = application.consent | {"withdrawn_on": clock.today().isoformat()}
    note_step(session, application, "consent_withdrawn", at.actor, {"consent": application.consent})
    _propose(session, at, application, _judge(session, at, application))
    return application


def still_open(session: Session, at: Counter, application_id: str) -> Application:
    """One that ``locked`` gives and nobody has decided. Problems: 404; 409 ``application-decided``."""
    application = locked(session, at, application_id)
    if application.state != OPEN:
        raise Problem(409, "application-decided", "这件申请已经办结。")
    return application


def locked(session: Session, at: Counter, application_id: str) -> Application:
    """The application as it stands, under the household's mark and locked. Problem 404."""
    seen = queries.visible(session, at.actor, application_id)
    mark_dirty(session, seen.county_code, [seen.household_id])
    return queries.visible(session, at.actor, application_id, lock=True)


def decide(session: Session, at: Counter, application_id: str, kind: str, tier: str | None, reason: str | None) -> Application:
    """An officer's decision: ``confirm`` the proposal, or ``override`` it with another tier (none: refuse) and a reason.

    The proposal stays beside the decision, which goes into the aid chain and sets the recognised tier. Problems: 409
    ``application-decided``, ``approval-at-county``, ``proposal-outdated``, ``kin-stands-aside``, and what gates refuse; 422 ``undecided``,
    ``reason-missing``, ``tier-missing``, ``same-tier``.
    """
    refuse_undelegated(at.departments.policy, at.jurisdiction, at.actor)
    application = still_open(session, at, application_id)
    refuse_kin(session, at.actor, application.household_id)
    pass_gates(session, application.county_code, application.household_id, at.departments)
    kept, now = application.proposal, _judge(session, at, application).to_json()
    if now != kept:
        raise Problem(409, "proposal-outdated", "情况或政策已有变化，请先重新审核，再作决定。", {"proposal": now})
    decided = _decided(kept["tier"], kind, tier, (reason or "").strip())
    application.state, application.updated_at = DECIDED, clock.now()
    application.decision = {"kind": kind, "tier": decided, "title": TIERS.get(decided, decided), "proposed": kept["tier"],
                            "reason": (reason or "").strip() or None, "by": at.actor.name, "by_id": at.actor.id,
                            "on": clock.today().isoformat()}  # fmt: skip
    _recognise(session, application, decided)
    if decided == NO_TIER:
        application.decision = application.decision | after_refusal(session, application, at.departments)
    note_step(session, application, "decided", at.actor, application.decision)
    into_chain(session, application, "application_decided", at.actor, application.decision | {"tried": _tried(kept)})
    _clocks(session, at, application)
    return application


def reopen(session: Session, at: Counter, application_id: str, reason: str) -> Application:
    """A decision comes back to be judged anew (公示异议); what was decided stays among the steps, and in force until it is
    decided again. Problems: 404; 409 ``application-undecided``, ``application-open``."""
    application = locked(session, at, application_id)
    if application.state != DECIDED:
        raise Problem(409, "application-undecided", "这件申请还没有作出决定。")
    if standing := queries.standing(session, application.county_code, application.household_id, application.person_id):
        raise Problem(409, "application-open", "已有一件正在办理的申请，请在那件申请中办理。", {"application": standing})
    application.state, application.updated_at = OPEN, clock.now()
    note_step(session, application, "reopened", at.actor, {"reason": reason, "decision": application.decision})
    into_chain(session, application, "application_reopened", at.actor, {"reason": reason})
    _clocks(session, at, application)
    return application


def _decided(proposed: str | None, kind: str, tier: str | None, reason: str) -> str:
    if kind == CONFIRM:
        if proposed is None:
            raise Problem(422, "undecided", "系统尚不能提出意见，请先核实缺少的情况，或写明理由另行认定。")
        return proposed
    if kind == OVERRIDE and not reason:
        raise Problem(422, "reason-missing", "改变系统建议须写明理由。", {"errors": {"reason": "必填"}})
    if tier not in TIERS:
        raise Problem(422, "tier-missing", f"请写明认定为哪一类：{'、'.join(TIERS.values())}。", {"errors": {"tier": "必填"}})
    if tier == proposed:
        raise Problem(422, "same-tier", "与系统建议相同，请直接确认系统建议。", {"errors": {"tier": "与建议相同"}})
    return tier


def _tried(proposal: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"tier": t["tier"], "result": t["result"], "reasons": [
        {name: r[name] for name in ("condition", "clause", "quote", "reference")} for r in t["reasons"]
    ]} for t in proposal["tried"]]  # fmt: skip


def _recognise(session: Session, application: Application, tier: str) -> None:
    home = session.get_one(Household, (application.county_code, application.household_id))
    person = session.get_one(Person, (application.county_code, application.person_id)) if application.person_id else None
    set_recognised_tier(session, home, tier, person)


def note_step(session: Session, application: Application, kind: str, actor: Actor, detail: Mapping[str, Any]) -> None:
    """A step of the course, with who took it."""
    session.flush()
    n = queries.last_event(session, application.county_code, application.id) + 1
    session.add(ApplicationEvent(county_code=application.county_code, application_id=application.id, n=n, kind=kind,
                                 actor=actor.name, detail=dict(detail), at=clock.now()))  # fmt: skip
    session.flush()


def into_chain(session: Session, application: Application, kind: str, actor: Actor, detail: Mapping[str, Any]) -> None:
    """The step as the household's aid chain tells it."""
    about = {"application": application.id, "applied": application.applied, "procedure": application.procedure}
    append(session, application.county_code, application.household_id, kind, actor.name, about | dict(detail),
           person_id=application.person_id)  # fmt: skip


