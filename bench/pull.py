"""What choosing a page of changes costs, and whether a page gets slower as the feed grows.

    uv run python bench/pull.py [--engine postgresql|sqlite] [--rounds 7]

At 100,000 and at 1,000,000 changes: milliseconds of the SQL that selects the keys of a 500-row page, for a worker, a
supervisor of 20 workers and a worker with 50,000 changes, each beside an index-only read of one scope in the same round;
the documents of the page stated apart; and one whole page (``sync.pull``) of an ordinary worker.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psycopg
from common import Database, Settings, Site, databases, median_ratio, postgres, river, vault
from sqlalchemy import text

from fieldsvc.accounts.rules import Actor
from fieldsvc.feed import queries as feed
from fieldsvc.sync import pull
from fieldsvc.sync.removals import Ask
from tests.support.river import COUNTY, uid

PAGE, ORDINARY, BUSY = 500, 1, 2
SUPERVISED = list(range(10, 30))
SCOPES = list(range(3, 200))
HOMES = 600
SIMPLE = """SELECT seq, scope, tbl, op, record_id, household_id FROM feed
    WHERE county_code = :county AND scope = :scope AND seq > :after ORDER BY seq LIMIT :most"""


def fill(site: Site, changes: int) -> None:
    """``changes`` rows in commit order: 50,000 of the busy worker, 5,000 of the ordinary one, the rest over the others."""
    rows, seq = [], 1
    shares = [BUSY] * 50_000 + [ORDINARY] * 5_000
    others = changes - len(shares)
    step = changes // len(shares)
    for n in range(changes):
        scope = shares[n // step] if n % step == 0 and n // step < len(shares) else SCOPES[n % len(SCOPES)]
        home = uid(f"h{n % HOMES}") if scope == ORDINARY else f"{n:08d}-0000-4000-8000-000000000000"
        seq += 1
        rows.append((COUNTY, scope, seq, 1, 1, home, home))
    assert others > 0
    mark = "%s" if site.db.dialect == "postgresql" else "?"
    with site.db.write() as session:
        cursor = session.connection().connection.cursor()
        if site.db.dialect == "postgresql":
            with cursor.copy("COPY feed (county_code, scope, seq, tbl, op, record_id, household_id) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(f"INSERT INTO feed VALUES ({','.join([mark] * 7)})", rows)
        session.execute(text("UPDATE counters SET seq = :seq"), {"seq": seq})
        river.account(session, ORDINARY)
        session.flush()
        for n in range(HOMES):
            river.household(session, f"h{n}", persons=())
            river.assign(session, uid(f"h{n}"), ORDINARY)
    with site.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if site.db.dialect == "postgresql" else "ANALYZE")


def timed(work: Callable[[], Any], times: int = 20) -> float:
    """Milliseconds of one call, the best of two handfuls: the machine is shared."""
    found = []
    for _ in range(2):
        started = time.perf_counter()
        for _ in range(times):
            work()
        found.append((time.perf_counter() - started) / times * 1e3)
    return min(found)


def keys(session: Any, scopes: list[int]) -> Callable[[], Any]:
    head = feed.head(session, COUNTY).seq
    return lambda: feed.page(session, COUNTY, scopes, head // 2, head, PAGE)


def simple(session: Any, scope: int) -> Callable[[], Any]:
    half, sql = feed.head(session, COUNTY).seq // 2, text(SIMPLE)
    return lambda: session.execute(sql, {"county": COUNTY, "scope": scope, "after": half, "most": PAGE}).all()


def measure(site: Site, rounds: int, changes: int) -> float:
    actor = Actor(COUNTY, ORDINARY, "网格员", "grid_worker", river.VILLAGE, device_id="d")
    who = {"worker": [ORDINARY, 0], "supervisor of 20": [4, *SUPERVISED, 0], "worker with 50,000": [BUSY, 0]}
    pages = []
    with site.db.read() as session:
        for name, scopes in who.items():
            mine, bare = [], []
            for _ in range(rounds):
                mine.append(timed(keys(session, scopes)))
                bare.append(timed(simple(session, scopes[0] if name != "supervisor of 20" else SUPERVISED[0])))
            print(f"{site.db.dialect} {changes:>9,} changes, {name}: keys {statistics.median(mine):.2f} ms, one scope "
                  f"{statistics.median(bare):.2f} ms, ratio {median_ratio(mine, bare):.2f}", flush=True)  # fmt: skip
    for _ in range(rounds):
        pages.append(timed(lambda: pull.pull(site, actor, Ask(1, 0), None, PAGE), 3))
    print(f"{site.db.dialect} {changes:>9,} changes, whole page of a worker with its documents and access row: "
          f"{statistics.median(pages):.1f} ms", flush=True)  # fmt: skip
    return statistics.median(pages)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--engine", choices=["postgresql", "sqlite"], default="postgresql")
    options.add_argument("--rounds", type=int, default=7)
    asked = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="fieldsvc-bench-"))
    with postgres.start() if asked.engine == "postgresql" else nullcontext() as pattern:
        found = [_at(folder, pattern, asked.rounds, changes) for changes in (100_000, 1_000_000)]
    print(f"{asked.engine} page at 1,000,000 changes / at 100,000: {found[1] / found[0]:.2f}")


def _at(folder: Path, pattern: str | None, rounds: int, changes: int) -> float:
    url = f"sqlite:///{folder}/f{changes}.db"
    if pattern:
        with psycopg.connect(pattern.format("postgres"), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE f{changes}")
        url = pattern.format(f"f{changes}")
    databases.prepare(url)
    site = Site(Settings(home=folder, database_url=url), Database(url), vault(folder))
    fill(site, changes)
    page = measure(site, rounds, changes)
    site.db.dispose()
    return page


if __name__ == "__main__":
    main()
