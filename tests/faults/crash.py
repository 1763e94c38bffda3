"""Server and worker killed again and again under load from four phones: nothing acknowledged is lost, nothing happens twice.

``python -m tests.faults.crash --seed 1 --count 40 [--engine postgresql]`` prints the figures; the tests play a short one.
"""

import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field

import psutil
from sqlalchemy import select, update

from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.kit.site import Site
from tests.faults.ledger import Ledger, faults
from tests.faults.phone import Phone
from tests.support.field import give_passwords
from tests.support.jiaozhou import open_township, sampled
from tests.support.processes import Deployment
from tests.support.river import account, assign, uid

PHONES, HOMES = 4, 40
VICTIMS = ("server", "worker", "server and worker", "one server process", "one worker process")


def home(phone: int, number: int) -> str:
    return f"crash-{phone}-{number}"


def settle_town(site: Site, homes: int) -> None:
    """Four workers with a caseload each; a visit to any of these households must raise one alert of the medical office."""
    names = [home(phone, number) for phone in range(PHONES) for number in range(homes)]
    open_township(site, *names)
    with site.db.write() as session:
        for phone in range(PHONES):
            account(session, 10 + phone)
            session.flush()
            for number in range(homes):
                assign(session, uid(home(phone, number)), 10 + phone)
    give_passwords(site)


@dataclass
class Campaign:
    """``patient``: leases of killed workers run out by themselves (60 s) instead of being cut short while nobody works."""

    site: Site
    seed: int
    homes: int = HOMES
    pause: tuple[float, float] = (0.2, 1.2)
    patient: bool = False
    kills: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.ledger = Ledger()
        settle_town(self.site, self.homes)
        self.running = Deployment(self.site.settings, hands=1, workers=2, threads=4)

    def run(self, count: int) -> list[str]:
        """Kill ``count`` times, let everything come to rest, and say what is wrong."""
        self.running.start()
        phones = [Phone(self.running.url, n, self.homes, self.seed, self.ledger) for n in range(PHONES)]
        try:
            for phone in phones:
                phone.start()
            assert all(phone.ready.wait(60) for phone in phones), "no phone could log in"
            for _ in range(count):
                time.sleep(self.dice.uniform(*self.pause))
                self.kill(self.dice.choice(VICTIMS))
            for phone in phones:
                phone.finish()
            unsettled = self.rest()
        finally:
            for phone in phones:
                phone.stop.set()
            self.running.kill()
        return unsettled + faults(self.site, self.ledger)

    def kill(self, victim: str) -> None:
        self.kills[victim] += 1
        if victim.startswith("one"):
            self.kill_child(self.running.server if "server" in victim else self.running.worker)
            return
        if "server" in victim:
            self.running.server.kill()
        if "worker" in victim:
            self.running.worker.kill()
            self.cut_leases()
        time.sleep(self.dice.uniform(0, 0.3))
        if "server" in victim:
            self.running.server.start()
        if "worker" in victim:
            self.running.worker.start()
        self.running.wait()

    def kill_child(self, parent) -> None:  # type: ignore[no-untyped-def]
        children = psutil.Process(parent.running.pid).children()
        if children:
            self.dice.choice(children).send_signal(signal.SIGKILL)

    def cut_leases(self) -> None:
        if not self.patient:
            with self.site.db.write() as session:
                session.execute(update(DirtyHousehold).values(lease_until=None))

    def rest(self, seconds: float = 150) -> list[str]:
        """Until nothing is due. A hand that was killed alone leaves its lease behind."""
        if not self.patient:
            self.running.worker.kill()
            self.cut_leases()
            self.running.worker.start()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            with self.site.db.read() as session:
                marks = session.scalars(select(DirtyHousehold)).all()
            if all(mark.set_aside for mark in marks):
                return [f"set aside: {mark.household_id} {mark.last_error}" for mark in marks]
            time.sleep(0.2)
        return [f"{len(marks)} households were never screened"]

    def report(self) -> str:
        told = {**self.kills, **self.ledger.counts}
        return ", ".join(f"{name}: {count}" for name, count in told.items())


def main() -> None:
    import argparse
    import tempfile
    from contextlib import nullcontext
    from pathlib import Path

    from fieldsvc.kit.crypto import vault
    from fieldsvc.kit.db import Database
    from fieldsvc.kit.settings import Settings
    from fieldsvc.wiring import connect
    from tests.support import databases, postgres

    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--count", type=int, default=40)
    options.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    options.add_argument("--patient", action="store_true", help="wait for the leases of killed workers to run out")
    asked = options.parse_args()
    connect()
    folder = Path(tempfile.mkdtemp(prefix="fieldsvc-crash-"))
    templates = {"folder": folder}
    with postgres.start() if asked.engine == "postgresql" else nullcontext("") as pattern:
        copied = databases.postgres_copy(templates, pattern) if pattern else nullcontext(databases.sqlite_copy(templates, folder))
        with copied as url:
            settings = Settings(home=folder / "home", database_url=url)
            settings.home.mkdir()
            site = sampled(Site(settings, Database(url), vault(settings.home)))
            begun = time.monotonic()
            campaign = Campaign(site, asked.seed, patient=asked.patient)
            wrong = campaign.run(asked.count)
            print(f"{asked.engine}, seed {asked.seed}, {time.monotonic() - begun:.0f} s, {campaign.report()}")
            site.db.dispose()
    print(*wrong, f"{len(wrong)} faults", sep="\n")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
