"""A worker process of its own under a clock that stands still: ``python -m tests.deadlines.other_worker URL HOME TIME [kill]``.

It says ``ready``, waits for a line, and then sends up what is overdue until nothing is. With ``kill`` it dies like a machine
that loses power, after the claim and before the commit.
"""

import os
import sys
from datetime import datetime
from pathlib import Path

from fieldsvc.deadlines import service, sweep
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import vault
from fieldsvc.kit.db import Database
from fieldsvc.kit.settings import Settings
from fieldsvc.kit.site import Site


def main(url: str, home: str, moment: str, *how: str) -> None:
    clock.now = lambda: datetime.fromisoformat(moment)
    sweep.SLICE = 3
    site = Site(Settings(Path(home), url), Database(url), vault(Path(home)))
    if "kill" in how:
        service.announce_records = lambda *_: os._exit(9)
    print("ready", flush=True)
    sys.stdin.readline()
    sent = 0
    while number := sweep.escalate_due(site):
        sent += number
    print(sent, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
