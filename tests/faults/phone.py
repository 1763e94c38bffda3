"""A phone that never gives up: it sends the same bytes until somebody acknowledges them."""

import json
import random
import threading
import time
from typing import Any
from uuid import UUID

import requests

from tests.faults.ledger import APPLIED, HELD, QUARANTINED, Ledger
from tests.support.field import Person
from tests.support.jiaozhou import UNINSURED
from tests.support.river import VILLAGE, uid


class Phone(threading.Thread):
    def __init__(self, url: str, number: int, homes: int, seed: int, ledger: Ledger) -> None:
        super().__init__(daemon=True)
        self.url, self.number, self.homes, self.ledger = url, number, homes, ledger
        self.dice = random.Random(seed * 1000 + number)
        self.ready, self.stop, self.enough = threading.Event(), threading.Event(), threading.Event()

    def run(self) -> None:
        self.http = self.logged_in()
        self.ready.set()
        later: list[dict[str, Any]] = []
        while not (self.stop.is_set() or self.enough.is_set()):
            changes, late = self.batch()
            self.deliver({"visits": {"created": changes}})
            later += late
            if later and self.dice.random() < 0.4:
                self.deliver({"households": {"created": later}})
                later = []
            time.sleep(self.dice.uniform(0.01, 0.08))
        if later:
            self.deliver({"households": {"created": later}})

    def logged_in(self) -> requests.Session:
        while not self.stop.is_set():
            try:
                return Person(self.url, f"u{10 + self.number}").http
            except (requests.RequestException, AssertionError):
                time.sleep(0.2)
        raise SystemExit

    def finish(self, seconds: float = 60) -> None:
        """Send what is still here, then stop."""
        self.enough.set()
        self.join(seconds)
        assert not self.is_alive(), "a push was never acknowledged"

    def batch(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        visits, households = [], []
        for _ in range(self.dice.choice((1, 1, 2, 5))):
            luck = self.dice.random()
            if luck < 0.1:
                visits.append(self.visit(QUARANTINED, self.any_home(), {"insured": "perhaps"}))
            elif luck < 0.2:
                new = self.new_id()
                households.append({"id": new, "name": "新户", "village_code": VILLAGE})
                visits.append(self.visit(HELD, new, UNINSURED, person=False))
            else:
                visits.append(self.visit(APPLIED, self.any_home(), UNINSURED))
        return visits, households

    def any_home(self) -> str:
        return f"crash-{self.number}-{self.dice.randrange(self.homes)}"

    def visit(self, expected: str, home: str, answers: dict[str, Any], person: bool = True) -> dict[str, Any]:
        record = {"id": self.new_id(), "household_id": uid(home) if person else home,
                  "person_id": uid(f"{home}/p1") if person else None, "form_id": "medical_visit", "form_version": "1",
                  "answers": json.dumps(answers), "started_at": None, "finished_at": None}  # fmt: skip
        self.ledger.wrote(record, expected, 10 + self.number)
        return record

    def new_id(self) -> str:
        return str(UUID(int=self.dice.getrandbits(128), version=4))

    def deliver(self, changes: dict[str, Any]) -> None:
        body = json.dumps({"changes": changes, "last_pulled_at": 1}).encode()
        sent = 0
        while not self.stop.is_set():
            sent += 1
            answer = self.post(body)
            if answer is not None and answer.status_code == 200:
                self.ledger.acknowledged(answer.json()["verdicts"], sent)
                return
            if answer is not None:
                self.ledger.refused(answer.status_code)
            time.sleep(self.dice.uniform(0.02, 0.2))

    def post(self, body: bytes) -> requests.Response | None:
        try:
            return self.http.post(f"{self.url}/api/v1/sync/push", data=body, timeout=20)
        except requests.RequestException:
            self.ledger.count("connections lost")
            return None
