"""What a push costs beside the bare writing of the same rows.

    uv run python bench/push.py [--engine postgresql|sqlite] [--rounds 5]

Batch: 100 visits a push over 16 connections, through gunicorn on loopback, with authentication, scope, form validation,
quarantine and feed; against ``executemany`` of the same visit and change rows, 100 a commit. Single: one visit a push against
one commit of a visit row and a change row. CPU microseconds a visit, server and database together (the sender's not
counted); on SQLite also the rate, because there the database is the server.
"""

import argparse
import itertools
import os
import random
import statistics
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psutil
from common import PHONES, analysed, caseload, cpu, deployment, interleaved, postmaster, send_all, visits
from sqlalchemy import text

from fieldsvc.kit.site import Site
from tests.support.processes import Deployment

NUMBERS = itertools.count()


def pushed(
    running: Deployment, site: Site, bearers: list[str], chance: random.Random, per: int, each: int
) -> Callable[[], Any]:
    """``each`` pushes of ``per`` visits by every phone at once."""
    total = per * each * len(bearers)

    def measure() -> tuple[float, float]:
        phones = [(bearer, [visits(worker, per, chance) for _ in range(each)]) for worker, bearer in enumerate(bearers, 1)]
        server, store = [psutil.Process(running.server.running.pid)], postmaster(site)
        before = cpu(*server), cpu(*store)
        pace = total / send_all(running.port, phones)
        spent = cpu(*server) - before[0], cpu(*store) - before[1]
        print(f"  server {spent[0] / total * 1e6:.0f} + database {spent[1] / total * 1e6:.0f} µs/visit", flush=True)
        return sum(spent) / total * 1e6, pace

    return measure


def clone(site: Site) -> None:
    """Empty twins of the two tables, with the same keys and indexes."""
    with site.db.engine.begin() as connection:
        if site.db.dialect == "postgresql":
            for table in ("visits", "feed"):
                connection.exec_driver_sql(f"CREATE TABLE raw_{table} (LIKE {table} INCLUDING ALL)")
            return
        for kind, sql in connection.exec_driver_sql(
            "SELECT type, sql FROM sqlite_master WHERE tbl_name IN ('visits', 'feed') AND sql IS NOT NULL").all():
            named = sql.replace("visits", "raw_visits", 1) if "visits" in sql else sql.replace("feed", "raw_feed", 1)
            connection.exec_driver_sql(named.replace("INDEX raw_visits", "INDEX ix_raw").replace("ON visits", "ON raw_visits")
                                       if kind == "index" else named)  # fmt: skip


def bare(site: Site, total: int, per: int) -> Callable[[], Any]:
    """The same rows, read back once and written with new ids by the driver alone."""
    with site.db.engine.connect() as connection:
        rows = {t: connection.execute(text(f"SELECT * FROM {t} WHERE {w} LIMIT {total}")).mappings().all()
                for t, w in (("visits", "true"), ("feed", "tbl = 3"))}  # fmt: skip
    columns = {table: list(found[0]) for table, found in rows.items()}
    mark = "%s" if site.db.dialect == "postgresql" else "?"
    sql = {t: f"INSERT INTO raw_{t} ({','.join(c)}) VALUES ({','.join([mark] * len(c))})" for t, c in columns.items()}

    def fresh(table: str) -> list[tuple[Any, ...]]:
        changed = "id" if table == "visits" else "seq"
        made = []
        for row in rows[table]:
            new = str(uuid4()) if changed == "id" else 10**9 + next(NUMBERS)
            made.append(tuple((dict(row) | {changed: new})[c] for c in columns[table]))
        return made

    def measure() -> tuple[float, float]:
        batches = {t: fresh(t) for t in rows}
        connection = site.db.engine.raw_connection()
        me, others = psutil.Process(), postmaster(site)
        before, started = _own(me) + cpu(*others), time.monotonic()
        cursor = connection.cursor()
        for start in range(0, total, per):
            if site.db.dialect == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            for table, made in batches.items():
                _write(cursor, sql[table], made[start : start + per])
            cursor.execute("COMMIT") if site.db.dialect == "sqlite" else connection.commit()
        spent, wall = _own(me) + cpu(*others) - before, time.monotonic() - started
        connection.close()
        return spent / total * 1e6, total / wall

    return measure


def _write(cursor: Any, sql: str, rows: list[tuple[Any, ...]]) -> None:
    cursor.execute(sql, rows[0]) if len(rows) == 1 else cursor.executemany(sql, rows)


def _own(me: psutil.Process) -> float:
    spent = me.cpu_times()
    return spent.user + spent.system


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--engine", choices=["postgresql", "sqlite"], default="postgresql")
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    chance = random.Random(7)
    with deployment(asked.engine) as (running, site):
        bearers = caseload(site)
        analysed(site)
        clone(site)
        for name, per, each, links in (("batch", 100, 4, PHONES), ("single", 1, 100, 4)):
            push = pushed(running, site, bearers[:links], chance, per, each)
            push()
            report(asked.engine, name, interleaved(asked.rounds, push=push, bare=bare(site, per * each * links, per)))


def report(engine: str, name: str, found: dict[str, list[Any]]) -> None:
    spent = {who: [cost for cost, _ in values] for who, values in found.items()}
    rate = {who: [pace for _, pace in values] for who, values in found.items()}
    ratios = sorted(a / b for a, b in zip(spent["push"], spent["bare"], strict=True))
    shares = sorted(a / b for a, b in zip(rate["push"], rate["bare"], strict=True))
    print(f"{engine} {name}: push {span(spent['push'])} µs/visit, bare {span(spent['bare'])} µs/visit, CPU ratio "
          f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}); push {span(rate['push'])}/s, bare "
          f"{span(rate['bare'])}/s, rate {statistics.median(shares):.0%} ({shares[0]:.0%} to {shares[-1]:.0%}); load average "
          f"{os.getloadavg()[0]:.1f}", flush=True)  # fmt: skip


def span(values: list[float]) -> str:
    """The median, and from what to what."""
    return f"{statistics.median(values):.0f} ({min(values):.0f} to {max(values):.0f})"


if __name__ == "__main__":
    main()
