"""Engines and transactions. One transaction per request, opened and committed at the door.

SQLite: WAL, ``synchronous=FULL``; reads begin deferred, writes ``BEGIN IMMEDIATE`` (a read that turns into a write fails
under load). PostgreSQL: READ COMMITTED, ``lock_timeout``. Waiting more than 15 s for the writer's place is ``busy`` (503).
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from .errors import Problem, busy
from .memory import forget
from .turn import NotOurTurn, Turn, turn_of

WAIT_SECONDS = 15
SILENT_SECONDS = 60
"""A client that lost power or its network in a transaction holds its locks, the counter among them, no longer than this."""
NAMES = {"ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s",
         "fk": "fk_%(table_name)s_%(column_0_name)s", "ck": "ck_%(table_name)s_%(constraint_name)s"}  # fmt: skip


class Base(DeclarativeBase):
    """Every table of the core. The county code leads every key and unique constraint: a county is the unit of scale-out."""

    metadata = MetaData(naming_convention=NAMES)


class Database:
    """``read()`` and ``write()`` give a session; ``write()`` commits when the block ends well and rolls back otherwise."""

    def __init__(self, url: str, **options: Any) -> None:
        self.engine = make_engine(url, **options)
        self.dialect = self.engine.dialect.name
        self._writer = self.engine.execution_options(fieldsvc_write=True)
        # READ COMMITTED gives each statement its own snapshot anyway, so a read needs no BEGIN and no ROLLBACK there
        alone = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True, "pool_reset_on_return": None}
        self._reader = make_engine(url, **alone, **options) if self.dialect == "postgresql" else self.engine
        file = self.engine.url.database
        self._turn = turn_of(file) if self.dialect == "sqlite" and file and file != ":memory:" else None
        self._last_turn = Turn() if self.dialect == "postgresql" else None

    @contextmanager
    def read(self) -> Iterator[Session]:
        with as_problem(), Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Work registered with ``at_commit`` runs as the transaction's last statements, ``after_commit`` once it stands."""
        with as_problem(), Session(self._writer, expire_on_commit=False) as session:
            with ExitStack() as until_committed, session.begin():
                _in_turn(self._turn, until_committed)
                yield session
                if lasts := session.info.pop("at_commit", {}):
                    session.flush()  # every other lock first: who has the turn waits for the counter alone
                    _in_turn(self._last_turn, until_committed)
                for last in lasts.values():
                    last(session)
            for told in session.info.pop("after_commit", {}).values():
                told()

    @property
    def engines(self) -> set[Engine]:
        """Every engine with connections of its own."""
        return {self.engine, self._reader}

    def dispose(self) -> None:
        for engine in (*self.engines, self._writer):
            engine.dispose()
            forget(engine)


def _in_turn(turn: Turn | None, until: ExitStack) -> None:
    if turn is not None:
        until.enter_context(turn.taken(WAIT_SECONDS))


def at_commit(session: Session, key: str, last: Callable[[Session], None]) -> None:
    """Run ``last`` once, just before commit. The feed's stamp is the one use: locks in key order, the counter last."""
    session.info.setdefault("at_commit", {}).setdefault(key, last)


def after_commit(session: Session, key: str, told: Callable[[], None]) -> None:
    """Run ``told`` once after the commit stands; a lost call costs a delay, never a row."""
    session.info.setdefault("after_commit", {}).setdefault(key, told)


POOL = {"pool_size": 20, "max_overflow": 10}
"""More than a process has threads: what overflows the pool is closed after each use, and opening costs as much as a push."""


def make_engine(url: str, **options: Any) -> Engine:
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    settings = {} if url in ("sqlite://", "sqlite:///:memory:") else POOL | options
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS, "check_same_thread": False}, **settings)
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    extra = (f"-c lock_timeout={WAIT_SECONDS * 1000} -c timezone=UTC -c tcp_keepalives_idle=20 -c tcp_keepalives_interval=10 "
             f"-c tcp_keepalives_count=3 -c idle_in_transaction_session_timeout={SILENT_SECONDS * 1000}")  # fmt: skip
    return create_engine(url, connect_args={"options": extra}, **settings)


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Any) -> None:
    write = connection.get_execution_options().get("fieldsvc_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def as_problem() -> Iterator[None]:
    """A database that is locked, restarting or gone is 503 with Retry-After: the phone keeps its record and tries again."""
    try:
        yield
    except Problem:
        raise
    except NotOurTurn as late:
        raise busy() from late
    except DBAPIError as error:
        if is_busy(error):
            raise busy() from error
        raise


def is_busy(error: Exception) -> bool:
    """Whether the database could not answer, as against not liking what it was given."""
    if isinstance(error, OperationalError):
        return True
    gone = isinstance(error, DBAPIError) and error.connection_invalidated
    return gone or getattr(getattr(error, "orig", None), "sqlstate", "") in RETRY_STATES


RETRY_STATES = {"55P03", "40P01", "40001", "25P03", "57P01", "57P03", "08006", "08003"}


def retrying(work: Callable[[], Any], tries: int = 3) -> Any:
    """Call a whole transaction again after ``busy``; for the worker and the command line, which have no client to retry."""
    for attempt in range(tries):
        try:
            return work()
        except Problem as problem:
            if problem.code != "busy" or attempt == tries - 1:
                raise
            time.sleep(random.uniform(0.05, 0.3) * (attempt + 1))
    raise AssertionError("unreachable")


def written(db: Database, work: Callable[[Session], Any]) -> Any:
    """``work`` in a write transaction of its own, tried again when the database is busy; returns what it returns."""

    def once() -> Any:
        with db.write() as session:
            return work(session)

    return retrying(once)
