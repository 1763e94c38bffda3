"""Putting checked fields on a household or person, sealed where they must be. Adds nothing to a session."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fieldsvc.kit.crypto import Vault, mask

from .fields import invalid
from .models import Household, Person
from .rules import IDENTITY, TEMPORARY, is_temporary, temporary_number

PLAIN_HOUSEHOLD = ("ref", "name", "village_code", "address", "area", "tier", "head_person_id")
PLAIN_PERSON = ("name", "sex", "birth_date", "relation", "tier")


def new_household(county: str, household_id: str, source: str, author_id: int | None, at: datetime) -> Household:
    return Household(county_code=county, id=household_id, source=source, author_id=author_id, versions={},
                     created_at=at, updated_at=at)  # fmt: skip


def new_person(vault: Vault, county: str, household_id: str, person_id: str, source: str, author_id: int | None,
               at: datetime) -> Person:  # fmt: skip
    """A person with a temporary identity (临时身份), until a citizen's number is set."""
    person = Person(county_code=county, id=person_id, household_id=household_id, source=source, author_id=author_id,
                    versions={}, identity_kind=TEMPORARY, created_at=at, updated_at=at)  # fmt: skip
    person.temporary_number = temporary_number(county, person_id)
    person.identity_index = vault.index("identity", person.temporary_number)
    return person


def apply_household(vault: Vault, household: Household, values: Mapping[str, Any]) -> set[str]:
    """Set what differs and answer the names of the changed fields. Problem 422 when a needed field becomes empty."""
    changed = _set(household, PLAIN_HOUSEHOLD, values) | _set_phone(vault, household, values)
    for field, title in (("name", "户主姓名"), ("village_code", "村（社区）代码")):
        if not getattr(household, field):
            raise invalid(field, f"{title}不能为空。")
    return changed


def apply_person(vault: Vault, person: Person, values: Mapping[str, Any]) -> set[str]:
    """The same for a person. A temporary identity is converted when a citizen's number comes; the reverse is refused."""
    changed = _set_identity(vault, person, values)
    if "id_number" not in changed and person.identity_kind == IDENTITY:
        for field in ("birth_date", "sex"):
            if field in values and values[field] != getattr(person, field):
                raise invalid(field, "出生日期和性别以身份证号为准，不能单独修改。")
    changed |= _set(person, PLAIN_PERSON, values) | _set_phone(vault, person, values)
    if not person.name:
        raise invalid("name", "姓名不能为空。")
    return changed


def identity_of(vault: Vault, person: Person) -> str | None:
    """The full number, citizen's or temporary. For matching and handlers; what people see is masked."""
    return vault.open_text(person.identity_sealed, "persons.identity") or person.temporary_number


def differing(vault: Vault, record: Household | Person, values: Mapping[str, Any]) -> set[str]:
    """Which of the checked ``values`` are not what stands. The mask of the stored number, or the temporary number a person
    was given, is what stands; a number is never taken away by leaving it out."""
    return {field for field, value in values.items() if _differs(vault, record, field, value)}


def _differs(vault: Vault, record: Household | Person, field: str, value: Any) -> bool:
    if field == "phone":
        told = vault.open_text(record.phone_sealed, f"{record.__tablename__}.phone")
        return vault.index("phone", value) != record.phone_index and value != mask(told)
    if field == "id_number" and isinstance(record, Person):
        if not value or vault.index("identity", value) == record.identity_index:
            return False
        return value not in (mask(identity_of(vault, record)), record.temporary_number)
    return bool(value != getattr(record, field))


def _set_identity(vault: Vault, person: Person, values: Mapping[str, Any]) -> set[str]:
    number = values.get("id_number")
    if not number or not _differs(vault, person, "id_number", number):
        return set()
    if "*" in number or is_temporary(number):
        raise invalid("id_number", "身份证号须完整填写；没有身份证号的，请留空。")
    person.identity_kind = IDENTITY
    person.identity_sealed = vault.seal_text(number, "persons.identity")
    person.identity_index = vault.index("identity", number)
    return {"id_number"}


def _set(record: Household | Person, fields: tuple[str, ...], values: Mapping[str, Any]) -> set[str]:
    changed = {field for field in fields if field in values and values[field] != getattr(record, field)}
    for field in changed:
        setattr(record, field, values[field])
    return changed


def _set_phone(vault: Vault, record: Household | Person, values: Mapping[str, Any]) -> set[str]:
    if "phone" not in values or not _differs(vault, record, "phone", values["phone"]):
        return set()
    number = values["phone"]
    if number and "*" in number:
        raise invalid("phone", "联系电话须完整填写。")
    record.phone_sealed = vault.seal_text(number, f"{record.__tablename__}.phone")
    record.phone_index = vault.index("phone", number)
    return {"phone"}
