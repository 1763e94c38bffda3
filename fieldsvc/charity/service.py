"""Verbs of gifts and points: receive a gift, use it, earn and spend points."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.aidchain.aids import Grant, grant
from fieldsvc.aidchain.service import append
from fieldsvc.facts.queries import NOTHING, known
from fieldsvc.facts.rules import day_of
from fieldsvc.households.models import Household, Person
from fieldsvc.households.queries import hold, visible_household
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import masked_text
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id

from . import queries
from .models import Gift, GiftUse, Points

CHARITY, MEDICAL, SOURCE = "civil.charity", "civil.charity_medical", "gift"
BORNE = "own_borne_year"


def receive(session: Session, actor: Actor, body: Mapping[str, Any]) -> Gift:
    """Record a gift; its ``code`` is for the donor."""
    made = Gift(
        county_code=actor.county, id=new_id(), code=secrets.token_urlsafe(32), donor=body["donor"], kind=body["kind"],
        amount=body.get("amount"), what=body.get("what"), project=body.get("project"),
        received_on=body.get("received_on") or clock.today(), recorded_by=actor.id, at=clock.now(),
    )  # fmt: skip
    session.add(made)
    return made


def use(session: Session, actor: Actor, gift_id: str, body: Mapping[str, Any]) -> GiftUse:
    """Give of it to a household. Problems: 404; 409 ``gift-used-up`` when more goes out than came in; 422 ``person-elsewhere``.

    For medical costs (``medical``) it comes after insurance and medical aid: 409 ``settle-first`` until what the person bore this year
    is known, ``paid-twice`` beyond it; 422 ``person-missing``.
    """
    home = visible_household(session, actor, str(body["household_id"]))
    hold(session, home.county_code, home.id)
    gift = queries.gift(session, actor.county, gift_id, lock=True)
    person = _member(session, home, str(body["person_id"])) if body.get("person_id") else None
    if body.get("amount") and gift.amount is None:
        raise Problem(422, "not-money", "这笔捐赠不是资金，请写明物品或服务。", {"errors": {"amount": "不是资金"}})
    spent = queries.used(session, actor.county, gift.id) + Decimal(body.get("amount") or 0)
    if gift.amount is not None and spent > Decimal(gift.amount):
        raise Problem(409, "gift-used-up", f"这笔捐赠共 {gift.amount} 元，不够支出。")
    programme = MEDICAL if body.get("medical") else CHARITY
    if programme == MEDICAL:
        _after_the_others(session, home.county_code, person, Decimal(body.get("amount") or 0))
    made = GiftUse(county_code=actor.county, id=new_id(), gift_id=gift.id, household_id=home.id, person_id=person,
                   amount=body.get("amount"), what=body.get("what"), on=clock.today(), actor=actor.name, at=clock.now())  # fmt: skip
    session.add(made)
    told = {"programme": programme, "gift": gift.id, "project": gift.project, "amount": made.amount, "what": made.what}
    append(session, home.county_code, home.id, "aid", actor.name, {k: v for k, v in told.items() if v}, person_id=person)
    grant(session, home.county_code, Grant(home.id, person, programme, gift.donor, SOURCE, made.id, made.on, made.on + timedelta(days=1),
                                           made.amount))  # fmt: skip
    return made


def _after_the_others(session: Session, county: str, person: str | None, amount: Decimal) -> None:
    """Insurance, then medical aid, then gifts: of 自负 (after the first two) no more than there is, in one year."""
    if person is None:
        raise Problem(422, "person-missing", "资助医疗费用须写明是谁的费用。", {"errors": {"person_id": "必填"}})
    found = known(session, county, [person]).get(person, NOTHING).document.get(BORNE)
    day, year = day_of(found) if found else None, clock.today().year
    if found is None or day is None or day.year != year:
        raise Problem(409, "settle-first", "还没有本年度的自负费用：请先办理各类保险报销和医疗救助，登记剩下的自负费用，再用捐赠资助。")
    left = Decimal(str(found[0])) - queries.spent_on(session, county, person, MEDICAL, year)
    if amount > left:
        raise Problem(409, "paid-twice", f"保险报销和医疗救助以后，本年度自负费用尚未资助的还有 {left} 元，不能超过。")


def _member(session: Session, home: Household, person_id: str) -> str:
    person = session.get(Person, (home.county_code, person_id))
    if person is None or person.household_id != home.id:
        raise Problem(422, "person-elsewhere", "这个人不属于这一户，请核对编号。")
    return person_id


def book(session: Session, actor: Actor, household_id: str, points: int, what: str) -> int:
    """Earn (above 0) or spend (below 0) points; the new balance, which never falls below nothing (409 ``too-few-points``)."""
    home = visible_household(session, actor, household_id)
    hold(session, home.county_code, home.id)
    after = queries.balance(session, home.county_code, home.id) + points
    if after < 0:
        raise Problem(409, "too-few-points", f"积分不够：还差 {-after} 分。")
    said = masked_text(what)
    session.add(Points(county_code=home.county_code, id=new_id(), household_id=home.id, points=points, what=said, on=clock.today(),
                       actor=actor.name, at=clock.now()))  # fmt: skip
    told = {"programme": "civil.love_bank", "points": points, "what": said, "balance": after}
    append(session, home.county_code, home.id, "aid", actor.name, told)
    return after
