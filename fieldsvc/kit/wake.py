"""Telling the worker that there is work. The worker sets the callable; a lost wake costs at most its own sweep's 5 s."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread


def nobody() -> None:
    """Until a process registers a waker, the worker's own sweep finds the work."""


_waker: list[Callable[[], None]] = [nobody]


def on_wake(waker: Callable[[], None]) -> None:
    """Register what a wake does in this process (enqueue a Huey task, set an event). The last one registered counts."""
    _waker[0] = waker


def wake() -> None:
    """Best effort: a waker that fails never fails the write that is already committed."""
    try:
        _waker[0]()
    except Exception:  # the commit stands; the sweep will find its work
        return


def in_background(waker: Callable[[], None], apart: float = 0.05) -> Callable[[], None]:
    """The same waker off the request's path: a thread of this process calls it, at most once in ``apart`` seconds, and
    always once after the last wake. A process that forks starts a thread of its own."""
    asked, owner = Event(), [0]

    def loop() -> None:
        while True:
            asked.wait()
            asked.clear()
            with suppress(Exception):  # the sweep will find the work
                waker()
            time.sleep(apart)

    def ask() -> None:
        if owner[0] != os.getpid():
            owner[0] = os.getpid()
            Thread(target=loop, name="wake", daemon=True).start()
        asked.set()

    return ask
