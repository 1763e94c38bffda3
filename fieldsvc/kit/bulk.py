"""Many rows of one shape, written by the driver itself: SQLAlchemy's own way costs as much again as the rows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session


def insert_rows(session: Session, table: str, columns: tuple[str, ...], rows: Sequence[Sequence[Any]], or_nothing: bool = False) -> int:
    """Insert; returns how many rows were new. ``or_nothing`` leaves rows whose key stands already alone.

    Values are what the driver takes, and aware datetimes; JSON columns come as text.
    """
    connection = session.connection()
    sqlite = connection.dialect.name == "sqlite"
    sql = _statement(table, columns, or_nothing, "?" if sqlite else "%s")
    if sqlite:
        rows = [[_plain(value) for value in row] for row in rows]
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, rows[0]) if len(rows) == 1 else cursor.executemany(sql, rows)
        return int(cursor.rowcount)
    finally:
        cursor.close()


@lru_cache(maxsize=64)
def _statement(table: str, columns: tuple[str, ...], or_nothing: bool, mark: str) -> str:
    ending = " ON CONFLICT DO NOTHING" if or_nothing else ""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))}){ending}"


def _plain(value: Any) -> Any:
    """SQLite keeps a moment as SQLAlchemy writes it: naive UTC with microseconds."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value
