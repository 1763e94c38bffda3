"""What reaches the database. A database reads and writes over engines of its own, so a listener on one hears half."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from fieldsvc.kit.db import Database

FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")


@contextmanager
def statements_of(db: Database) -> Iterator[list[str]]:
    """The statements sent meanwhile, without the words that frame a transaction."""
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        if not statement.upper().startswith(FRAME):
            asked.append(statement)

    for engine in db.engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        for engine in db.engines:
            event.remove(engine, "before_cursor_execute", note)
