"""How much an approval may be without 一事一议: what the place's rule gives for the household, or the highest tier (档) of its cause."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.screening.determinations import present

from .models import Emergency

if TYPE_CHECKING:
    from .service import Desk

TIERS, TEMPORARY = "emergency_great_hardship_tiers", "civil.temporary_aid"


def tiers(desk: "Desk", case: Emergency) -> list[dict[str, Any]]:
    """The tiers the county has entered for the case's cause, the lowest first; ``amount``: yuan as exact text."""
    found = desk.parameter(TIERS)
    labels = desk.departments.vocabulary.facts["great_hardship_tier"].choices
    own = [(key, value) for key, value in (found or {}).items() if key.rpartition("_")[0] == case.cause]
    return [{"tier": key, "label": labels.get(key, key), "amount": yuan(Decimal(v.numerator) / v.denominator)} for key, v in sorted(own)]


def limit(session: Session, desk: "Desk", case: Emergency) -> Decimal | None:
    """In yuan; None where neither the rules give a sum nor the county has entered tiers."""
    entered = [Decimal(tier["amount"]) for tier in tiers(desk, case)]
    if entered:
        return max(entered)
    book, home = desk.departments.rulebook, case.household_id
    told = present(session, case.county_code, home, book, desk.jurisdiction, clock.today()).determination()
    sums = [ruled.amount.yuan for each in told.subjects for ruled in each.rules if ruled.id.startswith(TEMPORARY) and ruled.amount]
    return max((Decimal(each) for each in sums if each is not None), default=None)


def check(session: Session, desk: "Desk", case: Emergency, total: str, meeting: str | None) -> None:
    """Problem 409 ``meeting-first`` for a total above the limit without the meeting's entry."""
    most = limit(session, desk, case)
    if most is not None and Decimal(total) > most and not (meeting or "").strip():
        raise Problem(409, "meeting-first", f"累计超过规定的 {yuan(most)} 元，须先“一事一议”研究，并写明研究情况。")


def yuan(amount: Decimal) -> str:
    return f"{amount:f}".rstrip("0").rstrip(".") if "." in f"{amount:f}" else f"{amount:f}"
