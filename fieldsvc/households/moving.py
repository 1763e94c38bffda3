"""Records that carry their household's village, by which officers see them: when a household moves, they move along."""

from functools import lru_cache
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldsvc.kit.notify import Changed

from .models import Household


@lru_cache(maxsize=16)
def moves_along(model: Any) -> Changed:
    """A listener of moves that keeps ``model.village_code`` that of ``model.household_id``. Runs after the household's
    mark is taken, and locks only rows that differ."""

    def follow(session: Session, county: str, household_ids: set[str]) -> None:
        mine = model.county_code == county, model.household_id.in_(sorted(household_ids))
        now = (
            select(Household.village_code)
            .where(Household.county_code == county, Household.id == model.household_id)
            .scalar_subquery()
        )
        moved = update(model).where(*mine, model.village_code != now).values(village_code=now)
        session.execute(moved, execution_options={"synchronize_session": False})

    return follow
