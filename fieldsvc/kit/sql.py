"""SQL handed to the driver itself, inside SQLAlchemy's transaction.

For a small statement SQLAlchemy's layer costs four times what the driver takes. The statements of every request and every
push go past it; what they return is the driver's: on SQLite a moment is text and a truth 0 or 1.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

NAMED = re.compile(r"(?<!:):(\w+)")
AMONG = {"sqlite": "IN (SELECT value FROM json_each(:{0}))", "postgresql": "= ANY(CAST(:{0} AS text[]))"}


class Sql:
    """A statement for both databases, parameters as ``:name``. ``{name}`` in the text is replaced by ``parts[dialect]``'s, or,
    for a name in ``lists``, by "is among the ids ``:name``", which are given as an iterable of UUIDs."""

    def __init__(self, text: str, *lists: str, **parts: Mapping[str, str]) -> None:
        self._lists = lists
        self._texts = {d: self._of(d, text, parts.get(d, {})) for d in AMONG if d in parts or not parts}

    def _of(self, dialect: str, text: str, parts: Mapping[str, str]) -> str:
        made = text.format(**{name: AMONG[dialect].format(name) for name in self._lists}, **parts)
        return NAMED.sub(r"%(\1)s", made.replace("%", "%%")) if dialect == "postgresql" else made

    def rows(self, session: Session, **values: Any) -> list[Any]:
        """Run it; its rows as tuples, none for a statement that returns none."""
        dialect = session.get_bind().dialect.name
        for name in self._lists:
            values[name] = id_list(dialect, values[name])
        with driver(session) as connection:
            cursor = connection.execute(self._texts[dialect], plain(values) if dialect == "sqlite" else values)
            return cursor.fetchall() if cursor.description else []


    def last(self, session: Session, **values: Any) -> None:
        """Run it as the transaction's last statement, on PostgreSQL in one round trip with the commit: what it locks is then
        held no longer than the database itself needs, however busy this process is."""
        if session.get_bind().dialect.name != "postgresql":
            self.rows(session, **values)
            return
        with driver(session) as connection, connection.pipeline():
            connection.execute(self._texts["postgresql"], values)
            connection.commit()


def id_list(dialect: str, ids: Iterable[str]) -> str:
    """Ids as one text: a list would cost the driver a microsecond an id."""
    return f"{{{','.join(ids)}}}" if dialect == "postgresql" else orjson.dumps(list(ids)).decode()


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain_value(value) for name, value in values.items()}


def plain_value(value: Any) -> Any:
    """SQLite keeps a moment as SQLAlchemy writes it: naive UTC with microseconds."""
    if value.__class__ is datetime:
        utc = value if value.tzinfo is UTC else value.astimezone(UTC)
        return utc.isoformat(" ", "microseconds")[:26]  # strftime gives year 1 as "1"
    return value


def moment(value: Any) -> datetime | None:
    """What the driver returns for a ``Moment``."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value


@contextmanager
def driver(session: Session) -> Iterator[Any]:
    """The driver's connection of the session's transaction. What it raises is raised as SQLAlchemy would."""
    connection = session.connection()
    raw = connection.connection.driver_connection
    errors = connection.dialect.loaded_dbapi.Error
    try:
        yield raw
    except errors as error:
        gone = connection.dialect.is_disconnect(error, raw, None)
        if gone:  # so are those that wait in the pool
            connection.invalidate(error)
            connection.engine.dispose(close=False)
        raise DBAPIError.instance("driver", None, error, errors, hide_parameters=True, connection_invalidated=gone,
                                  dialect=connection.dialect) from error  # fmt: skip
