"""New connections shared out evenly among the server's processes.

The system gives a connection to whichever process wakes first, and there it stays: of sixteen phones one process may get twelve and
work them off alone while the other has nothing to do. Here a process that has more to do than another leaves it a new connection for
a moment, and takes it when nobody else does: a busy, stuck or ended process keeps nobody waiting.
"""

import time
from mmap import mmap
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

SLOTS = 128  # at most 64 processes, and those that replace them
LEAVE_SECONDS = 0.02
LOOK_SECONDS = 0.002
ALONE_SECONDS = 0.25
BEAT_SECONDS = 0.5
SILENT_SECONDS = 1.5
NO_THREAD_FREE = 10_000.0
NOT_COUNTED = float("inf")


class Load:
    """What each process has to do, in memory that forked processes share. Whoever has said nothing for ``SILENT_SECONDS`` is stuck
    and not counted."""

    def __init__(self) -> None:
        self._cells = memoryview(mmap(-1, SLOTS * 16)).cast("d")

    def tell(self, number: int, load: float) -> None:
        at = number % SLOTS * 2
        self._cells[at], self._cells[at + 1] = load, time.monotonic()

    def least_beside(self, number: int) -> float:
        """The least that another process has; infinite when no other takes any."""
        mine, since, cells = number % SLOTS * 2, time.monotonic() - SILENT_SECONDS, self._cells
        return min((cells[at] for at in range(0, SLOTS * 2, 2) if at != mine and cells[at + 1] > since), default=NOT_COUNTED)


class FairWorker(ThreadWorker):
    """gunicorn's threaded worker. ``_left_until``: a connection waits that is left to others until then; ``_alone_until``: they
    have left one to us, so we take all until then."""

    load = Load()
    _left_until = _alone_until = 0.0

    @property
    def worker_connections(self) -> int:
        """gunicorn's loop looks at the listener while it holds fewer than these."""
        return 0 if time.monotonic() < self._left_until and not self._is_next() else self._most

    @worker_connections.setter
    def worker_connections(self, most: int) -> None:
        self._most = most

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        self.load.tell(self.age, self._load() if self.alive else NOT_COUNTED)
        leaving = time.monotonic() < self._left_until
        super().wait_for_and_dispatch_events(min(timeout, LOOK_SECONDS if leaving else BEAT_SECONDS))

    def accept(self, listener: Any) -> None:
        now = time.monotonic()
        if not self._is_next() and now > self._alone_until:
            if now < self._left_until:
                return
            if now > self._left_until + LEAVE_SECONDS:  # not the one that was left before
                self._left_until = now + LEAVE_SECONDS
                return
            self._alone_until = now + ALONE_SECONDS
        self._left_until = 0.0
        super().accept(listener)

    def _is_next(self) -> bool:
        return self._load() <= self.load.least_beside(self.age)

    def _load(self) -> float:
        """Connections held; one more request would wait where no thread is free."""
        in_hand = self.nr_conns - len(self.keepalived_conns) - len(self.pending_conns)
        return self.nr_conns + (NO_THREAD_FREE if in_hand >= self.cfg.threads else 0)
