"""Batches that make millions of small objects which all live until the batch ends."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_alive() -> Iterator[None]:
    """No search for cyclic garbage inside: it would walk everything read so far again and again (measured: five sixths of the
    time it takes to decode a batch's documents). What the batch leaves is freed by its reference counts as always."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
