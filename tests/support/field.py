"""People over HTTP: log in, push a visit, read alerts, as phones and desks do."""

import json
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import requests
from sqlalchemy import update

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.passwords import hashed
from fieldsvc.kit.site import Site

PASSWORD = "a long enough sentence"


def give_passwords(site: Site) -> None:
    """Every account of the county may log in with ``PASSWORD``."""
    secret = hashed(PASSWORD)
    with site.db.write() as session:
        session.execute(update(Account).values(password_hash=secret))


@dataclass
class Person:
    """A signed-in account on one device, with a connection it keeps."""

    url: str
    username: str

    def __post_init__(self) -> None:
        self.http = requests.Session()
        login = {"username": self.username, "password": PASSWORD, "device_id": str(uuid4())}
        answer = self.http.post(f"{self.url}/api/v1/auth/login", json=login, timeout=30)
        assert answer.status_code == 200, answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(f"{self.url}{path}", params=query, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def push(self, changes: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.http.post(f"{self.url}/api/v1/sync/push", json={"changes": changes, "last_pulled_at": 1}, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()["verdicts"]

    def visit(self, home: str, person: str | None, form: str, answers: dict[str, Any]) -> str:
        """Push one finished visit; its id."""
        record = {"id": str(uuid4()), "household_id": home, "person_id": person, "form_id": form, "form_version": "1",
                  "answers": json.dumps(answers), "started_at": None, "finished_at": None}  # fmt: skip
        (verdict,) = self.push({"visits": {"created": [record]}})
        assert verdict["verdict"] == "applied", verdict
        return record["id"]

    def wait_for(self, found: Any, seconds: float = 15.0) -> float:
        """Poll ``found()`` until it is true; the seconds it took."""
        began = time.monotonic()
        while not found():
            if time.monotonic() - began > seconds:
                raise AssertionError(f"not within {seconds} s")
            time.sleep(0.01)
        return time.monotonic() - began
