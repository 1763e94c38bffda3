"""Needs shown to social forces (慈善需求): what is needed and roughly where, without a name until the person agrees to one of them.

Zibo, Puning 二(三): social forces get the data support they need to help, and no more.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import REPORTER, Actor
from fieldsvc.aidchain.service import append
from fieldsvc.households import queries as registry
from fieldsvc.households.models import Household
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, refuse_future
from fieldsvc.kit.ids import new_id
from fieldsvc.kit.rows import the_one, within

from .models import SharedNeed

SHOWN, CLOSED = "shown", "closed"
TOWNSHIP_DIGITS = 9


def share(session: Session, actor: Actor, household_id: str, what: str) -> SharedNeed:
    """Put a need on the board. Problems: 404; 422 ``names-someone`` when the words name a member or the address."""
    home = registry.visible_household(session, actor, household_id)
    members = registry.members(session, home.county_code, [home.id])
    telling = {home.name, home.address or "", *(one.name for one in members)} - {""}
    if any(word in what for word in telling):
        raise Problem(422, "names-someone", "需求里不要写姓名和住址，对方看到的是不具名的需求。", {"errors": {"what": "含有姓名或住址"}})
    made = SharedNeed(county_code=home.county_code, id=new_id(), household_id=home.id, village_code=home.village_code, what=what,
                      state=SHOWN, shared_by=actor.id, at=clock.now())  # fmt: skip
    session.add(made)
    append(session, home.county_code, home.id, "need_shared", actor.name, {"what": what})
    return made


def agree(session: Session, actor: Actor, need_id: str, account_id: int, agreed_by: str, agreed_on: date) -> SharedNeed:
    """The person agrees that one organisation learns who it is. Problems: 404; 409 ``need-closed``; 422 ``not-yet``,
    ``no-such-organisation``."""
    need = _own(session, actor, need_id)
    helper = session.get(Account, (actor.county, account_id))
    if helper is None or not helper.active or helper.role != REPORTER:
        raise Problem(422, "no-such-organisation", "请选择社会力量的账号。", {"errors": {"account_id": "不是社会力量的账号"}})
    refuse_future(agreed_on, "agreed_on", "日期不能晚于今天。", "晚于今天")
    need.agreed_account, need.agreed_by, need.agreed_on = helper.id, agreed_by, agreed_on
    append(session, need.county_code, need.household_id, "need_agreed", actor.name,
           {"helper": helper.name, "agreed_by": agreed_by, "on": agreed_on.isoformat()})  # fmt: skip
    return need


def close(session: Session, actor: Actor, need_id: str, how: str) -> SharedNeed:
    """Met, or no longer wanted: nobody sees it any more, nor whose it was. Problems: 404; 409 ``need-closed``."""
    need = _own(session, actor, need_id)
    need.state, need.agreed_account = CLOSED, None
    append(session, need.county_code, need.household_id, "need_closed", actor.name, {"note": how})
    return need


def _own(session: Session, actor: Actor, need_id: str) -> SharedNeed:
    mine = SharedNeed.county_code == actor.county, SharedNeed.id == need_id, _here(actor)
    found = the_one(session, select(SharedNeed).where(*mine), lock=True)
    if found.state != SHOWN:
        raise Problem(409, "need-closed", "这件需求已经办结，不再告知任何人。")
    return found


def _here(actor: Actor) -> ColumnElement[bool]:
    return within(SharedNeed.village_code, actor.region)


def board(session: Session, actor: Actor) -> list[tuple[SharedNeed, Household | None]]:
    """Needs in the actor's region, newest first, each with its household only for whom the person agreed to."""
    mine = SharedNeed.county_code == actor.county, _here(actor), SharedNeed.state == SHOWN
    needs = list(session.scalars(select(SharedNeed).where(*mine).order_by(SharedNeed.at.desc(), SharedNeed.id).limit(500)))
    known = {one.household_id for one in needs if actor.role != REPORTER or one.agreed_account == actor.id}
    homes = session.scalars(select(Household).where(Household.county_code == actor.county, Household.id.in_(sorted(known))))
    found = {home.id: home for home in homes}
    return [(one, found.get(one.household_id) if _told(actor, one) else None) for one in needs]


def _told(actor: Actor, need: SharedNeed) -> bool:
    return actor.role != REPORTER or need.agreed_account == actor.id


def shown(need: SharedNeed, home: Household | None, townships: Mapping[str, str]) -> dict[str, Any]:
    """``townships`` = {code: name}: the place is no closer than the township until the person agrees."""
    township = need.village_code[:TOWNSHIP_DIGITS]
    told = {"name": home.name, "address": home.address} if home else {"name": None, "address": None}
    return {"id": need.id, "what": need.what, "township": townships.get(township, township), "shown_on": need.at.date().isoformat(), **told}
