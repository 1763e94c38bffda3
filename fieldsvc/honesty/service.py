"""Verbs of honesty. A breach needs two officers; what is owed is paid back in parts; nothing is overwritten."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import COUNTY, Actor
from fieldsvc.aidchain.service import append
from fieldsvc.facts.service import mark_dirty
from fieldsvc.households import queries as registry
from fieldsvc.households.kin import kin_of, refuse_kin
from fieldsvc.households.models import Kin
from fieldsvc.households.rules import TIERS
from fieldsvc.households.service import set_recognised_tier
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, forbidden, refuse_future
from fieldsvc.kit.ids import new_id

from . import queries
from .models import Breach, Correction, Promise
from .rules import ANNULLED, FOUND, OPEN, state_after


def promise(session: Session, actor: Actor, household_id: str, signed_by: str, signed_on: date) -> Promise:
    """守信承诺: the applicant promises to have stated income and property truly. Problem 404; 422 ``not-yet``."""
    home = registry.visible_household(session, actor, household_id)
    refuse_future(signed_on, "signed_on", "日期不能晚于今天。", "晚于今天")
    made = Promise(county_code=actor.county, id=new_id(), household_id=home.id, signed_by=signed_by, signed_on=signed_on,
                   account_id=actor.id, at=clock.now())  # fmt: skip
    session.add(made)
    _chain(session, actor, home.id, "promise_signed", {"signed_by": signed_by, "on": signed_on.isoformat()})
    return made


def find(session: Session, actor: Actor, household_id: str, finding: str, owed: Decimal, goods: str | None) -> Breach:
    """One officer finds that aid was got by deceit; nothing changes until another confirms it. Problem 404."""
    home = registry.visible_household(session, actor, household_id)
    made = Breach(county_code=actor.county, id=new_id(), household_id=home.id, village_code=home.village_code, finding=finding, owed=owed,
                  goods=goods, paid=Decimal(0), state=FOUND, found_by=actor.id, found_at=clock.now())  # fmt: skip
    session.add(made)
    _chain(session, actor, home.id, "breach_found", {"finding": finding, "owed": str(owed), "goods": goods})
    return made


def confirm(session: Session, actor: Actor, breach_id: str) -> Breach:
    """The second officer: aid stops (决定停止救助) and what was got is to be paid back. Problems: 404; 409 ``same-officer``,
    ``breach-settled``, ``kin-stands-aside``."""
    seen = queries.visible(session, actor, breach_id)
    mark_dirty(session, seen.county_code, [seen.household_id])
    breach = _in_state(session, actor, breach_id, FOUND)
    if breach.found_by == actor.id:
        raise Problem(409, "same-officer", "须由发现人以外的另一名经办人员复核。")
    refuse_kin(session, actor, breach.household_id)
    breach.state, breach.confirmed_by, breach.confirmed_at = (
        state_after(breach.owed, breach.paid),
        actor.id,
        clock.now(),
    )
    ended = _stop(session, actor, breach)
    _chain(
        session,
        actor,
        breach.household_id,
        "breach_confirmed",
        {"owed": str(breach.owed), "goods": breach.goods, "ended": ended},
    )
    return breach


def _stop(session: Session, actor: Actor, breach: Breach) -> list[str]:
    """The tiers that stood, in words; each ends with an entry of its own."""
    home = registry.household(session, breach.county_code, breach.household_id)
    members = registry.members(session, breach.county_code, [home.id])
    standing = [(None, home.tier), *((person, person.tier) for person in members if person.tier != home.tier)]
    ended = []
    for person, tier in standing:
        if tier and tier != "none":
            set_recognised_tier(session, home, "none", person)
            ended.append((TIERS.get(tier, tier), tier, person and person.id))
    session.flush()  # the registry's rows before the chain's head, as every writer takes them
    for title, tier, who in ended:
        _chain(session, actor, home.id, "aid_ended", {"tier": tier, "title": title, "breach": breach.id}, who)
    return [title for title, _, _ in ended]


def repay(session: Session, actor: Actor, breach_id: str, amount: Decimal) -> Breach:
    """A part or all of what is owed was paid back. Problems: 404; 409 ``breach-settled``; 422 ``too-much``."""
    breach = _in_state(session, actor, breach_id, OPEN)
    if amount > breach.owed - breach.paid:
        raise Problem(422, "too-much", "退还的金额超过尚欠的金额，请核对。", {"errors": {"amount": "超过尚欠金额"}})
    breach.paid += amount
    breach.state = state_after(breach.owed, breach.paid)
    breach.settled_at = clock.now() if breach.state != OPEN else None
    _chain(
        session,
        actor,
        breach.household_id,
        "breach_repaid",
        {"amount": str(amount), "left": str(breach.owed - breach.paid)},
    )
    return breach


def annul(session: Session, actor: Actor, breach_id: str, reason: str) -> Breach:
    """The finding was wrong: it is taken back, and off the list if it stood there; the record of it stays. 409 ``breach-settled``,
    ``kin-stands-aside``."""
    breach = queries.visible(session, actor, breach_id, lock=True)
    refuse_kin(session, actor, breach.household_id)
    if breach.state == ANNULLED:
        raise settled()
    breach.state, breach.reason, breach.settled_at = ANNULLED, reason, clock.now()
    breach.withdrawn_at = clock.now() if breach.listed_at else None
    _chain(session, actor, breach.household_id, "breach_annulled", {"reason": reason})
    return breach


def put_on_list(session: Session, actor: Actor, breach_id: str) -> Breach:
    """After review by the county the breach is handed to the credit platform (公共信用信息平台). Problems: 403; 409
    ``not-confirmed``, ``already-listed``."""
    if actor.role != COUNTY:
        raise forbidden()
    breach = queries.visible(session, actor, breach_id, lock=True)
    if breach.confirmed_at is None or breach.state == ANNULLED:
        raise Problem(409, "not-confirmed", "尚未复核或已经撤销，不能列入信用记录。")
    if breach.listed_at:
        raise Problem(409, "already-listed", "已经列入信用记录。")
    breach.listed_at = clock.now()
    _chain(session, actor, breach.household_id, "breach_listed", {})
    return breach


def stand_aside(session: Session, actor: Actor, household_id: str, relation: str) -> Kin:
    """Whoever is related to the applicant says so, and takes no part in the decision. Said once; again changes the words."""
    home = registry.visible_household(session, actor, household_id)
    held = kin_of(session, actor.county, actor.id, home.id)
    if held is None:
        held = Kin(
            county_code=actor.county, account_id=actor.id, household_id=home.id, relation=relation, at=clock.now()
        )
        session.add(held)
        _chain(session, actor, home.id, "kin_declared", {"relation": relation})
    held.relation = relation
    return held


def correct(session: Session, actor: Actor, household_id: str, about_n: int, told: Mapping[str, Any]) -> Correction:
    """An error is put right in time and the correction recorded beside it (容错纠错). ``told``: cause, corrected, found_on,
    corrected_on. Problems: 404; 422 ``no-such-entry``, ``not-yet``, ``days-reversed``."""
    home = registry.visible_household(session, actor, household_id)
    if queries.link(session, home.county_code, home.id, about_n) is None:
        raise Problem(422, "no-such-entry", "救助链上没有这一条，请核对序号。", {"errors": {"about_n": "没有这一条"}})
    refuse_future(told["corrected_on"], "corrected_on", "日期不能晚于今天。", "晚于今天")
    if told["found_on"] > told["corrected_on"]:
        raise Problem(422, "days-reversed", "纠正日期不能早于发现日期。", {"errors": {"corrected_on": "早于发现日期"}})
    made = Correction(county_code=actor.county, id=new_id(), household_id=home.id, about_n=about_n, cause=told["cause"],
                      corrected=told["corrected"], found_on=told["found_on"], corrected_on=told["corrected_on"], account_id=actor.id,
                      at=clock.now())  # fmt: skip
    session.add(made)
    days = {name: told[name].isoformat() for name in ("found_on", "corrected_on")}
    _chain(
        session,
        actor,
        home.id,
        "correction",
        {"about": about_n, "cause": told["cause"], "corrected": told["corrected"], **days},
    )
    return made


def settled() -> Problem:
    return Problem(409, "breach-settled", "这件失信记录已经处理过，请刷新后查看。")


def _in_state(session: Session, actor: Actor, breach_id: str, state: str) -> Breach:
    breach = queries.visible(session, actor, breach_id, lock=True)
    if breach.state != state:
        raise settled()
    return breach


def _chain(
    session: Session,
    actor: Actor,
    household_id: str,
    kind: str,
    content: Mapping[str, Any],
    person_id: str | None = None,
) -> None:
    append(session, actor.county, household_id, kind, actor.name, dict(content), person_id=person_id)
