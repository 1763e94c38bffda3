"""What the pages of a household with 200 entries on its aid chain cost: server time, statements and bytes.

    uv run python bench/household.py [--entries 200] [--rounds 9]

A household of 8 persons on SQLite, screened under Jiaozhou's rules. Milliseconds of a whole request in this process, session,
hashes and rendering included, the median of the rounds.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from common import Database, Settings, Site, connect, databases, vault

from fieldsvc.accounts.models import Account
from fieldsvc.aidchain.service import append
from fieldsvc.app import create_app
from fieldsvc.departments.web import KEY
from fieldsvc.screening.service import screen_due
from tests.support import river
from tests.support.accounts import HASH
from tests.support.jiaozhou import departments, open_township, sampled
from tests.support.pages import Browser
from tests.support.river import COUNTY, uid
from tests.support.statements import statements_of

PAGES = ("", "/facts", "/reasons", "/visits", "/chain", "/chain/print", "/honesty", "/access")


def fill(site: Site, entries: int) -> None:
    open_township(site, "a")
    with site.db.write() as session:
        river.household(session, "big", persons=tuple(f"p{n}" for n in range(8)), tier="dibao")
        river.account(session, 9, "township_officer", "370281001")
        session.flush()
        for n in range(entries):
            append(session, COUNTY, uid("big"), "aid", "经办人", {"title": f"第 {n} 次帮扶", "note": "米面油"})
    with site.db.write() as session:
        session.get_one(Account, (COUNTY, 9)).password_hash = HASH
    while screen_due(site, departments()):
        pass


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--entries", type=int, default=200)
    asked.add_argument("--rounds", type=int, default=9)
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="fieldsvc-bench-") as folder:
        url, home = f"sqlite:///{folder}/bench.db", Path(folder) / "home"
        home.mkdir()
        databases.prepare(url)
        connect()
        site = sampled(Site(Settings(home=home, database_url=url), Database(url), vault(home)))
        fill(site, wanted.entries)
        measure(site, wanted.rounds)


def measure(site: Site, rounds: int) -> None:
    app = create_app(site)
    app.extensions[KEY] = departments()
    browser = Browser(app)
    browser.sign_in("u9")
    for page in PAGES:
        times = []
        with statements_of(site.db) as asked:
            for _ in range(rounds + 1):
                asked.clear()
                began = time.perf_counter()
                answer = browser.client.get(f"/console/households/{uid('big')}{page}")
                times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, (page, answer.status_code)
        print(f"{page or '/':14} {statistics.median(times[1:]):7.1f} ms  {len(asked):3} statements  {len(answer.data) / 1000:6.1f} kB")


if __name__ == "__main__":
    main()
