"""Re-screening stored persons: a first screening, then one with 5 % of the persons changed; CPU and seconds by stage.

    python bench/rescreen.py --persons 100000 [--engine postgresql]
"""

import argparse
import random
import resource
import time
from dataclasses import replace
from typing import Any

import common
from sqlalchemy import insert, update

from fieldsvc.facts.models import DirtyHousehold, FactDocument
from fieldsvc.households.models import Household, Person
from fieldsvc.kit import clock
from fieldsvc.screening import examine, service
from tests.eligibility.properties import homes
from tests.eligibility.test_properties import world
from tests.support.jiaozhou import SAMPLES, departments

PART = 2_000
STAGES: dict[str, float] = {}


def timed(name: str, work: Any) -> Any:
    def run(*args: Any, **options: Any) -> Any:
        began = time.perf_counter()
        try:
            return work(*args, **options)
        finally:
            STAGES[name] = STAGES.get(name, 0.0) + time.perf_counter() - began

    return run


def fill(site: Any, persons: int) -> list[str]:
    """Households of random facts, three persons on average, with documents as screening leaves them."""
    made, ids, count = homes(world("jiaozhou"), 1, persons // 2 + 10), [], 0
    now = clock.now()
    stamp = {"county_code": site.county, "source": "import", "created_at": now, "updated_at": now}
    for start in range(0, len(made), PART):
        rows: dict[Any, list[dict[str, Any]]] = {Household: [], Person: [], FactDocument: []}
        for home in made[start : start + PART]:
            if count >= persons or not home.persons:
                continue
            ids.append(home.id)
            rows[Household].append(stamp | {"id": home.id, "name": home.id, "village_code": "370281001001", "area": "rural"})
            rows[FactDocument].append(document(site.county, home.id, home.id, "household", home.facts))
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


def screen(site: Any, label: str) -> None:
    STAGES.clear()
    began, cpu, done = time.perf_counter(), time.process_time(), 0
    while found := service.screen_due(site, departments(), 1_000):
        done += found
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in STAGES.items())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{label}: {done} households in {wall:.1f} s ({spent:.1f} s CPU, {spent / max(done, 1) * 1000:.2f} ms a household); "
          f"{told}; peak {peak} MB", flush=True)  # fmt: skip


def change(site: Any, ids: list[str], chance: random.Random) -> None:
    """One person in twenty earns something else; every household is to be screened."""
    chosen = chance.sample(ids, len(ids) // 20)
    with site.db.write() as session:
        rows = session.query(FactDocument).where(FactDocument.subject == "person", FactDocument.household_id.in_(chosen)).all()
        for row in rows:
            told = row.document | {"income_month": [str(chance.randrange(3000)), "2026-11-01T00:00:00.000000+00:00", "visit", "w", 2]}
            session.execute(update(FactDocument).where(FactDocument.subject_id == row.subject_id).values(document=told, n=row.n + 1))
        session.execute(insert(DirtyHousehold), [
            {"county_code": site.county, "household_id": i, "generation": 1, "marked_at": clock.now(), "failures": 0, "set_aside": False}
            for i in ids
        ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    asked = parser.parse_args()
    for module, name in ((examine, "gather"), (examine, "evaluate"), (service, "settle"), (service, "add_needs")):
        setattr(module, name, timed(name, getattr(module, name)))
    with common.deployment(asked.engine) as (running, bare):
        running.stop()
        site = replace(bare, settings=replace(bare.settings, supplements=SAMPLES, screening_seconds=120.0))
        ids = fill(site, asked.persons)
        screen(site, f"first screening, {asked.persons} persons")
        change(site, ids, random.Random(2))
        screen(site, "again, 5 % changed")


if __name__ == "__main__":
    main()
