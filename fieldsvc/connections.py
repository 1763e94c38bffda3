"""New connections shared out evenly among the server's processes.

The system gives a connection to whichever process wakes first, and there it stays: of sixteen phones one process may get twelve and
work them off alone while the other has nothing to do. Here a process takes a new one only while no other holds fewer.
"""

import time
from mmap import mmap

from gunicorn.workers.gthread import ThreadWorker

SLOTS = 128  # at most 64 processes, and those that replace them
LOOK_SECONDS = 0.01
BEAT_SECONDS = 0.5
SILENT_SECONDS = 1.5
NOT_COUNTED = float("inf")


class Held:
    """How many connections each process holds, in memory that forked processes share. Whoever has said nothing for
    ``SILENT_SECONDS`` is stuck and not counted, so that the others need not wait for it."""

    def __init__(self) -> None:
        self._cells = memoryview(mmap(-1, SLOTS * 16)).cast("d")

    def tell(self, number: int, count: float) -> None:
        at = number % SLOTS * 2
        self._cells[at], self._cells[at + 1] = count, time.monotonic()

    def least_beside(self, number: int) -> float:
        """The fewest that another process holds; infinite when no other takes any."""
        mine, since, cells = number % SLOTS * 2, time.monotonic() - SILENT_SECONDS, self._cells
        return min((cells[at] for at in range(0, SLOTS * 2, 2) if at != mine and cells[at + 1] > since), default=NOT_COUNTED)


class FairWorker(ThreadWorker):
    """gunicorn's threaded worker, which takes a connection while it holds fewer than ``worker_connections``."""

    held = Held()

    @property
    def worker_connections(self) -> float:
        return min(self._most, self.held.least_beside(self.age) + 1)

    @worker_connections.setter
    def worker_connections(self, most: int) -> None:
        self._most = most

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        self.held.tell(self.age, self.nr_conns if self.alive else NOT_COUNTED)
        super().wait_for_and_dispatch_events(min(timeout, BEAT_SECONDS if self._accepting else LOOK_SECONDS))
