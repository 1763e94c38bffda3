"""A household and a person as people outside the server see them: numbers masked."""

from typing import Any

from fieldsvc.accounts.models import Account
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import Vault, mask

from .models import Household, Person


def line(vault: Vault, household: Household, village: str | None, persons: int) -> dict[str, Any]:
    return {
        "id": household.id, "ref": household.ref, "name": household.name, "village_code": household.village_code,
        "village": village, "address": household.address, "area": household.area, "tier": household.tier,
        "phone": mask(vault.open_text(household.phone_sealed, "households.phone")), "persons_count": persons,
    }  # fmt: skip


def whole(vault: Vault, household: Household, village: str | None, persons: list[Person],
          workers: list[Account]) -> dict[str, Any]:  # fmt: skip
    return line(vault, household, village, len(persons)) | {
        "head_person_id": household.head_person_id, "updated_at": clock.show(household.updated_at),
        "persons": [person(vault, one) for one in persons],
        "workers": [{"account_id": one.id, "name": one.name, "role": one.role} for one in workers],
    }  # fmt: skip


def person(vault: Vault, one: Person) -> dict[str, Any]:
    """A temporary number is no secret of the state and is shown whole."""
    number = mask(vault.open_text(one.identity_sealed, "persons.identity")) or one.temporary_number
    return {
        "id": one.id, "name": one.name, "sex": one.sex, "birth_date": one.birth_date, "relation": one.relation,
        "identity_kind": one.identity_kind, "id_number": number, "tier": one.tier,
        "phone": mask(vault.open_text(one.phone_sealed, "persons.phone")),
    }  # fmt: skip
