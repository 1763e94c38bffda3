"""What this process writes to its log."""

import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr

import structlog

from fieldsvc.admin import logs


@contextmanager
def logged() -> Iterator[Callable[[], str]]:
    """The lines written meanwhile, as a deployment would find them on standard error, which is a file to all who use it."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level

    def told() -> str:
        lines.seek(0)
        return lines.read()

    with tempfile.TemporaryFile("w+", encoding="utf-8") as lines, redirect_stderr(lines):
        logs.configure()
        try:
            yield told
        finally:
            structlog.reset_defaults()
            root.handlers = handlers
            root.setLevel(level)
