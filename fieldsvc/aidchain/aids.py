"""Aid granted (在享救助): one record for each grant, kept by the flow that grants it, beside the chain's entry that says so.

Flows: a department's answer (``referrals``), what a township carried out (``alerts``). A recognised tier is aid too and stands
on the person or household itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id

from .models import Aid, Head

REFERRAL, ALERT = "referral", "alert"
LARGEST = Decimal("99999999")


@dataclass(frozen=True, slots=True)
class Grant:
    """What is granted. ``amount``: yuan, exact text; ``ends``: the first day without it."""

    household_id: str
    person_id: str | None
    programme: str
    office: str
    source: str
    source_id: str
    starts: date
    ends: date | None = None
    amount: str | None = None
    klass: str = "general"

    @property
    def subject_id(self) -> str:
        return self.person_id or self.household_id


def grant(session: Session, county: str, given: Grant) -> Aid:
    """Record a grant beside the last entry of the household's chain. The same source again replaces what it said."""
    taken_back(session, county, given.source, given.source_id)
    n = session.scalar(select(Head.n).where(Head.county_code == county, Head.household_id == given.household_id)) or 0
    made = Aid(
        county_code=county, id=new_id(), household_id=given.household_id, person_id=given.person_id, subject_id=given.subject_id,
        programme=given.programme, office=given.office, amount=given.amount, starts=given.starts, ends=given.ends, source=given.source,
        source_id=given.source_id, chain_household_id=given.household_id, chain_n=n, klass=given.klass, recorded_at=clock.now(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def taken_back(session: Session, county: str, source: str, source_id: str) -> None:
    """What a source said is no longer so (a step was undone); the chain keeps both."""
    session.execute(delete(Aid).where(Aid.county_code == county, Aid.source == source, Aid.source_id == source_id))


def beside(session: Session, county: str, given: Grant, programmes: Iterable[str]) -> list[Aid]:
    """Aid of these programmes that the same person or household has in part of the grant's time, the oldest first."""
    mine = Aid.county_code == county, Aid.subject_id == given.subject_id, Aid.programme.in_(list(programmes))
    at_once = [or_(Aid.ends.is_(None), Aid.ends > given.starts)] + ([Aid.starts < given.ends] if given.ends else [])
    other = or_(Aid.source != given.source, Aid.source_id != given.source_id)
    return list(session.scalars(select(Aid).where(*mine, *at_once, other).order_by(Aid.starts, Aid.id)))


def read(told: Any, on: date) -> dict[str, Any] | None:
    """``outcome["aid"]`` of an answer: ``{granted, programme, amount, from, until, once, justified}``; None when it grants nothing.
    Paid ``once`` it is of one day.

    Problem 422 ``bad-aid`` naming the field.
    """
    if not isinstance(told, dict) or told.get("granted") is not True:
        if told is not None and not (isinstance(told, dict) and told.get("granted") is False):
            raise bad("granted", "写 true（给予）或 false（不给予）")
        return None
    starts = _day(told.get("from"), "from") or on
    ends = starts + timedelta(days=1) if told.get("once") is True else _day(told.get("until"), "until")
    if ends and ends <= starts:
        raise bad("until", "应在开始日期之后")
    return {"starts": starts, "ends": ends, "amount": _yuan(told.get("amount")), "programme": _text(told, "programme", 80),
            "justified": _text(told, "justified", 1000)}  # fmt: skip


def bad(field: str, why: str) -> Problem:
    return Problem(422, "bad-aid", f"办理结果中的救助（aid.{field}）不能记入：{why}。", {"errors": {f"aid.{field}": why}})


def _text(told: dict[str, Any], name: str, most: int) -> str | None:
    value = told.get(name)
    if value is not None and (not isinstance(value, str) or not 0 < len(value) <= most):
        raise bad(name, f"应为不超过 {most} 字的文字")
    return value


def _day(value: Any, name: str) -> date | None:
    try:
        return date.fromisoformat(value) if value is not None else None
    except (TypeError, ValueError):
        raise bad(name, "应为日期，例如 2026-03-09") from None


def _yuan(value: Any) -> str | None:
    if value is None:
        return None
    try:
        yuan = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        yuan = None
    if yuan is None or not yuan.is_finite() or not 0 <= yuan <= LARGEST:
        raise bad("amount", "应为以元计的金额文字，例如 \"1200.50\"")
    return f"{yuan:f}"
