"""A phone or a desk that speaks to the server over HTTP, with the standard library only."""

import http.client
import json
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4


class Refused(Exception):
    """The server answered with a problem; its ``detail`` is the text."""


class Client:
    """One account on one device. A phone keeps what it pulled in ``records`` and its cursor between pulls."""

    def __init__(self, host: str, port: int, username: str, password: str) -> None:
        self._http = http.client.HTTPConnection(host, port, timeout=30)
        self._token, self._cursor, self._epoch = "", 0, ""
        self.records: dict[str, dict[str, dict[str, Any]]] = {}
        login = {"username": username, "password": password, "device_id": str(uuid4())}
        answer = self.post("/api/v1/auth/login", login)
        self._token, self.user = answer["access_token"], answer["user"]

    def get(self, path: str, **query: Any) -> Any:
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def post(self, path: str, body: Any) -> Any:
        return self._ask("POST", path, json.dumps(body))

    def _ask(self, method: str, path: str, body: str | None) -> Any:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        self._http.request(method, path, body, headers)
        answer = self._http.getresponse()
        told = json.loads(answer.read() or b"null")
        if answer.status >= 400:
            raise Refused(f"{answer.status} {told.get('detail')}")
        return told

    def pull(self, pending: int = 0) -> dict[str, int]:
        """Every page since the last pull; how many records of each table came."""
        came: dict[str, int] = {}
        more = True
        while more:
            page = self.get("/api/v1/sync/pull", last_pulled_at=self._cursor, epoch=self._epoch, pending=pending)
            for table, changes in page["changes"].items():
                kept = self.records.setdefault(table, {})
                kept |= {record["id"]: record for record in changes["updated"]}
                for gone in changes["deleted"]:
                    kept.pop(gone, None)
                came[table] = came.get(table, 0) + len(changes["updated"])
            self._cursor, self._epoch, more = page["timestamp"], page["epoch"], page["more"]
        return {table: count for table, count in came.items() if count}

    def push(self, visits: list[dict[str, Any]]) -> list[str]:
        """The verdict of each visit, in their order."""
        changes = {"visits": {"created": visits, "updated": [], "deleted": []}}
        answer = self.post("/api/v1/sync/push", {"changes": changes, "last_pulled_at": self._cursor})
        verdicts = {each["id"]: each["verdict"] for each in answer["verdicts"]}
        return [verdicts[visit["id"]] for visit in visits]
