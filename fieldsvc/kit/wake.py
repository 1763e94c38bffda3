"""Telling the worker that there is work. The worker sets the callable; a lost wake costs at most its own sweep's 5 s."""

from collections.abc import Callable


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
