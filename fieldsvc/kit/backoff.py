"""When what came to nothing is tried again."""

from datetime import timedelta

DEAD = "dead"
BACKOFF = tuple(timedelta(seconds=s) for s in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400))
TRIES = len(BACKOFF) + 1
"""Ten tries over three days, the schedule of Standard Webhooks; then a dead letter, replayed by hand."""


def wait_after(attempts: int) -> timedelta | None:
    """How long until the next try after so many; None when there is none."""
    return BACKOFF[attempts - 1] if attempts < TRIES else None
