"""Every SELECT of registry care but the search for duplicates."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor, Item, may_see
from fieldsvc.households.models import Household
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.rows import within

from .models import Merge

STANDS = "stands"


def merge(session: Session, actor: Actor, merge_id: str) -> Merge:
    """The merge, when the households it is about are the actor's to see. Problem 404."""
    found = session.get(Merge, (actor.county, merge_id))
    if found is None or not all(may_see(actor, Item(village)) for village in _villages(session, found)):
        raise not_found()
    return found


def _villages(session: Session, found: Merge) -> list[str]:
    """Of the household it stands in, and of the one the merged record came from."""
    homes = {found.household_id, found.undo.get("from") or found.household_id}
    rows = session.scalars(select(Household.village_code).where(Household.county_code == found.county_code, Household.id.in_(homes)))
    own = [found.row["village_code"]] if found.kind == "household" else []
    return [*rows, *own] or [""]


def of_household(session: Session, county: str, household_id: str) -> list[Merge]:
    """Every merge, move and split the household was part of, the newest first."""
    part = or_(Merge.household_id == household_id, Merge.merged_id == household_id)
    return list(session.scalars(select(Merge).where(Merge.county_code == county, part).order_by(Merge.at.desc(), Merge.id.desc())))


def recent(session: Session, actor: Actor, most: int = 200) -> list[Merge]:
    """The newest of the actor's region."""
    joined = (Household.county_code == Merge.county_code) & (Household.id == Merge.household_id)
    mine = Merge.county_code == actor.county, within(Household.village_code, actor.region)
    return list(session.scalars(select(Merge).join(Household, joined).where(*mine).order_by(Merge.at.desc(), Merge.id.desc()).limit(most)))


def in_the_way(session: Session, done: Merge) -> Merge | None:
    """A later act that stands and touches what this one brought together: it must be undone first."""
    came = done.moved.get("persons", ()) if done.kind == "household" else (done.merged_id, *([done.survivor_id] * (done.kind == "person")))
    homes = {done.household_id, done.undo.get("from") or done.household_id}
    later = Merge.county_code == done.county_code, Merge.state == STANDS, Merge.id != done.id, Merge.at >= done.at, Merge.kind != "distinct"
    about = and_(Merge.kind != "household", or_(Merge.survivor_id.in_(came), Merge.merged_id.in_(came)))
    gone = and_(Merge.kind == "household", Merge.merged_id.in_(homes))
    return session.scalars(select(Merge).where(*later, or_(about, gone)).order_by(Merge.at.desc(), Merge.id.desc()).limit(1)).first()


def moved_from(session: Session, county: str, household_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """``{merged-away household: {table: ids that went with it}}``."""
    gone = Merge.county_code == county, Merge.kind == "household", Merge.state == STANDS
    rows = session.scalars(select(Merge).where(*gone, Merge.merged_id.in_(list(household_ids))))
    return {one.merged_id: one.moved for one in rows}
