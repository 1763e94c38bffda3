"""The departments with the parameter changes officers have approved: rule files as installed, values as decided."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.policy.changes import Change, amended
from fieldsvc.policy.models import PolicyChange

from .load import Departments


def current(session: Session, county: str, departments: Departments) -> Departments:
    """What holds now. Costs one small query; the amended rules are kept until another change is approved."""
    rows = session.scalars(select(PolicyChange).where(PolicyChange.county_code == county).order_by(PolicyChange.n))
    changes = tuple((row.n, Change(row.jurisdiction, row.name, row.value, row.starts, row.reference)) for row in rows)
    if not changes:
        return departments
    kept: dict[tuple[str, int, int], Departments] = departments.__dict__.setdefault("_amended", {})
    key = county, len(changes), changes[-1][0]
    if key not in kept:
        kept.clear()
        kept[key] = with_changes(departments, [change for _, change in changes])
    return kept[key]


def with_changes(departments: Departments, changes: list[Change]) -> Departments:
    """Raises ``policy.changes.ChangeRefused``."""
    policy = amended(departments.policy, changes)
    return replace(departments, policy=policy, rulebook=amended_book(departments.rulebook, changes))


def amended_book(book: RuleBook, changes: list[Change]) -> RuleBook:
    return replace(book, policy=amended(book.policy, changes))
