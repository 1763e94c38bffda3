"""Re-screening stored persons: a first screening, everything new, then one with 5 % of the persons changed; seconds by stage.

    python bench/rescreen.py --persons 100000 [--engine postgresql] [--processes 2]

Every household is in a worker's caseload, so that questions, visits and the feed are part of it, and more is known of it, at random,
than a visit ever tells: nine households in ten come to notice at the first screening.
"""

import argparse
import os
import random
import time
from collections import Counter
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import common
from sqlalchemy import insert, text, update

from fieldsvc.facts.models import DirtyHousehold, FactDocument
from fieldsvc.households.models import Assignment, Household, Person
from fieldsvc.kit import clock
from fieldsvc.kit.site import Site, open_site
from fieldsvc.screening import examine, service
from fieldsvc.screening.models import DeterminationRow
from fieldsvc.wiring import connect
from fieldsvc.worker import BATCH
from tests.eligibility.properties import homes
from tests.eligibility.test_properties import world
from tests.support.jiaozhou import SAMPLES, departments
from tests.support.river import account

PART = 2_000
WORKERS = 50
SIZES = 1, 2, 3, 3, 4, 5
MEASURED = ((examine, "gather", "read"), (examine, "learn", "read"), (examine, "_judge", "rules"),
            (service, "_work_out", "reasons and questions"), (service, "settle", "write"), (service, "settle_seen", "write"))  # fmt: skip


def fill(site: Any, persons: int) -> list[str]:
    """Households of random facts, three persons on average, with documents as screening leaves them. Persons are registered as
    of no sex and birth date, so that all their facts come from the documents."""
    made, ids, count = homes(world("jiaozhou"), 1, persons // 2 + 10, SIZES), [], 0
    now = clock.now()
    stamp = {"county_code": site.county, "source": "import", "created_at": now, "updated_at": now}
    with site.db.write() as session:
        for worker in range(1, WORKERS + 1):
            account(session, worker)
    for start in range(0, len(made), PART):
        rows: dict[Any, list[dict[str, Any]]] = {Household: [], Person: [], FactDocument: [], Assignment: []}
        for home in made[start : start + PART]:
            if count >= persons or not home.persons:
                continue
            ids.append(home.id)
            rows[Household].append(stamp | {"id": home.id, "name": home.id, "village_code": "370281001001", "area": "rural"})
            rows[FactDocument].append(document(site.county, home.id, home.id, "household", home.facts))
            rows[Assignment].append({"county_code": site.county, "household_id": home.id, "account_id": len(ids) % WORKERS + 1,
                                     "active": True, "granted_at": now})  # fmt: skip
            for person, facts in home.persons.items():
                count += 1
                rows[Person].append(stamp | {"id": person, "household_id": home.id, "name": person, "identity_kind": "none"})
                rows[FactDocument].append(document(site.county, person, home.id, "person", facts))
        with site.db.write() as session:
            for table, each in rows.items():
                if each:
                    session.execute(insert(table), each)
    return ids


def document(county: str, subject: str, home: str, kind: str, facts: dict[str, Any]) -> dict[str, Any]:
    told = {name: [value, "2026-10-01T00:00:00.000000+00:00", "visit", "v", 1] for name, value in facts.items()}
    return {"county_code": county, "subject_id": subject, "household_id": home, "subject": kind, "n": 1, "document": told, "visits": {}}


def timed(stages: Counter, name: str, work: Any) -> Any:
    def run(*args: Any, **options: Any) -> Any:
        began = time.process_time()
        try:
            return work(*args, **options)
        finally:
            stages[name] += time.process_time() - began

    return run


def hand(settings: Any, ready: Any, told: Any) -> None:
    """A worker's process: screens until nothing is due; tells households, CPU seconds by stage and in all, memory."""
    connect()
    site, stages = open_site(settings), Counter()
    for module, name, shown in MEASURED:
        setattr(module, name, timed(stages, shown, getattr(module, name)))
    departments()
    ready.wait()
    cpu, done = time.process_time(), 0
    while found := service.screen_due(site, departments(), BATCH):
        done += found
    told.put((done, dict(stages), time.process_time() - cpu, peak()))


def peak() -> int:
    """MB this program has held at most (``ru_maxrss`` would count what its parent held before)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def screen(site: Site, label: str, processes: int) -> float:
    """All that is due, by so many worker processes; prints and returns seconds."""
    spawn = get_context("spawn")
    ready, told = spawn.Barrier(processes + 1), spawn.Queue()
    hands = [spawn.Process(target=hand, args=(site.settings, ready, told)) for _ in range(processes)]
    for each in hands:
        each.start()
    ready.wait()
    began = time.perf_counter()
    found = [told.get() for _ in hands]
    for each in hands:
        each.join()
    wall, done, spent = time.perf_counter() - began, sum(f[0] for f in found), sum(f[2] for f in found)
    stages = sum((Counter(f[1]) for f in found), Counter())
    shown = ", ".join(f"{name} {seconds * 1000 / max(done, 1):.2f}" for name, seconds in stages.items())
    print(f"{label}: {done} households in {wall:.1f} s, {processes} processes, {spent:.1f} s CPU; ms CPU a household "
          f"{spent / max(done, 1) * 1000:.2f} ({shown}); peak {' + '.join(str(f[3]) for f in found)} MB; "
          f"load {os.getloadavg()[0]:.1f}", flush=True)  # fmt: skip
    return wall


CHANGE = text("UPDATE fact_documents SET document = :document, n = n + 1 WHERE county_code = :county AND subject_id = :subject")


def change(site: Any, ids: list[str], chance: random.Random) -> None:
    """One person in twenty, wherever it lives, earns something else; every household is to be screened."""
    with site.db.write() as session:
        rows = session.query(FactDocument.subject_id, FactDocument.document).where(FactDocument.subject == "person").yield_per(500)
        changed = []
        for row in rows:
            if chance.random() < 0.05:
                told = row.document | {"income_month": [str(chance.randrange(3000)), "2026-11-01T00:00:00.000000+00:00", "visit", "w", 2]}
                changed.append({"county": site.county, "subject": row.subject_id, "document": common.orjson.dumps(told).decode()})
        session.execute(CHANGE, changed)
    mark(site, ids)


def mark(site: Any, ids: list[str]) -> None:
    with site.db.write() as session:
        session.execute(insert(DirtyHousehold), [
            {"county_code": site.county, "household_id": i, "generation": 1, "marked_at": clock.now(), "failures": 0, "set_aside": False}
            for i in ids
        ])  # fmt: skip


def settled(site: Any) -> None:
    """As if the last screening had been the day before."""
    with site.db.write() as session:
        session.execute(update(DeterminationRow).values(on_date=clock.today().fromordinal(clock.today().toordinal() - 1)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    with common.deployment(asked.engine) as (running, bare):
        running.stop()
        site = replace(bare, settings=replace(bare.settings, supplements=SAMPLES))
        ids = fill(site, asked.persons)
        screen(site, f"first screening, {asked.persons} persons", asked.processes)
        change(site, ids, random.Random(2))
        settled(site)
        screen(site, "again, 5 % of the persons changed", asked.processes)


if __name__ == "__main__":
    main()
