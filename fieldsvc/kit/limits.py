"""A time limit on code that may hang, in the main thread of a worker process."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class TimedOut(BaseException):
    """Not an ``Exception``: code that hangs in ``try: … except Exception: retry`` must not swallow it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise ``TimedOut`` inside the block after ``seconds``. Limits nest: an inner one never lifts the outer.

    Signals reach only a main thread; RuntimeError elsewhere, because a limit that silently does nothing is none.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("a time limit needs the main thread")

    def ring(_number: int, _frame: Any) -> None:
        raise TimedOut(f"over {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    outer, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    began = time.monotonic()
    if outer and outer < seconds:
        signal.setitimer(signal.ITIMER_REAL, outer)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
        left = max(outer - (time.monotonic() - began), 0.001) if outer else 0
        signal.setitimer(signal.ITIMER_REAL, left)
