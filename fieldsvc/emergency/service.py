"""Verbs of emergencies: open a case where it happens, aid first, supply the account, approve, pay in stages, close."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import GENERAL, Actor
from fieldsvc.aidchain.aids import Grant, grant
from fieldsvc.aidchain.service import append
from fieldsvc.deadlines.rules import AID_FIRST, Clock, Limits, Matter
from fieldsvc.deadlines.rules import EMERGENCY as CASE
from fieldsvc.deadlines.service import turn
from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.explain import worked_through
from fieldsvc.eligibility.plan import SILENT, verdict_column
from fieldsvc.facts.service import mark_dirty, record
from fieldsvc.households.kin import refuse_kin
from fieldsvc.households.models import Household, Person
from fieldsvc.households.queries import visible_household
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import Vault, masked_text
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id
from fieldsvc.policy.book import Found
from fieldsvc.tasks.rules import DONE
from fieldsvc.tasks.service import Errand, give, take_back

from . import limits, queries, reserve
from .models import Emergency, Payment
from .newcomers import register
from .rules import ADVANCE, AIDED, APPROVED, CLOSED, EMERGENCY, FOUND, PUBLIC_EVENT, Paid, Standing, refused

ADVANCE_AID, WHERE_IT_HAPPENS, FOLLOWED = "civil.advance_aid", "civil.aid_where_it_happens", "civil.visit_followed"
EVENT_DECLARED, ACCOUNT_DAYS = "public_event_declared", "account_days"
ADVANCE_HOURS = "emergency_advance_hours"
SHELTER = "emergencies.shelter"
TEMPORARY_AID, SOURCE = "civil.temporary_aid", "emergency"
ACCOUNT, OWED = "account", "已先行救助，请补充困难情况说明和有关材料，交镇（街道）。"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a case is handled: by whom, in which jurisdiction, under which rules, with which keys."""

    actor: Actor
    jurisdiction: str
    departments: Departments
    vault: Vault

    def parameter(self, name: str) -> Any:
        found = self.departments.policy.at(self.jurisdiction, name, clock.today())
        return found.value if isinstance(found, Found) else None


def open_case(session: Session, desk: Desk, body: Mapping[str, Any]) -> Emergency:
    """Open a case for a household, or for somebody nobody has registered (``newcomer``).

    Problems: 404; 409 ``emergency-open`` with its id, ``not-opened-here``, ``event-not-declared``; 422 ``invalid-record``,
    ``person-elsewhere``, ``person-missing``.
    """
    trial = _place(desk, body)
    if body["cause"] == PUBLIC_EVENT and not desk.parameter(EVENT_DECLARED):
        raise Problem(409, "event-not-declared", "本地区没有宣布突发公共事件，请选择其他原因，或先在本地设定中登记。")
    home, person = _who(session, desk, body)
    if standing := queries.standing(session, home.county_code, home.id):
        raise Problem(409, "emergency-open", "该户已有一件急难救助在办，请在原件中办理。", {"emergency": standing})
    now, hidden = clock.now(), body.get("shelter")
    case = Emergency(
        county_code=home.county_code, id=new_id(), household_id=home.id, person_id=person, village_code=home.village_code,
        kind=body["kind"], cause=body["cause"], event=body.get("event"), residence=body["residence"], trial=trial,
        stranded=body.get("stranded"), shelter=desk.vault.seal_text(hidden, SHELTER) if hidden else None, state=FOUND,
        found_at=body.get("found_at") or now, found_by=body.get("found_by") or desk.actor.name, alert_id=body.get("alert_id"),
        account=None, approval=None, outcome=None, opened_by=desk.actor.id, opened_at=now, updated_at=now, closed_at=None,
    )  # fmt: skip
    session.add(case)
    _record(session, desk, case, {
        "distress": case.kind == EMERGENCY, "distress_kind": case.kind, "residence": case.residence, "emergency_followed": True,
        "public_event_hit": case.cause == PUBLIC_EVENT,
    })  # fmt: skip
    if case.stranded:
        _record(session, desk, case, {"stranded": case.stranded}, person)
    told = {"kind": case.kind, "cause": case.cause, "event": case.event, "trial": trial or None, "found_at": clock.show(case.found_at)}
    _chain(session, case, "emergency_opened", desk.actor, told)
    _clocks(session, desk, case, aided=False)
    return case


def _place(desk: Desk, body: Mapping[str, Any]) -> bool:
    """Whether the place takes this case in; True where it does so on trial. Who is registered here is taken in everywhere."""
    home = {"distress": FactValue(True), "residence": FactValue(body["residence"])}
    asked = worked_through(desk.departments.rulebook, desk.jurisdiction, clock.today(), home, {})
    ruling = asked.plan.rulings[WHERE_IT_HAPPENS]
    if body["residence"] == "registered":
        return False
    if ruling.status == SILENT:
        return False
    if asked.state.get(None)(verdict_column(WHERE_IT_HAPPENS)) is not True:
        raise Problem(409, "not-opened-here", "本地尚未开展急难发生地申请，请联系户籍地或居住地办理，或按生活无着人员救助。")
    return any("emergency_residence_opened" in c.test for c in (ruling.body.conditions if ruling.body else ()))


def _who(session: Session, desk: Desk, body: Mapping[str, Any]) -> tuple[Household, str | None]:
    if body.get("newcomer"):
        home, person = register(session, desk.vault, desk.actor, body["newcomer"])
        return home, person.id
    home = visible_household(session, desk.actor, str(body["household_id"]))
    mark_dirty(session, home.county_code, [home.id])
    person = session.get(Person, (home.county_code, str(body["person_id"]))) if body.get("person_id") else None
    if body.get("person_id") and (person is None or person.household_id != home.id):
        raise Problem(422, "person-elsewhere", "这个人不属于这一户，请核对编号。", {"errors": {"person_id": "不在这一户"}})
    if body.get("stranded") and person is None:
        raise Problem(422, "person-missing", "生活无着须写明是哪一个人。", {"errors": {"person_id": "必填"}})
    return home, person.id if person else None


def pay(session: Session, desk: Desk, emergency_id: str, body: Mapping[str, Any]) -> Emergency:
    """Give aid: at once and without papers where the place has 先行救助 (which leaves the account as a task), else as approved.

    Problems: 409 ``approval-first``, ``stages-done``, ``visit-first``, ``over-approved``, ``emergency-closed``, ``kin-stands-aside``,
    and ``no-reserve``, ``reserve-short`` when it is to come from the township's reserve (``from_reserve``).
    """
    case, paid = _locked(session, desk, emergency_id)
    refuse_kin(session, desk.actor, case.household_id)
    if told := refused(_standing(session, desk, case, paid), body["kind"], body.get("amount")):
        raise Problem(409, *told)
    source = reserve.SOURCE if body.get("from_reserve") else body.get("source")
    if body.get("from_reserve"):
        reserve.draw(session, desk.actor, case.village_code, body.get("amount"), case.id)
    session.add(Payment(
        county_code=case.county_code, emergency_id=case.id, n=len(paid) + 1, kind=body["kind"], amount=body.get("amount"),
        what=body.get("what"), source=source, note=_free(body.get("note")), actor=desk.actor.name, at=clock.now(),
    ))  # fmt: skip
    case.updated_at = clock.now()
    if body["kind"] == ADVANCE:
        case.state = AIDED if case.state == FOUND else case.state
        _owe_account(session, desk, case)
        _record(session, desk, case, {"aid_given_first": True, "account_supplied": case.account is not None})
    _chain(session, case, "emergency_aid", desk.actor, {
        "kind": body["kind"], "amount": body.get("amount"), "what": body.get("what"), "source": source,
        "programme": TEMPORARY_AID,
    })  # fmt: skip
    _book(session, desk, case, len(paid) + 1, body.get("amount"))
    _clocks(session, desk, case, aided=True)
    return case


def _book(session: Session, desk: Desk, case: Emergency, n: int, amount: str | None) -> None:
    """A payment stands in the ledger of aid (在享救助) as aid of one day."""
    office, today = desk.departments.policy.office(desk.jurisdiction, "civil"), clock.today()
    grant(session, case.county_code, Grant(
        case.household_id, None, TEMPORARY_AID, office.office if office else "", SOURCE, f"{case.id}/{n}", today,
        today + timedelta(days=1), amount,
    ))  # fmt: skip


def _standing(session: Session, desk: Desk, case: Emergency, paid: list[Payment]) -> Standing:
    plan = worked_through(desk.departments.rulebook, desk.jurisdiction, clock.today(), {}, {}).plan
    told = tuple(Paid(each.kind, each.amount, clock.aware(each.at)) for each in paid)
    seen = queries.last_visit(session, case)
    return Standing(case.kind, case.state, not plan.rulings[ADVANCE_AID].status, case.approval, told, clock.aware(seen) if seen else None)


def _owe_account(session: Session, desk: Desk, case: Emergency) -> None:
    """先行救助，事后补充说明情况: the papers are a task, due by the deployment's days where it has set any."""
    if case.account is not None or case.account_task_id:
        return
    days = desk.parameter(ACCOUNT_DAYS)
    case.account_due_on = clock.today() + timedelta(days=int(days)) if days else None
    (task,) = give(session, case.county_code, [Errand(
        case.household_id, case.person_id, ACCOUNT, "补充说明：先行救助的情况", OWED, GENERAL, case.id, due_on=case.account_due_on,
    )])  # fmt: skip
    case.account_task_id = task.id


def supply_account(session: Session, desk: Desk, emergency_id: str, text: str, papers: list[str]) -> Emergency:
    """补充说明情况: closes the task that the first payment left."""
    case, _ = _locked(session, desk, emergency_id)
    case.account = {"text": _free(text), "papers": papers, "by": desk.actor.name, "on": clock.today().isoformat()}
    case.updated_at = clock.now()
    if case.account_task_id:
        take_back(session, case.county_code, {case.account_task_id: DONE})
    _record(session, desk, case, {"account_supplied": True})
    _chain(session, case, "emergency_account", desk.actor, {"papers": papers})
    return case


def approve(session: Session, desk: Desk, emergency_id: str, body: Mapping[str, Any]) -> Emergency:
    """审批: the sum and in how many stages it is paid (一次审批、分阶段救助); a later one is for follow-up aid (跟进救助).

    Problems: 409 ``emergency-closed``, ``kin-stands-aside``; ``meeting-first`` for more than the rule gives without the meeting's
    entry (一事一议).
    """
    case, paid = _locked(session, desk, emergency_id)
    refuse_kin(session, desk.actor, case.household_id)
    if case.state == CLOSED:
        raise Problem(409, "emergency-closed", "这件急难救助已经办结。")
    earlier = case.approval or {}
    before = [*earlier.get("earlier", ()), {k: v for k, v in earlier.items() if k != "earlier"}] if earlier else []
    done = sum(each.kind != ADVANCE for each in paid)
    total = _plus(earlier.get("amount"), body["amount"])
    limits.check(session, desk, case, total, body.get("meeting"))
    case.approval = {"amount": total, "stages": done + body["stages"], "by": desk.actor.name, "on": clock.today().isoformat(),
                     "meeting": _free(body.get("meeting")), "earlier": before}  # fmt: skip
    case.state, case.updated_at = APPROVED, clock.now()
    _record(session, desk, case, {"temporary_aid_approved": True, "staged_payment": body["stages"] > 1,
                                   **({"case_by_case_decided": True} if body.get("meeting") else {})})  # fmt: skip
    _chain(session, case, "emergency_approved", desk.actor, {"amount": body["amount"], "stages": body["stages"],
                                                              "meeting": case.approval["meeting"]})  # fmt: skip
    return case


def _plus(before: str | None, more: str) -> str:
    return str(Decimal(before or 0) + Decimal(more))


def close_case(session: Session, desk: Desk, emergency_id: str, outcome: str) -> Emergency:
    """办结. Problems: 409 ``account-owed`` while the account of a first payment is not supplied, ``emergency-closed``."""
    case, _ = _locked(session, desk, emergency_id)
    if case.state == CLOSED:
        raise Problem(409, "emergency-closed", "这件急难救助已经办结。")
    if case.account_task_id and case.account is None:
        raise Problem(409, "account-owed", "先行救助后尚未补充说明情况，请先补充，再办结。")
    case.state, case.outcome, case.closed_at, case.updated_at = CLOSED, _free(outcome), clock.now(), clock.now()
    _record(session, desk, case, {"emergency_followed": False, "distress": False})
    _chain(session, case, "emergency_closed", desk.actor, {"outcome": case.outcome})
    _clocks(session, desk, case, aided=True)
    return case


def _locked(session: Session, desk: Desk, emergency_id: str) -> tuple[Emergency, list[Payment]]:
    """The household's mark first, which is the lock every writer of facts takes."""
    seen = queries.visible(session, desk.actor, emergency_id)
    mark_dirty(session, seen.county_code, [seen.household_id])
    case = queries.visible(session, desk.actor, emergency_id, lock=True)
    session.refresh(case)
    return case, queries.payments(session, case)


def _record(session: Session, desk: Desk, case: Emergency, facts: Mapping[str, Any], person: str | None = None) -> None:
    record(session, case.county_code, case.household_id, person, facts, as_of=clock.now(), source_kind="officer", source_id=case.id,
           declared=desk.departments.vocabulary.facts)  # fmt: skip


def _clocks(session: Session, desk: Desk, case: Emergency, aided: bool) -> None:
    """先行救助 is awaited from the finding until the first aid; the case takes over the clock of the alert that found it."""
    awaited = (Clock(AID_FIRST, clock.aware(case.found_at), ADVANCE_HOURS),) if case.kind == EMERGENCY and not aided else ()
    matter = Matter(CASE, case.id, case.household_id, case.village_code, GENERAL, awaited)
    turn(session, case.county_code, [matter], Limits(desk.departments.policy, desk.jurisdiction))


def _chain(session: Session, case: Emergency, kind: str, actor: Actor, detail: Mapping[str, Any]) -> None:
    about = {"emergency": case.id, **detail}
    append(session, case.county_code, case.household_id, kind, actor.name, {k: v for k, v in about.items() if v is not None},
           person_id=case.person_id)  # fmt: skip


def _free(text: str | None) -> str | None:
    return masked_text(text) if text else None
