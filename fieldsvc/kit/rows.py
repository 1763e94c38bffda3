"""Questions every feature asks of its tables in the same words."""

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from .errors import not_found

Row = TypeVar("Row")
Column = ColumnElement[str] | InstrumentedAttribute[Any]


def within(column: Column, prefix: str) -> ColumnElement[bool]:
    """Whether a place lies in the place ``prefix``: a GB/T 2260 code begins with the code of what it is a part of."""
    return column.startswith(prefix, autoescape=True)


def kept(wanted: Select[Row]) -> Select[Row]:
    """The rows as they stand now, kept by this transaction until its end."""
    return wanted.with_for_update().execution_options(populate_existing=True)


def by_sorting(column: Column) -> ColumnElement[str]:
    """For ``order_by``: a few rows in the order of their keys. Asked for the key itself, SQLite walks all keys of the county in
    their order and looks at every row, rather than sort the few that an index finds."""
    return column.concat("")


def the_one(session: Session, wanted: Select[Row], lock: bool = False) -> Row:
    """The row. Problem 404: what is foreign and what is missing answer the same."""
    found = session.scalar(kept(wanted) if lock else wanted)
    if found is None:
        raise not_found()
    return found


def counted(session: Session, column: Column, *where: ColumnElement[bool]) -> dict[str, int]:
    """``{value of the column: rows}``."""
    found = select(column, func.count()).where(*where).group_by(column)
    return {value: number for value, number in session.execute(found)}
