"""The order in which a push takes its locks: the marks of households first, then records by table and id."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.households.caseload import duties, holds
from fieldsvc.households.models import Household, Person, Task
from fieldsvc.kit.ids import is_id
from fieldsvc.visits.models import Visit
from fieldsvc.visits.rules import content_hash

from .envelope import ORDER, Sent


def key(one: Sent) -> Any:
    """What stands twice under one id keeps the order in which it came."""
    return (ORDER.get(one.table, 3), one.table, one.id, b"") if is_id(one.id) else (
        ORDER.get(one.table, 3), one.table, "", content_hash(one.content))  # fmt: skip


def households(session: Session, actor: Actor, records: Iterable[Sent]) -> set[str]:
    """The households these records name, or belong to as they stand, that are the author's to lock: the caseload, past and
    present, and those that are not there yet. Nobody locks a stranger's household.

    What a record awaits may be on its way in another push. Both name the same household, and whoever marks it second sees
    what the first has stored: the one that brings looks for what waits, the one that waits for what was brought.
    """
    readable = [one for one in records if one.record is not None]
    named = {one.id for one in readable if one.table == "households"}
    named |= {home for one in readable if is_id(home := (one.record or {}).get("household_id"))}
    for table, model in (("persons", Person), ("tasks", Task), ("visits", Visit)):
        ids = {one.id for one in readable if one.table == table}
        wanted = select(model.household_id).where(model.county_code == actor.county, model.id.in_(ids))
        named |= {home for home in session.scalars(wanted) if home} if ids else set()
    return _ours(session, actor, named)


def _ours(session: Session, actor: Actor, named: set[str]) -> set[str]:
    held = {duty.household_id for duty in duties(session, actor.county, named) if holds(actor, duty)}
    there = select(Household.id).where(Household.county_code == actor.county, Household.id.in_(named - held))
    return named - set(session.scalars(there)) | held
