"""Many rows of one shape at once.

Rows that are certainly new go in by ``COPY`` on PostgreSQL: less CPU on both sides than anything else. Where some may be
there already they travel as one JSON text in one ``INSERT … ON CONFLICT``. On SQLite a statement takes up to 64 rows: after
each one the thread must win the interpreter back from the others, up to 5 ms every time, while all writers wait for it.
"""

from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import orjson
import structlog
from sqlalchemy import BigInteger, Boolean, DateTime, Engine, Integer, LargeBinary, Table, TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from .columns import Moment
from .db import Base, after_commit
from .sql import Sql, driver, plain_value

KINDS = ((BigInteger, "bigint"), (Integer, "integer"), (Boolean, "boolean"), (LargeBinary, "bytea"),
         (DateTime, "timestamptz"), (Moment, "timestamptz"))  # fmt: skip
SIZES = (64, 16, 4, 1)
log = structlog.get_logger("fieldsvc.bulk")


def insert_all(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows (``{column: value}``, all of the same columns; JSON as text). Raises ``IntegrityError`` when one is there:
    the transaction is lost then."""
    if not rows:
        return
    columns = tuple(rows[0])
    if session.get_bind().dialect.name == "sqlite":
        insert_many(session, table.name, columns, _plain(table, columns, rows))
        return
    sql, types = _copy(table, columns)
    with driver(session) as raw, raw.cursor() as cursor, cursor.copy(sql) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(tuple(row.values()))


def insert_new(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> set[str]:
    """Insert rows (with an ``id`` among their columns) whose key is not there yet; the ids of those that were new."""
    if not rows:
        return set()
    columns = tuple(rows[0])
    if session.get_bind().dialect.name == "postgresql":
        values = {"rows": orjson.dumps(list(rows), default=_base64).decode()}
        return set(session.connection().execute(_at_once(table, columns), values).scalars())
    known = _there(session, table, rows)
    fresh = [row for row in rows if row["id"] not in known]
    made = insert_many(session, table.name, columns, _plain(table, columns, fresh), "ON CONFLICT DO NOTHING")
    return ({row["id"] for row in fresh} if made == len(fresh) else _there(session, table, fresh)) - known


def look_over(session: Session, *models: type[Base]) -> None:
    """After many rows at once: once they stand, PostgreSQL looks at how they are spread. Left to itself it does within minutes,
    and until then reads tables it believes to be empty from end to end."""
    engine, tables = session.get_bind().engine, [model.__tablename__ for model in models]
    if engine.dialect.name == "postgresql":
        after_commit(session, "look-over", lambda: _analyse(engine, tables))


def _analyse(engine: Engine, tables: list[str]) -> None:
    """In a transaction of its own: it waits for whoever vacuums a table or builds an index, which the rows must not."""
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
            connection.exec_driver_sql(f"ANALYZE {', '.join(tables)}")
    except DBAPIError as error:
        log.info("not_analysed", tables=tables, error=type(error.orig).__name__)


def _there(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> set[str]:
    """Which of the rows' ids stand already. Only the writer asks, so nobody adds one meanwhile."""
    if not rows:
        return set()
    return {i for (i,) in _standing(table.name).rows(session, county=rows[0]["county_code"], ids=[row["id"] for row in rows])}


@lru_cache(maxsize=16)
def _standing(table: str) -> Sql:
    return Sql(f"SELECT id FROM {table} WHERE county_code = :county AND id {{ids}}", "ids")


def insert_many(session: Session, table: str, columns: tuple[str, ...], rows: Sequence[Sequence[Any]], tail: str = "") -> int:
    """Insert plain rows on SQLite, in statements of 64, 16, 4 and 1 so that they are prepared once; how many went in."""
    made = start = 0
    with driver(session) as connection:
        for size in SIZES:
            while len(rows) - start >= size:
                part = rows[start : start + size]
                made += connection.execute(_many(table, columns, size, tail), list(chain.from_iterable(part))).rowcount
                start += size
    return made


def _plain(table: Table, columns: tuple[str, ...], rows: Sequence[dict[str, Any]]) -> list[list[Any]]:
    plain, moments = [list(row.values()) for row in rows], _moments(table, columns)
    for values in plain:
        for place in moments:
            values[place] = plain_value(values[place])
    return plain


@lru_cache(maxsize=64)
def _moments(table: Table, columns: tuple[str, ...]) -> list[int]:
    return [place for place, name in enumerate(columns) if _kind(table, name) == "timestamptz"]


@lru_cache(maxsize=64)
def _many(table: str, columns: tuple[str, ...], count: int, tail: str) -> str:
    marks = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([marks] * count)} {tail}"


@lru_cache(maxsize=64)
def _copy(table: Table, columns: tuple[str, ...]) -> tuple[str, list[str]]:
    return f"COPY {table.name} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)", [_kind(table, name) for name in columns]


@lru_cache(maxsize=64)
def _at_once(table: Table, columns: tuple[str, ...]) -> TextClause:
    told = ", ".join(f"{name} {'text' if _is_bytes(table, name) else _kind(table, name)}" for name in columns)
    taken = ", ".join(f"decode(e.{n}, 'base64')" if _is_bytes(table, n) else f"e.{n}" for n in columns)
    return text(f"""INSERT INTO {table.name} ({", ".join(columns)})
        SELECT {taken} FROM json_to_recordset(CAST(:rows AS json)) AS e({told}) ON CONFLICT DO NOTHING RETURNING id""")


def _kind(table: Table, name: str) -> str:
    return next((kind for each, kind in KINDS if isinstance(table.c[name].type, each)), "text")


def _is_bytes(table: Table, name: str) -> bool:
    return isinstance(table.c[name].type, LargeBinary)


def _base64(value: Any) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} cannot be stored in bulk")
