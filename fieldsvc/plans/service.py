"""Verbs of plans: open one, change its state, note what was given, look into a note; keep a household under monitoring."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CHILD, GENERAL, Actor
from fieldsvc.aidchain.service import append
from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.behind import behind_rule
from fieldsvc.eligibility.explain import Explanation
from fieldsvc.facts.service import mark_dirty, record
from fieldsvc.households.models import Household, Person
from fieldsvc.households.queries import hold, visible_household
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import masked_text
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.ids import new_id
from fieldsvc.screening.determinations import present

from . import providers, queries
from .models import Plan, PlanEntry
from .rules import ASKED, KINDS, RUNNING, WAITING, refusal

CHARITY = "charity"
INSURANCE, INSURED = "civil.accident_insurance", "accident_insured"
MONITORED = "under_monitoring"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where plans are made: by whom, in which jurisdiction, from which catalogue."""

    actor: Actor
    jurisdiction: str
    departments: Departments


def known(session: Session, desk: Desk, household_id: str) -> Explanation:
    return present(session, desk.actor.county, household_id, desk.departments.rulebook, desk.jurisdiction, clock.today())


def open_plan(session: Session, desk: Desk, body: Mapping[str, Any]) -> Plan:
    """Arrange an item of the place's catalogue for a household or one of its persons.

    Problems: 404; 409 ``plan-open`` with its id; 422 ``unknown-item``, ``person-elsewhere``, ``consent-missing``.
    """
    home = visible_household(session, desk.actor, str(body["household_id"]))
    hold(session, home.county_code, home.id)
    person = str(body["person_id"]) if body.get("person_id") else None
    rule, klass = _item(session, desk, home, body["item"], person)
    if standing := queries.standing(session, home.county_code, home.id, person, rule.id):
        raise Problem(409, "plan-open", "这一项已有安排尚未结束，请在原安排中办理。", {"plan": standing})
    if rule.aid == CHARITY and not body.get("consent"):
        raise Problem(422, "consent-missing", "向社会力量说明情况，须先征得本人同意。", {"errors": {"consent": "必填"}})
    now = clock.now()
    plan = Plan(
        county_code=home.county_code, id=new_id(), household_id=home.id, person_id=person, village_code=home.village_code,
        klass=klass, item=rule.id, title=rule.title, aid=rule.aid, state=body.get("state") or (ASKED if rule.aid == CHARITY else RUNNING),
        kinds=list(body.get("kinds") or KINDS.get(rule.id, ())), provider=body.get("provider"), payer=body.get("payer"),
        starts_on=body.get("starts_on") or clock.today(), ends_on=body.get("ends_on"), every_days=body.get("every_days"),
        wish=_stated(body.get("wish")), consent=_consent(body.get("consent")), basis=body.get("basis"), note=_free(body.get("note")),
        opened_by=desk.actor.id, opened_at=now, updated_at=now,
    )  # fmt: skip
    session.add(plan)
    session.flush()
    if body.get("worker_id"):
        providers.assign(session, plan, body["worker_id"])
    _tell_insured(session, desk, plan)
    opened = {"state": plan.state, "kinds": plan.kinds, "provider": plan.provider, "payer": plan.payer}
    _chain(session, plan, "plan_opened", desk.actor, opened)
    return plan


def _item(session: Session, desk: Desk, home: Household, item: str, person: str | None) -> tuple[Any, str]:
    rule = desk.departments.rulebook.by_id.get(item)
    plan = known(session, desk, home.id).plan
    if rule is None or rule.is_indicator or plan.rulings[item].status == "s":
        raise Problem(422, "unknown-item", "本地区的救助项目目录中没有这一项，请从目录中选择。", {"errors": {"item": "不在目录中"}})
    if (rule.subject == "person") != bool(person):
        where = "个人" if rule.subject == "person" else "家庭"
        raise Problem(422, "person-elsewhere", f"这一项面向{where}，请{'写明' if rule.subject == 'person' else '不要写'}是哪一个人。")
    found = session.get(Person, (home.county_code, person)) if person else None
    if person and (found is None or found.household_id != home.id):
        raise Problem(422, "person-elsewhere", "这个人不属于这一户，请核对编号。")
    facts = plan.book.vocabulary.facts
    child = any(facts[name].sensitivity == CHILD for name in behind_rule(plan, item) if name in facts)
    return rule, CHILD if child else GENERAL


def _stated(wish: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {"wish": wish["wish"], "stated_by": wish["stated_by"]} if wish else None


def _consent(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {"given_by": given["given_by"], "on": (given.get("on") or clock.today()).isoformat()} if given else None


def _free(text: str | None) -> str | None:
    return masked_text(text) if text else None


def change(session: Session, desk: Desk, plan_id: str, to: str, body: Mapping[str, Any]) -> Plan:
    """Taken over, begun, put off or ended. The same change again changes nothing. Problem 409 ``wrong-state``."""
    plan = queries.visible(session, desk.actor, plan_id, lock=True)
    if plan.state == to:
        return plan
    if said := refusal(plan.state, to):
        raise Problem(409, "wrong-state", said)
    before, plan.state, plan.updated_at = plan.state, to, clock.now()
    for name in ("provider", "payer", "starts_on", "ends_on", "every_days"):
        if body.get(name) is not None:
            setattr(plan, name, body[name])
    if body.get("worker_id"):
        providers.assign(session, plan, body["worker_id"])
    told = {"from": before, "to": to, "provider": plan.provider, "payer": plan.payer, "note": _free(body.get("note"))}
    _tell_insured(session, desk, plan)
    _chain(session, plan, "plan_changed", desk.actor, told)
    return plan


def _tell_insured(session: Session, desk: Desk, plan: Plan) -> None:
    """A paid insurance is a fact of the person as well. Before the chain: the household's mark goes first."""
    if plan.item == INSURANCE and plan.state == RUNNING:
        mark_dirty(session, plan.county_code, [plan.household_id])
        record(session, plan.county_code, plan.household_id, plan.person_id, {INSURED: True}, as_of=clock.now(), source_kind="registry",
               source_id=plan.id, declared=desk.departments.vocabulary.facts)  # fmt: skip


def note(session: Session, desk: Desk, plan_id: str, body: Mapping[str, Any]) -> PlanEntry:
    """One time it was given, or what came. Problems: 409 ``wrong-state`` once it has ended or waits; 422 ``unknown-kind``."""
    plan = queries.visible(session, desk.actor, plan_id, lock=True)
    if plan.state not in (RUNNING, ASKED):
        waits = plan.state == WAITING
        raise Problem(409, "wrong-state", "尚未安排，不能登记；请先开始。" if waits else "这项安排现在不能登记记录，请先开始。")
    what = list(body.get("what") or ())
    if wrong := [each for each in what if plan.kinds and each not in plan.kinds]:
        raise Problem(422, "unknown-kind", f"这项安排不含：{'、'.join(wrong)}。可选：{'、'.join(plan.kinds)}。")
    n = queries.last_entry(session, plan.county_code, plan.id) + 1
    entry = PlanEntry(county_code=plan.county_code, plan_id=plan.id, n=n, on=_day(body.get("on")), what=what, note=_free(body.get("note")),
                      signed_by=body.get("signed_by"), visit_id=body.get("visit_id"), actor=desk.actor.name, at=clock.now())  # fmt: skip
    session.add(entry)
    plan.updated_at = clock.now()
    providers.taken(session, plan)
    told = {"on": entry.on.isoformat(), "what": what, "note": entry.note, "signed_by": entry.signed_by, "visit": entry.visit_id}
    _chain(session, plan, "plan_entry", desk.actor, told)
    return entry


def _day(given: date | None) -> date:
    if given is not None and given > clock.today():
        raise Problem(422, "later-than-today", "日期不能晚于今天。", {"errors": {"on": "晚于今天"}})
    return given or clock.today()


def check(session: Session, desk: Desk, plan_id: str, n: int, right: bool, said: str | None) -> PlanEntry:
    """The township looks into one entry (抽查): whether it was so. Problem 404."""
    plan = queries.visible(session, desk.actor, plan_id, lock=True)
    entry = session.get(PlanEntry, (plan.county_code, plan.id, n), with_for_update=True)
    if entry is None:
        raise not_found()
    entry.checked = {"by": desk.actor.name, "on": clock.today().isoformat(), "right": right, "note": _free(said)}
    _chain(session, plan, "plan_changed", desk.actor, {"entry": n, "checked": entry.checked})
    return entry


def monitor(session: Session, desk: Desk, household_id: str, on: bool, reason: str) -> None:
    """Take a household into monitoring (监测帮扶范围), or out of it, with the reason on its chain."""
    home = visible_household(session, desk.actor, household_id)
    mark_dirty(session, home.county_code, [home.id])
    record(session, home.county_code, home.id, None, {MONITORED: on}, as_of=clock.now(), source_kind="officer", source_id=new_id(),
           declared=desk.departments.vocabulary.facts)  # fmt: skip
    append(session, home.county_code, home.id, "monitoring", desk.actor.name, {"monitored": on, "reason": _free(reason)})


def _chain(session: Session, plan: Plan, kind: str, actor: Actor, detail: Mapping[str, Any]) -> None:
    about = {"plan": plan.id, "programme": plan.item, "title": plan.title, **detail}
    append(session, plan.county_code, plan.household_id, kind, actor.name, {k: v for k, v in about.items() if v not in (None, [])},
           person_id=plan.person_id, klass=plan.klass)  # fmt: skip
