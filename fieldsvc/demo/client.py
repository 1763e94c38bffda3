"""One account that speaks to the server over HTTP, with the standard library only."""

import http.client
import json
import select
import time
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

SECONDS = 30
IDLE_SECONDS = 5  # the server hangs up on whoever is silent for 15


class Refused(Exception):
    """The server answered with a problem; its ``detail`` is the text."""


class Client:
    """A desk (办公桌上的电脑): signs in when made and keeps one connection. Raises ``Refused``."""

    def __init__(self, host: str, port: int, username: str, password: str) -> None:
        self._http = http.client.HTTPConnection(host, port, timeout=SECONDS)
        self._token, self._used = "", 0.0
        login = {"username": username, "password": password, "device_id": str(uuid4())}
        answer = self.post("/api/v1/auth/login", login)
        self._token, self.user = answer["access_token"], answer["user"]

    def get(self, path: str, **query: Any) -> Any:
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def post(self, path: str, body: Any) -> Any:
        return self._ask("POST", path, json.dumps(body))

    def listed(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every item of every page of a list."""
        page = self.get(path, **query)
        items: list[dict[str, Any]] = page["items"]
        while page["next"]:
            page = self.get(path, **query, cursor=page["next"])
            items += page["items"]
        return items

    def close(self) -> None:
        self._http.close()

    def _send(self, method: str, path: str, body: str | None) -> None:
        if time.monotonic() - self._used > IDLE_SECONDS:
            self.close()
        self._used = time.monotonic()
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        self._http.request(method, path, body, headers)

    def _ask(self, method: str, path: str, body: str | None) -> Any:
        self._send(method, path, body)
        answer = self._http.getresponse()
        told = json.loads(answer.read() or b"null")
        if answer.status >= 400:
            raise Refused(f"{method} {path.partition('?')[0]}：{answer.status} {told.get('detail')}")
        return told

    def post_unheard(self, path: str, body: Any) -> None:
        """The server has answered, and the line breaks before a byte of it is read."""
        self._send("POST", path, json.dumps(body))
        select.select([self._http.sock], [], [], SECONDS)
        self._http.close()
