"""What the township's and the county's desk cost with 50,000 open alerts: server time, queries and bytes of a page.

    uv run python bench/desk.py [--engine postgresql|sqlite] [--alerts 50000] [--rounds 9]

60,000 alerts of 20,000 households in 40 villages of 4 townships, five in six of them open, each open one with a running
deadline; reasons of a real size (6 KB). Milliseconds of a whole request in this process, session and rendering included, the
median of the rounds.
"""

import argparse
import re
import statistics
import tempfile
import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from common import Database, Settings, Site, connect, databases, postgres, vault
from sqlalchemy import insert, text

from fieldsvc.accounts import service
from fieldsvc.accounts.regions import load_regions
from fieldsvc.alerts.models import Alert
from fieldsvc.app import create_app
from fieldsvc.deadlines.models import Deadline
from fieldsvc.departments.web import KEY
from fieldsvc.households.models import Household, Person
from tests.support.accounts import HASH, PASSWORD
from tests.support.jiaozhou import departments, sampled
from tests.support.river import COUNTY, uid
from tests.support.statements import statements_of

TOWNSHIPS, VILLAGES = 4, 40
NOW = datetime.now(UTC).replace(microsecond=0)
REASONS = {"on": "2026-01-01", "office": "", "conditions": [], "amount": None, "unless": [], "filler": "由" * 2_000}
KINDS, SEVERITIES = ("carry_out", "joint_study", "verify_and_end"), ("high", "medium", "low")


def village(n: int) -> str:
    return f"{COUNTY}{n % TOWNSHIPS + 1:03}{n % VILLAGES + 1:03}"


def alert(n: int) -> dict[str, Any]:
    home, closed = n % 20_000, n % 6 == 5
    return {
        "county_code": COUNTY, "id": uid(f"alert{n}"), "rule_id": f"rule.{n // 20_000}", "subject": "person",
        "subject_id": uid(f"p{home}"), "household_id": uid(f"h{home}"), "person_id": uid(f"p{home}"), "village_code": village(home),
        "klass": "general", "kind": KINDS[n % 3], "severity": SEVERITIES[n // 3 % 3], "duty": "medical_insurance", "title": "应参保未参保",
        "message": "请核实", "reasons": REASONS, "channels": [{"channel": "visit", "source": "", "as_of": "2026-01-01"}],
        "found_by": "visit" if n % 4 else "matching", "finder_id": n % 30 + 10, "fingerprint": str(n),
        "status": "closed" if closed else "open", "verification": None, "opened_at": NOW - timedelta(minutes=n),
        "closed_at": NOW if closed else None, "assignee_id": None,
    }  # fmt: skip


def clock(n: int) -> dict[str, Any]:
    home = n % 20_000
    return {
        "county_code": COUNTY, "id": uid(f"clock{n}"), "subject": "alert", "subject_id": uid(f"alert{n}"), "household_id": uid(f"h{home}"),
        "village_code": village(home), "klass": "general", "kind": "verify", "variant": "", "started_at": NOW - timedelta(days=3),
        "due_at": NOW + timedelta(minutes=n - 2_000), "provisional": False, "source": None, "computed_on": NOW.date(),
    }  # fmt: skip


def fill(site: Site, alerts: int) -> None:
    common = {"county_code": COUNTY, "source": "import", "created_at": NOW, "updated_at": NOW, "versions": {}}
    homes = [{**common, "id": uid(f"h{n}"), "name": f"第{n}户", "village_code": village(n)} for n in range(20_000)]
    persons = [
        {**common, "id": uid(f"p{n}"), "household_id": uid(f"h{n}"), "name": f"人{n}", "identity_kind": "none"}
        for n in range(20_000)
    ]
    total = alerts * 6 // 5
    with site.db.write() as session:
        names = {f"{COUNTY}{n + 1:03}": f"镇{n + 1}" for n in range(TOWNSHIPS)} | {
            village(n): f"村{n + 1}" for n in range(VILLAGES)
        }
        load_regions(session, COUNTY, names)
        session.execute(insert(Household), homes)
        session.execute(insert(Person), persons)
        for start in range(0, total, 5_000):
            session.execute(insert(Alert), [alert(n) for n in range(start, min(total, start + 5_000))])
        session.execute(insert(Deadline), [clock(n) for n in range(total) if n % 6 != 5])
        for name, role, region in (("town", "township_officer", f"{COUNTY}001"), ("county", "county_officer", COUNTY)):
            service.create_account(
                session, COUNTY, username=name, password_hash=HASH, name=name, role=role, region=region
            )
    with site.db.write() as session:
        session.execute(text("ANALYZE"))


def signed_in(app: Any, name: str) -> Any:
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/console/login").get_data(as_text=True))
    assert token
    client.post("/console/login", data={"csrf_token": token[1], "username": name, "password": PASSWORD})
    return client


def measure(site: Site, client: Any, address: str, rounds: int) -> tuple[float, int, int]:
    """Median milliseconds, queries and bytes of one address."""
    times = []
    with statements_of(site.db) as asked:
        for _ in range(rounds + 1):
            asked.clear()
            began = time.perf_counter()
            got = client.get(address)
            times.append((time.perf_counter() - began) * 1000)
            assert got.status_code == 200, got.get_data(as_text=True)
    return statistics.median(times[1:]), len(asked), len(got.get_data())


PAGES = ("/console/desk", "/console/desk?page=200", "/console/desk?severity=high&channel=visit", "/console/desk?state=overdue",
         f"/console/desk?village={village(3)}", "/console/desk?assignee=mine")  # fmt: skip


def run(engine: str, alerts: int, rounds: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="fieldsvc-bench-"))
    with postgres.start() if engine == "postgresql" else nullcontext() as pattern:
        url = f"sqlite:///{folder}/bench.db"
        if pattern:
            with psycopg.connect(pattern.format("postgres"), autocommit=True) as admin:
                admin.execute("CREATE DATABASE bench")
            url = pattern.format("bench")
        databases.prepare(url)
        connect()
        settings = Settings(home=folder / "home", database_url=url)
        settings.home.mkdir()
        site = Site(settings, Database(url), vault(settings.home))
        fill(site, alerts)
        app = create_app(sampled(site))
        app.extensions[KEY] = departments()
        print(f"{engine}, {alerts} open alerts")
        for name in ("town", "county"):
            client = signed_in(app, name)
            for address in PAGES:
                ms, queries, size = measure(site, client, address, rounds)
                print(f"  {name:7} {address:45} {ms:7.1f} ms {queries:3} queries {size / 1000:6.1f} kB")
        site.db.dispose()


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    given.add_argument("--alerts", type=int, default=50_000)
    given.add_argument("--rounds", type=int, default=9)
    run(**vars(given.parse_args()))
