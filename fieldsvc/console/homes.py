"""What every page of a household (一户) begins with: the household, its members, its village, the pages beside this one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from fieldsvc.accounts.access import record_access
from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import region_names
from fieldsvc.households import queries
from fieldsvc.households.models import Household, Person
from fieldsvc.households.rules import SEXES, TIERS, age, is_minor
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import Vault, mask

TABS = (("household", "概况"), ("household_facts", "已知情况"), ("household_reasons", "认定意见"), ("household_visits", "走访"),
        ("household_chain", "救助链"), ("household_honesty", "诚信与纠错"), ("household_checks", "核对"),
        ("household_access", "查阅记录"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Home:
    """``names`` = {id: name} of the household and its members."""

    row: Household
    persons: list[Person]
    village: str
    names: dict[str, str]

    @property
    def id(self) -> str:
        return self.row.id

    def person(self, person_id: str | None) -> Person | None:
        return next((one for one in self.persons if one.id == person_id), None)


def home(session: Session, household_id: str) -> Home:
    """The household with its members, when the officer may see it. Problem 404."""
    found = queries.visible_household(session, actor(), household_id)
    persons = queries.members(session, found.county_code, [found.id])
    village = region_names(session, found.county_code, [found.village_code]).get(found.village_code, "")
    return Home(found, persons, village, {found.id: found.name, **{one.id: one.name for one in persons}})


def record_home(session: Session, found: Home, purpose: str, person_ids: Iterable[str] | None = None) -> None:
    """The access row of a page of the household: all its members, or those named. Births are at hand, so nothing is asked."""
    shown = set(found.names) - {found.id} if person_ids is None else set(person_ids)
    minors = any(is_minor(one.birth_date, clock.today()) for one in found.persons if one.id in shown)
    record_access(session, actor(), purpose, shown, [found.id], minors)


def member(vault: Vault, one: Person) -> dict[str, Any]:
    """A member as a page shows them: numbers masked, codes in words. A temporary number is no secret and is shown whole."""
    number = mask(vault.open_text(one.identity_sealed, "persons.identity"))
    born = one.birth_date
    return {
        "id": one.id, "name": one.name, "relation": one.relation, "sex": _(SEXES.get(one.sex or "", "—")), "born": born,
        "age": age(born, clock.today()) if born else None, "number": number or one.temporary_number, "sealed": bool(number),
        "temporary": not number and bool(one.temporary_number), "tier": _(TIERS.get(one.tier or "none", "未认定")),
        "phone": mask(vault.open_text(one.phone_sealed, "persons.phone")),
    }  # fmt: skip
