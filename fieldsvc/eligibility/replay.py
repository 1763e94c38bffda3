"""What must be stored so that a determination can be worked out again, byte for byte."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from .determination import FactValue
from .explain import explain
from .rulebook import RuleBook


class Snapshot(msgspec.Struct, frozen=True):
    """The facts of one household as they were read, with place and day. Belongs to a stored rule set by ``rule_hash``."""

    rule_hash: str
    jurisdiction: str
    on: date
    household_id: str
    household: dict[str, FactValue]
    members: dict[str, dict[str, FactValue]]

    def to_json(self) -> bytes:
        return msgspec.json.encode(self, order="deterministic")


class OtherRules(ValueError):
    """The rule set is not the one the snapshot was taken under."""


def snapshot(
    book: RuleBook, jurisdiction: str, on: date, household: Mapping[str, FactValue], members: Mapping[str, Mapping[str, FactValue]],
    household_id: str = "",
) -> Snapshot:  # fmt: skip
    """Keep the facts in a form JSON gives back unchanged."""
    people = {person: {n: _plain(v) for n, v in facts.items()} for person, facts in members.items()}
    return Snapshot(book.hash, jurisdiction, on, household_id, {n: _plain(v) for n, v in household.items()}, people)


def replay(rules: bytes, stored: bytes) -> bytes:
    """The determination's JSON, from a stored rule set (``RuleBook.to_json``) and a stored snapshot. Raises OtherRules."""
    book, kept = RuleBook.from_json(rules), msgspec.json.decode(stored, type=Snapshot)
    if book.hash != kept.rule_hash:
        raise OtherRules(kept.rule_hash)
    return explain(book, kept.jurisdiction, kept.on, kept.household, kept.members, kept.household_id).to_json()


def _plain(given: FactValue) -> FactValue:
    value: Any = given.value
    if isinstance(value, Decimal):
        value = f"{value:f}"
    elif isinstance(value, date):
        value = value.isoformat()
    return FactValue(value, given.as_of, given.source_kind, given.source_id)
