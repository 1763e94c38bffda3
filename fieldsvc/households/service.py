"""Verbs of the registry (登记). Every write announces itself to the feed and to whoever listens (``kit.notify``)."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsvc.feed.service import FieldStamp, on_stamp
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import Vault
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id
from fieldsvc.kit.notify import household_changed, household_moved

from . import queries, records
from .caseload import announce_records
from .fields import household_fields, invalid, person_fields
from .models import Household, Person
from .rules import TIERS

PART = 2_000


def create_household(
    session: Session, vault: Vault, county: str, values: Mapping[str, Any], *, source: str,
    author_id: int | None = None, household_id: str | None = None,
) -> Household:  # fmt: skip
    """Register a household (户) from raw ``values`` (``fields.household_fields``); ``source``: phone, import, console.

    Problems: 422 ``invalid-record`` with ``field``, 409 ``ref-taken``.
    """
    household = records.new_household(county, household_id or new_id(), source, author_id, clock.now())
    records.apply_household(vault, household, household_fields(values, county))
    session.add(household)
    _flush(session, Problem(409, "ref-taken", "这个户编号已登记，请核对。"))
    _tell(session, county, [("households", household.id, household.id)])
    return household


def update_household(session: Session, vault: Vault, household: Household, values: Mapping[str, Any]) -> set[str]:
    """Change what differs and answer the changed field names; nothing is announced when nothing differs."""
    changed = records.apply_household(vault, household, household_fields(values, household.county_code))
    if changed:
        _flush(session, Problem(409, "ref-taken", "这个户编号已登记，请核对。"))
        _changed(session, household, "households", household.id, changed)
    return changed


def create_person(
    session: Session, vault: Vault, county: str, household_id: str, values: Mapping[str, Any], *, source: str,
    author_id: int | None = None, person_id: str | None = None,
) -> Person:  # fmt: skip
    """Register a person (人) of a household. Without ``id_number`` the person gets a temporary identity.

    Problems: 422 ``invalid-record`` with ``field``, 409 ``identity-taken``, 404 when there is no such household.
    """
    queries.household(session, county, household_id)
    person = records.new_person(vault, county, household_id, person_id or new_id(), source, author_id, clock.now())
    records.apply_person(vault, person, person_fields(values, clock.today()))
    _refuse_taken(session, person)
    session.add(person)
    _flush(session, identity_taken())
    _tell(session, county, [("persons", person.id, household_id)])
    return person


def update_person(session: Session, vault: Vault, person: Person, values: Mapping[str, Any]) -> set[str]:
    """Change what differs and answer the changed field names. A number with ``*`` that is the mask of the stored one means
    unchanged, so a phone may send back what it was sent."""
    with session.no_autoflush:
        changed = records.apply_person(vault, person, person_fields(values, clock.today()))
        if "id_number" in changed:
            _refuse_taken(session, person)
    if changed:
        _flush(session, identity_taken())
        _changed(session, person, "persons", person.household_id, changed)
    return changed


def set_recognised_tier(session: Session, household: Household, tier: str | None, person: Person | None = None) -> None:
    """Record the tier (认定类别) an officer recognised, for one person or for the household and all its members."""
    if tier is not None and tier not in TIERS:
        raise invalid("tier", f"认定类别只能是：{'、'.join(TIERS.values())}。")
    members = [person] if person else queries.members(session, household.county_code, [household.id])
    for record, table in [(m, "persons") for m in members] + ([] if person else [(household, "households")]):
        if record.tier != tier:
            record.tier = tier
            _changed(session, record, table, household.id, {"tier"})


def identity_taken() -> Problem:
    return Problem(409, "identity-taken", "这个身份证号已登记为另一人，请核对；确属同一人的，请联系镇（街道）合并。")


def tell_all(session: Session, county: str, changed: Iterable[tuple[str, str, str]], moved: Iterable[str]) -> None:
    """Announce many ``(table, record id, household id)`` at once; ``moved``: households whose village is another now."""
    _tell(session, county, list(changed), moved)


def stamp_fields(session: Session, record: Household | Person, changed: set[str]) -> None:
    """Note on the record at which feed sequence each field last changed; a push older than that yields to it (merged)."""
    on_stamp(session, FieldStamp(record, frozenset(changed)))


def _changed(session: Session, record: Household | Person, table: str, household_id: str, changed: set[str]) -> None:
    record.updated_at = clock.now()
    stamp_fields(session, record, changed)
    _tell(session, record.county_code, [(table, record.id, household_id)], {household_id} if "village_code" in changed else ())


def _tell(session: Session, county: str, told: list[tuple[str, str, str]], moved: Iterable[str] = ()) -> None:
    for start in range(0, len(told), PART):
        part = told[start : start + PART]
        announce_records(session, county, [(table, record, home, "general") for table, record, home in part])
    household_changed(session, county, {home for _, _, home in told})
    household_moved(session, county, moved)


def _refuse_taken(session: Session, person: Person) -> None:
    other = queries.by_identity(session, person.county_code, person.identity_index)
    if other is not None and other.id != person.id:
        raise identity_taken()


def _flush(session: Session, taken: Problem) -> None:
    """Two requests may register the same number at once: the unique index decides."""
    try:
        session.flush()
    except IntegrityError as error:
        raise taken from error
