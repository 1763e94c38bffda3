"""A batch of 100 households visited since they were last screened, with all six offices' rules; CPU a household by stage.

    python bench/visited.py [--households 100] [--rounds 7] [--engine postgresql]

Each household has three persons, as much known of it as of those in ``rescreen.py``, a worker, and one new medical visit that
raises or refreshes an alert. ``read``: documents, visits, opening and deriving the answers; ``rules``: frames, evaluation,
verdicts; ``reasons and questions``: explanations, alerts with their clauses, what to ask next; ``write``: facts,
determinations, alerts, aid chain, tasks, marks, feed.
"""

import argparse
import statistics
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import common
import rescreen
from sqlalchemy import select

from fieldsvc.forms.service import publish
from fieldsvc.households.models import Person
from fieldsvc.screening import service
from tests.support import river
from tests.support.jiaozhou import INPATIENT, SAMPLES, UNINSURED, departments


def visit_all(site: Any, ids: list[str], number: int) -> None:
    """One medical visit to each household, the answers other than the last time."""
    with site.db.write() as session:
        people = dict(session.execute(select(Person.household_id, Person.id)).all())
        for n, home in enumerate(ids):
            told = (INPATIENT | {"self_paid_year": 20_000 + number}) if (n + number) % 2 else UNINSURED
            river.visit(site, session, home, f"{home}-{number}", told, person=people[home], form="medical_visit",
                        at=river.DAY.replace(minute=number))  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    asked = parser.parse_args()
    rescreen.SIZES = (3,)
    with common.deployment(asked.engine) as (running, bare):
        running.stop()
        site = replace(bare, settings=replace(bare.settings, supplements=SAMPLES, screening_seconds=120.0))
        ids = rescreen.fill(site, asked.households * 3)
        with site.db.write() as session:
            for file in departments().form_files:
                publish(session, site.county, file.form, file.department, file.source, file.name)
        stages, rounds = Counter[str](), []
        for module, name, shown in rescreen.MEASURED:
            setattr(module, name, rescreen.timed(stages, shown, getattr(module, name)))
        server = common.postmaster(site)
        for number in range(asked.rounds + 1):
            visit_all(site, ids, number)
            stages.clear()
            cpu, theirs, done = time.process_time(), common.cpu(*server), 0
            while found := service.screen_due(site, departments(), asked.households):
                done += found
            spent = {"all": time.process_time() - cpu, "database": common.cpu(*server) - theirs, **stages}
            if number:
                rounds.append({name: seconds * 1000 / done for name, seconds in spent.items()})
            assert done == len(ids), done
    told = ", ".join(f"{name} {statistics.median(r.get(name, 0) for r in rounds):.2f}" for name in rounds[0] if name != "all")
    whole = [r["all"] + r["database"] for r in rounds]
    print(f"{len(ids)} visited households of three on {asked.engine}: median {statistics.median(whole):.2f} ms CPU a household "
          f"(least {min(whole):.2f}); {told}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
