"""From push answered to alert readable through ``GET /api/v1/alerts``.

    uv run python bench/latency.py [--engine postgresql|sqlite] [--samples 20] [--idle 15]

gunicorn and the background worker as they run; one phone pushes a visit that must raise an alert, one officer reads. Seconds
from the push's answer to the first answer that shows the alert: one push after the other, and after ``--idle`` seconds of
nothing.
"""

import argparse
import statistics
import time
from dataclasses import replace

from common import deployment

from tests.support.field import Person, give_passwords
from tests.support.jiaozhou import SAMPLES, UNINSURED, open_township, sampled
from tests.support.processes import Deployment
from tests.support.river import uid


def latency(worker: Person, officer: Person, home: str) -> float:
    worker.visit(uid(home), uid(f"{home}/p1"), "medical_visit", UNINSURED)
    return officer.wait_for(lambda: readable(officer, home))


def readable(officer: Person, home: str) -> bool:
    return bool(officer.get("/api/v1/alerts", household_id=uid(home))["items"])


def told(name: str, found: list[float]) -> str:
    return f"{name}: median {statistics.median(found):.2f} s, worst {max(found):.2f} s of {len(found)}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--engine", choices=["postgresql", "sqlite"], default="postgresql")
    options.add_argument("--samples", type=int, default=20)
    options.add_argument("--idle", type=float, default=15)
    asked = options.parse_args()
    idle = 5
    with deployment(asked.engine) as (plain, site):
        plain.stop()
        homes = [f"home{n}" for n in range(asked.samples + idle + 1)]
        open_township(sampled(site), *homes)
        give_passwords(site)
        running = Deployment(replace(site.settings, supplements=SAMPLES), hands=2)
        running.start()
        try:
            worker, officer = Person(running.url, "u1"), Person(running.url, "u2")
            latency(worker, officer, homes.pop())
            print(told(f"{asked.engine}, one after the other", [latency(worker, officer, homes.pop()) for _ in range(asked.samples)]))
            found = []
            for home in homes:
                time.sleep(asked.idle)
                found.append(latency(worker, officer, home))
            print(told(f"{asked.engine}, after {asked.idle:.0f} s idle", found))
        finally:
            running.stop()


if __name__ == "__main__":
    main()
