"""The phone app's stand-in: keeps its caseload and its unsent records, and needs the network only to sync."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

from .client import Client

Record = dict[str, Any]


class Offline(Exception):
    """The network was touched where there is none."""


class Phone(Client):
    """``records`` = {table: {id: record}} as pulled; ``unsent`` = what the worker wrote and the server has not acknowledged."""

    def __init__(self, host: str, port: int, username: str, password: str) -> None:
        self.reachable, self._cursor, self._epoch = True, 0, ""
        self.records: dict[str, dict[str, Record]] = {}
        self.unsent: dict[str, dict[str, Record]] = {}
        super().__init__(host, port, username, password)

    def _send(self, method: str, path: str, body: str | None) -> None:
        if not self.reachable:
            raise Offline(f"没有网络时请求了 {path}")
        super()._send(method, path, body)

    @contextmanager
    def offline(self) -> Iterator[None]:
        self.reachable = False
        self.close()
        yield
        self.reachable = True

    def write(self, table: str, record: Record) -> Record:
        """Keep a record on the phone until it can be pushed. Its id is made here."""
        record = {"id": str(uuid4())} | record
        self.unsent.setdefault(table, {})[record["id"]] = record
        return record

    def visit(self, form: str, answers: Record, household: str, person: str | None = None) -> Record:
        """A finished visit on the newest version of the form that was pulled."""
        version = max(f["version"] for f in self.records["forms"].values() if f["form_id"] == form)
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        return self.write("visits", {
            "household_id": household, "person_id": person, "form_id": form, "form_version": version,
            "answers": json.dumps(answers, ensure_ascii=False), "started_at": now, "finished_at": now,
        })  # fmt: skip

    def pull(self) -> dict[str, int]:
        """Every page since the last pull; how many records of each table came."""
        came: dict[str, int] = {}
        more, pending = True, sum(map(len, self.unsent.values()))
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

    def push(self, *tables: str, heard: bool = True) -> dict[str, Record]:
        """Send what is unsent (of these tables); the verdicts by id. What the server has kept is unsent no longer.

        ``heard=False``: the answer is lost on the way, so nothing is known and everything stays unsent.
        """
        sent = {t: list(kept.values()) for t, kept in self.unsent.items() if kept and (not tables or t in tables)}
        changes = {t: {"created": rows, "updated": [], "deleted": []} for t, rows in sent.items()}
        body = {"changes": changes, "last_pulled_at": self._cursor}
        if not heard:
            self.post_unheard("/api/v1/sync/push", body)
            return {}
        answer = self.post("/api/v1/sync/push", body)
        for verdict in answer["verdicts"]:
            if verdict["verdict"] != "retry":
                self.unsent[verdict["table"]].pop(verdict["id"], None)
        return {verdict["id"]: verdict for verdict in answer["verdicts"]}
