"""Whose turn it is, where only one can go on anyway: writing on SQLite, taking the county's counter on PostgreSQL.

SQLite lets a writer wait by sleeping, up to 100 ms between two looks: behind a dozen writers the database lies idle most of
the time. Here they queue before they begin: a lock among the threads of a process, and a lock on a file beside the database
among processes, which the system frees when a process dies. On PostgreSQL a dozen sessions in one row's queue cost its
processors as much as the writing; so each process sends one at a time. A push is mostly work for the interpreter, which runs one
thread at a time: eight at once take a tenth more than two and two. Nothing rests on any of it but speed: the databases' own locks
decide.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Lock, Semaphore
from weakref import WeakSet, WeakValueDictionary

LOOK_SECONDS = 0.0005
OPEN_SECONDS = 5.0


class NotOurTurn(Exception):
    """Others wrote all the time."""


class Turn:
    """One queue: of a process's threads, and, with a file, of processes."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.begin_anew()
        _turns.add(self)

    def begin_anew(self) -> None:
        """A forked child has neither the threads nor the file lock of its parent."""
        self._threads, self._file = Lock(), -1

    @contextmanager
    def taken(self, seconds: float) -> Iterator[None]:
        """Raises ``NotOurTurn`` when the turn does not come within ``seconds``."""
        until = time.monotonic() + seconds
        threads = self._threads
        if not threads.acquire(timeout=seconds):
            raise NotOurTurn
        try:
            with self._before_other_processes(self._path, until) if self._path else nullcontext():
                yield
        finally:
            threads.release()

    @contextmanager
    def _before_other_processes(self, path: Path, until: float) -> Iterator[None]:
        if self._file < 0:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._wait(until)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _wait(self, until: float) -> None:
        while True:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except (BlockingIOError, PermissionError):
                if time.monotonic() > until:
                    raise NotOurTurn from None
                time.sleep(LOOK_SECONDS)

    def __del__(self) -> None:
        if self._file >= 0:
            os.close(self._file)


class Few:
    """At most ``most`` threads of a process at once. Who has waited ``seconds`` in vain goes on, and for ``OPEN_SECONDS`` nobody
    waits: those inside are then held up by something else than each other."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self.begin_anew()
        _turns.add(self)

    def begin_anew(self) -> None:
        self._places, self._open_until = Semaphore(self._most), 0.0

    @contextmanager
    def among(self) -> Iterator[None]:
        places, waits = self._places, time.monotonic() >= self._open_until
        mine = waits and places.acquire(timeout=self._seconds)
        if waits and not mine:
            self._open_until = time.monotonic() + OPEN_SECONDS
        try:
            yield
        finally:
            if mine:
                places.release()


_turns: "WeakSet[Turn | Few]" = WeakSet()
_files: "WeakValueDictionary[Path, Turn]" = WeakValueDictionary()


def _forked() -> None:
    for turn in _turns:
        turn.begin_anew()


os.register_at_fork(after_in_child=_forked)


def turn_of(database: str) -> Turn:
    """The queue of a database file: one a process, because closing any handle of a file ends all the process's locks on it."""
    path = Path(database).resolve()
    path = path.with_name(path.name + "-turn")
    return _files.setdefault(path, Turn(path))
