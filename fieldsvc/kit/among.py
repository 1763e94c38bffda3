"""``column IN (…)`` for thousands of values as one parameter: rendering a parameter each costs more than the query."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import ARRAY, ColumnElement, String, any_, bindparam, func, select
from sqlalchemy.orm import Session


def among(session: Session, column: Any, values: Iterable[str]) -> ColumnElement[bool]:
    """Whether a text column's value is one of ``values``."""
    wanted = sorted(set(values))
    if session.get_bind().dialect.name == "postgresql":
        found: ColumnElement[bool] = column == any_(bindparam(None, wanted, type_=ARRAY(String)))
        return found
    listed = func.json_each(orjson.dumps(wanted).decode()).table_valued("value")
    found = column.in_(select(listed.c.value))
    return found
