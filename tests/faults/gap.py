"""Twelve writers and readers that tail the feed: what a reader never saw is lost, because its cursor has passed by.

``python -m tests.faults.gap --rows 12000`` prints the figures of both databases, with the counter row and without it.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import text

from fieldsvc.feed import queries, service
from fieldsvc.feed.rules import LAST_CURSOR, UPDATE, Entry
from fieldsvc.kit.db import Database
from tests.support.databases import COUNTY

WRITERS, SCOPE = 12, 7
Write = Callable[[Database, str, float, float], None]


def announce(db: Database, record: str, before: float, after: float) -> None:
    """One change as the application writes it, with a pause before its number is taken and one before its commit."""
    with db.write() as session:
        service.announce(session, COUNTY, [Entry(SCOPE, 3, UPDATE, record)])
        service.on_stamp(session, lambda _session, _seq: time.sleep(after))
        time.sleep(before)


def number_first(db: Database, record: str, before: float, after: float) -> None:
    """Without the counter as the last step: the number is drawn when the row is written, or before, as a sequence does."""
    if db.dialect == "sqlite":
        with db.write() as session:
            number = service.take(session, COUNTY, 1)
        time.sleep(before + after)
    with db.write() as session:
        if db.dialect == "postgresql":
            time.sleep(before)
            number = session.execute(text("SELECT nextval('numbers')")).scalar_one()
        session.execute(text("INSERT INTO feed (county_code, scope, seq, tbl, op, record_id) VALUES (:c, :s, :n, 3, 1, :r)"),
                        {"c": COUNTY, "s": SCOPE, "n": number, "r": record})  # fmt: skip
        if db.dialect == "postgresql":
            time.sleep(after)


@contextmanager
def sequence(db: Database) -> Iterator[None]:
    """What ``number_first`` draws from."""
    if db.dialect == "postgresql":
        with db.write() as session:
            session.execute(text("CREATE SEQUENCE numbers START 10"))
    yield


@dataclass
class Reader:
    """Reads on from its cursor. ``to_head``: as a pull does, up to the head it read first, and on from there."""

    db: Database
    to_head: bool
    cursor: int = 1
    seen: list[str] = field(default_factory=list)

    def read(self) -> None:
        with self.db.read() as session:
            upto = queries.head(session, COUNTY).seq if self.to_head else LAST_CURSOR
            rows = queries.page(session, COUNTY, [SCOPE], self.cursor, upto, 500)
        self.seen += [row.record_id for row in rows]
        self.cursor = rows[-1].seq if rows and (len(rows) == 500 or not self.to_head) else max(upto * self.to_head, self.cursor)


@dataclass
class Run:
    written: set[str]
    readers: list[Reader]
    seconds: float

    def lost(self) -> list[int]:
        return [len(self.written - set(reader.seen)) for reader in self.readers]

    def twice(self) -> list[int]:
        return [len(reader.seen) - len(set(reader.seen)) for reader in self.readers]


def run(db: Database, rows: int, write: Write, seed: int, longest: float, heads: tuple[bool, ...] = (True, False)) -> Run:
    """``rows`` changes by twelve threads, each pausing up to ``longest`` seconds before and after it has its number."""
    readers = [Reader(db, to_head) for to_head in heads]
    written: set[str] = set()
    done = threading.Event()

    def produce(number: int) -> None:
        dice = random.Random(seed * 100 + number)
        for _ in range(rows // WRITERS):
            record = str(uuid4())
            write(db, record, dice.uniform(0, longest), dice.uniform(0, longest))
            written.add(record)

    def tail(reader: Reader) -> None:
        while not done.is_set():
            reader.read()

    begun = time.monotonic()
    writing = [threading.Thread(target=produce, args=(n,)) for n in range(WRITERS)]
    reading = [threading.Thread(target=tail, args=(reader,)) for reader in readers]
    for thread in writing + reading:
        thread.start()
    for thread in writing:
        thread.join()
    done.set()
    for thread in reading:
        thread.join()
    for reader in readers * 2:
        reader.read()
    return Run(written, readers, time.monotonic() - begun)


def main() -> None:
    import argparse
    import tempfile
    from pathlib import Path

    from tests.support import databases, postgres

    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=12_000)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="fieldsvc-gap-"))
    with postgres.start() as pattern:
        templates = {"folder": folder}
        for name, write, heads in (("counter row", announce, (True, False)), ("number first", number_first, (False,))):
            with databases.postgres_copy(templates, pattern) as url:
                report(f"postgresql, {name}", url, asked, write, heads)
            report(f"sqlite, {name}", databases.sqlite_copy(templates, folder), asked, write, heads)


def report(name: str, url: str, asked, write: Write, heads: tuple[bool, ...]) -> None:  # type: ignore[no-untyped-def]
    db = Database(url)
    with sequence(db):
        done = run(db, asked.rows, write, asked.seed, 0.004, heads)
    db.dispose()
    print(f"{name}: lost {max(done.lost())} of {len(done.written)}, twice {max(done.twice())}, "
          f"{len(done.written) / done.seconds:.0f} rows/s", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
