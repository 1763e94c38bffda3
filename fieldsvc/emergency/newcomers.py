"""Somebody nobody has registered, met in trouble (急难发生地): a household and a person with a temporary identity."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.regions import in_region
from fieldsvc.accounts.rules import Actor
from fieldsvc.households.models import Household, Person
from fieldsvc.households.service import create_household, create_person
from fieldsvc.kit.crypto import Vault
from fieldsvc.kit.errors import Problem

SOURCE = "console"


def register(session: Session, vault: Vault, actor: Actor, told: Mapping[str, Any]) -> tuple[Household, Person]:
    """``told``: name, village_code of where the trouble happens, and what is known of sex, birth_date and id_number. The address is
    not kept here: who fled from home must not be found by it."""
    village = str(told["village_code"])
    if not in_region(village, actor.region):
        raise Problem(422, "invalid-record", "发生地不在您的辖区内，请转当地办理。", {"field": "village_code"})
    where = {"name": told["name"], "village_code": village}
    home = create_household(session, vault, actor.county, where, source=SOURCE, author_id=actor.id)
    known = {k: told[k] for k in ("name", "sex", "birth_date", "id_number") if told.get(k)}
    return home, create_person(session, vault, actor.county, home.id, known, source=SOURCE, author_id=actor.id)
