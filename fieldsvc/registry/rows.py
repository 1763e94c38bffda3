"""A household or person as one JSON row, so that a split brings it back as it stood. What is sealed stays sealed."""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, LargeBinary

from fieldsvc.households.models import Household, Person
from fieldsvc.kit.columns import Moment

TAKEN = {"households": ("ref", "address", "area", "phone", "tier"), "persons": ("sex", "birth_date", "relation", "phone", "tier")}
"""Fields a survivor may take from the other; a telephone with its seal and index."""
BEHIND = {"phone": ("phone_sealed", "phone_index")}
IDENTITY = ("identity_kind", "identity_sealed", "identity_index", "birth_date", "sex")


def packed(record: Household | Person) -> dict[str, Any]:
    return {column.name: _told(getattr(record, column.name)) for column in record.__table__.columns}


def unpacked(model: Any, row: dict[str, Any]) -> Any:
    return model(**{column.name: _read(column, row.get(column.name)) for column in model.__table__.columns})


def value(model: Any, row: dict[str, Any], name: str) -> Any:
    return _read(model.__table__.c[name], row.get(name))


def columns(fields: Iterable[str]) -> list[str]:
    return [name for field in fields for name in BEHIND.get(field, (field,))]


def _told(given: Any) -> Any:
    if isinstance(given, bytes | memoryview):
        return b64encode(bytes(given)).decode()
    return given.isoformat() if isinstance(given, date) else given


def _read(column: Any, given: Any) -> Any:
    if given is None:
        return None
    if isinstance(column.type, LargeBinary):
        return b64decode(given)
    if isinstance(column.type, Moment):
        return datetime.fromisoformat(given)
    return date.fromisoformat(given) if isinstance(column.type, Date) else given
