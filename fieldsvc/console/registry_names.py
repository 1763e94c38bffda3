"""Names beside rows of other features: nobody is shown an id. Three queries for a list of any length."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.queries import names, region_names
from fieldsvc.households.queries import household_names, person_names


@dataclass(frozen=True, slots=True)
class Named:
    """A row with the names of its household, person, village and of the account that ``named`` was asked for."""

    one: Any
    household: str
    person: str
    village: str
    first_contact: str = ""


def named(session: Session, county: str, rows: Iterable[Any], account: Callable[[Any], int | None]) -> list[Named]:
    """``rows`` have ``household_id``, ``person_id`` and ``village_code``."""
    held = list(rows)
    homes = household_names(session, county, {row.household_id for row in held})
    people = person_names(session, county, {row.person_id for row in held if row.person_id})
    places = region_names(session, county, {row.village_code for row in held})
    accounts = names(session, county, {number for row in held if (number := account(row))})
    return [Named(row, homes.get(row.household_id, ""), people.get(row.person_id, ""), places.get(row.village_code, ""),
                  accounts.get(account(row) or 0, "")) for row in held]  # fmt: skip
