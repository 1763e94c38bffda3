"""Aid a department's answer grants: read from ``outcome["aid"]``, refused before it is paid twice, recorded with the answer."""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy.orm import Session

from fieldsvc.aidchain import aids
from fieldsvc.aidchain.aids import REFERRAL, Grant
from fieldsvc.alerts.kinds import Desk
from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.exclusive import exclusive_in
from fieldsvc.eligibility.rulebook import Rule
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem

from .models import Referral


def read(desk: Desk, referral: Referral, outcome: Mapping[str, Any]) -> tuple[Grant, str | None] | None:
    """The grant and, where it stands beside other aid on purpose, why. Problem 422 ``bad-aid``."""
    told = aids.read(outcome.get("aid"), clock.today())
    if told is None:
        return None
    rule = _programme(desk, told["programme"] or referral.programme)
    if rule is None:
        raise aids.bad("programme", "请写明救助项目")
    if _lacks_person(rule, referral):
        raise aids.bad("programme", "这个项目须落实到人，而这件转办没有写明是谁")
    person = referral.person_id if rule.subject == "person" else None
    return Grant(referral.household_id, person, rule.id, referral.office, REFERRAL, referral.id, told["starts"], told["ends"],
                 told["amount"], referral.klass), told["justified"]  # fmt: skip


def grantable(desk: Desk, referral: Referral) -> bool:
    """Whether the matter is of a programme, and names whom that is granted to."""
    rule = _programme(desk, referral.programme)
    return rule is not None and not _lacks_person(rule, referral)


def _programme(desk: Desk, named: str | None) -> Rule | None:
    rule = cast(Departments, desk.departments).rulebook.by_id.get(named or "")
    return None if rule is None or rule.is_indicator else rule


def _lacks_person(rule: Rule, referral: Referral) -> bool:
    return rule.subject == "person" and referral.person_id is None


def refuse_twice(session: Session, desk: Desk, county: str, given: Grant) -> None:
    """Problem 409 ``duplicate-aid`` naming what already runs (重复救助): the same aid, or one the place's text excludes beside it."""
    book = cast(Departments, desk.departments).rulebook
    pairs = [{p.a, p.b} for p in exclusive_in(book, desk.jurisdiction) if given.programme in (p.a, p.b)]
    found = aids.beside(session, county, given, {given.programme}.union(*pairs))
    if found:
        told = [{"programme": a.programme, "title": book.by_id[a.programme].title if a.programme in book.by_id else a.programme,
                 "office": a.office, "from": a.starts.isoformat(), "until": a.ends.isoformat() if a.ends else None,
                 "amount": a.amount} for a in found]  # fmt: skip
        raise Problem(409, "duplicate-aid", "同一时期已有同类或互斥的救助，尚未记入。确需并给的，请在 aid.justified 写明理由后重新提交。",
                      {"standing": told})  # fmt: skip
