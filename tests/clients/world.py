"""A small township on a running server: two grid workers (网格员), their caseloads, one form, open tasks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from sqlalchemy import func, select
from werkzeug.serving import make_server

from fieldsvc import wiring
from fieldsvc.accounts import passwords
from fieldsvc.accounts import service as accounts
from fieldsvc.accounts.rules import GRID_WORKER
from fieldsvc.app import create_app
from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.households import assignments, service
from fieldsvc.households.models import Assignment, Task
from fieldsvc.households.rules import check_character
from fieldsvc.kit import clock
from fieldsvc.kit.ids import new_id
from fieldsvc.kit.site import Site
from fieldsvc.visits import service as visits
from fieldsvc.visits.models import SetAside, Visit, VisitRevision
from tests.clients.phones import Phone
from tests.support.river import COUNTY, VILLAGE, publish_form

PASSWORD = "走访员的一句长密码要够长"
GOOD, OTHER = {"note": "甲"}, {"note": "乙"}
CASELOADS = {"ann": 16, "bob": 6}
FORM = """| survey | | | |
| | type | name | label | bind::fieldsvc:identifier |
| | text | note | 备注 | |
| | integer | meals | 每日餐数 | |
| | text | holder | 开户人身份证号 | id_number |
| settings | | | |
| | form_title | form_id | version |
| | 走访 | home | 1 |
"""


def publish(site: Site) -> None:
    wiring.connect()
    with site.db.write() as session:
        publish_form(session, FORM, "home.md")


class World:
    """``number`` keeps the workers and identity numbers of one test apart from those of another on the same server."""

    def __init__(self, site: Site, url: str, number: int = 1):
        self.site, self.url, self.number = site, url, number
        self.phones: list[Phone] = []
        self.ids: dict[str, int] = {}

    def username(self, worker: str) -> str:
        return f"{worker}{self.number}"

    def seed(self) -> None:
        secret = passwords.hashed(PASSWORD)
        with self.site.db.write() as session:
            for name in CASELOADS:
                told = {"username": self.username(name), "name": name, "role": GRID_WORKER, "region": VILLAGE}
                self.ids[name] = accounts.create_account(session, COUNTY, password_hash=secret, **told).id
        for worker, (name, size) in enumerate(CASELOADS.items()):
            with self.site.db.write() as session:
                homes = [self._household(session, worker * 100 + number) for number in range(size)]
                assignments.grant(session, COUNTY, self.ids[name], homes)

    def _household(self, session, number: int) -> str:
        told = {"name": f"户{number}", "village_code": VILLAGE, "area": "rural", "phone": f"1390000{number:04}"}
        home = service.create_household(session, self.site.vault, COUNTY, told, source="import").id
        for member in range(3):
            body = f"370281195{member}{self.number % 12 + 1:02}{self.number // 12 + 1:02}{number:03}"
            told = {"name": f"人{number}-{member}", "id_number": body + check_character(body)}
            service.create_person(session, self.site.vault, COUNTY, home, told, source="import")
        session.add(Task(county_code=COUNTY, id=new_id(), household_id=home, kind="visit", title="季度走访",
                         due_on=date(2025, 3, 31), status="open", updated_at=clock.now()))  # fmt: skip
        session.flush()
        return home

    def bare_phone(self, database: Path | None = None) -> Phone:
        self.phones.append(Phone(database))
        return self.phones[-1]

    def phone(self, worker: str, database: Path | None = None, sync: bool = True) -> Phone:
        phone = self.bare_phone(database)
        phone.login(self.url, self.username(worker), PASSWORD)
        phone.worker = worker
        if sync:
            phone.settle()
        return phone

    def caseload(self, worker: str) -> set[str]:
        mine = Assignment.account_id == self.ids[worker], Assignment.active
        with self.site.db.read() as session:
            return set(session.scalars(select(Assignment.household_id).where(*mine)))

    def one(self, worker: str) -> str:
        return min(self.caseload(worker))

    def form(self, phone: Phone) -> dict:
        return phone.dump("forms")["forms"][0]

    def move(self, household: str, giver: str, taker: str) -> None:
        with self.site.db.write() as session:
            assignments.grant(session, COUNTY, self.ids[taker], [household])
            assignments.revoke(session, COUNTY, self.ids[giver], [household])

    def swap(self, household: str) -> None:
        """To the other worker, whoever has it."""
        giver = next((name for name in self.ids if household in self.caseload(name)), None)
        if giver:
            self.move(household, giver, next(name for name in self.ids if name != giver))

    def visits(self, visit_id: str) -> list[int]:
        """The revisions the server has of a visit, oldest first; the last is the current one."""
        with self.site.db.read() as session:
            earlier = select(VisitRevision.revision).where(VisitRevision.visit_id == visit_id)
            current = select(Visit.revision).where(Visit.id == visit_id)
            return sorted(session.scalars(earlier)) + list(session.scalars(current))

    def answers(self, visit_id: str) -> dict:
        """As stored, identifiers and all."""
        with self.site.db.read() as session:
            sealed = session.get_one(Visit, (COUNTY, visit_id)).answers_sealed
        told = json.loads(self.site.vault.open(sealed, visits.COLUMN))["answers"]
        return json.loads(told) if isinstance(told, str) else told

    def set_aside(self) -> dict[str, str]:
        with self.site.db.read() as session:
            mine = SetAside.author_id.in_(self.ids.values())
            return {row.record_id: row.state for row in session.scalars(select(SetAside).where(mine))}

    def screened(self, seconds: float = 60) -> None:
        """Wait until the background worker has no household left to look at."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            with self.site.db.read() as session:
                if not session.scalar(select(func.count()).select_from(DirtyHousehold)):
                    return
            time.sleep(0.1)
        raise AssertionError(f"households still wait for screening after {seconds} s")

    def close(self) -> None:
        for phone in self.phones:
            phone.close()


@contextmanager
def in_process(site: Site) -> Iterator[str]:
    """The URL of a server in this process, for a test that has to reach into it."""
    server = make_server("127.0.0.1", 0, create_app(site), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
