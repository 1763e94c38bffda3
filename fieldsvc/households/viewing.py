"""Showing somebody's data leaves an access row (查阅记录); whether a child under 14 is among them is looked up here."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from fieldsvc.accounts.access import record_access
from fieldsvc.accounts.rules import Actor
from fieldsvc.kit import clock

from . import queries
from .rules import is_minor


def record_view(
    session: Session, actor: Actor, purpose: str, person_ids: Iterable[str | None], household_ids: Iterable[str],
    also_nobody: bool = False,
) -> None:  # fmt: skip
    shown = {person for person in person_ids if person}
    today = clock.today()
    minors = any(is_minor(born, today) for born in queries.birth_dates(session, actor.county, shown))
    record_access(session, actor, purpose, shown, household_ids, minors, also_nobody)
