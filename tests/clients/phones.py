"""Drives phone.cjs: one process is one phone in a worker's hand."""

from __future__ import annotations

import json
import subprocess
import threading
from collections import deque
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.clients.node import HERE, environment, node

ANSWER_SECONDS = 60
NETWORK_FAULTS = ("LostResponse", "Offline", "Unreachable")


class PhoneError(Exception):
    """A command the app could not carry out; `name` is its error class, `status` the server's if it answered."""

    def __init__(self, answer: dict[str, Any]):
        super().__init__(f"{answer['error']}: {answer['message']}")
        self.name, self.status, self.body = answer["error"], answer["status"], answer["body"]


class PhoneDied(Exception):
    """The app's process ended: it was killed, or fell over (then the text is its last words)."""


class Phone:
    """With `database` (a path) the phone's store outlives its process; without, it lives in memory."""

    def __init__(self, database: Path | None = None, device_id: str | None = None):
        self.database, self.device_id = database, device_id or str(uuid4())
        self.user: dict[str, Any] = {}
        self.worker = ""
        self._start()

    def _start(self) -> None:
        settings = {"device_id": self.device_id, "database": self.database and str(self.database)}
        self.process = subprocess.Popen(
            [node(), str(HERE / "phone.cjs"), json.dumps(settings)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, encoding="utf-8", env=environment(),
        )  # fmt: skip
        self.stderr: deque[str] = deque(maxlen=200)
        threading.Thread(target=self.stderr.extend, args=(self.process.stderr,), daemon=True).start()
        self._read()

    def send(self, command: str, **arguments: Any) -> None:
        assert self.process.stdin
        try:
            self.process.stdin.write(json.dumps({"cmd": command, **arguments}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise PhoneDied(self.device_id) from error

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout
        watchdog = threading.Timer(ANSWER_SECONDS, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline()
        watchdog.cancel()
        if not line:
            self.process.wait()
            raise PhoneDied(f"{self.device_id}: {''.join(self.stderr)[-800:]}")
        return json.loads(line)

    def receive(self) -> dict[str, Any]:
        answer = self._read()
        if not answer.pop("ok"):
            raise PhoneError(answer)
        return answer

    def call(self, command: str, **arguments: Any) -> dict[str, Any]:
        self.send(command, **arguments)
        return self.receive()

    def login(self, base: str, username: str, password: str) -> dict[str, Any]:
        self.user = self.call("login", base=base, username=username, password=password)["user"]
        return self.user

    def sync(self, max_rounds: int = 500) -> dict[str, Any]:
        return self.call("sync", max_rounds=max_rounds)

    def create(self, table: str, id: str | None = None, **fields: Any) -> str:
        return self.call("create", table=table, id=id, fields=fields)["id"]

    def edit(self, table: str, id: str, **fields: Any) -> None:
        self.call("edit", table=table, id=id, fields=fields)

    def remove(self, table: str, id: str) -> None:
        self.call("remove", table=table, id=id)

    def visit(self, household_id: str, form: dict[str, Any], answers: dict[str, Any], **fields: Any) -> str:
        """A finished visit (走访) filled in with a form of the phone's own `forms` table."""
        about = {"household_id": household_id, "form_id": form["form_id"], "form_version": form["version"]}
        times = {"started_at": "2025-03-01T09:00:00+08:00", "finished_at": "2025-03-01T09:20:00+08:00"}
        return self.create("visits", **{**about, **times, "answers": json.dumps(answers, ensure_ascii=False), **fields})

    def dump(self, *only: str) -> dict[str, list[dict[str, Any]]]:
        return self.call("dump", only=list(only) or None)

    def rows(self, table: str) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in self.dump(table)[table]}

    def pending(self) -> dict[str, Any]:
        return self.call("pending")

    def options(self, **changes: Any) -> None:
        self.call("options", **changes)

    def cursor(self) -> dict[str, Any]:
        return self.call("cursor")

    def hold_epoch(self, epoch: str) -> None:
        """Let the phone believe its cursor belongs to ``epoch``, as after a restore of the server from a backup."""
        self.call("hold_epoch", epoch=epoch)

    def diagnostics(self) -> list[str]:
        """The lines in which WatermelonDB complained of the server."""
        return [line for line in self.call("said")["lines"] if "Diagnostic error" in line]

    def try_sync(self) -> str | None:
        """A sync on a bad line: the error's name when it failed for the network's sake; a refusal still raises."""
        try:
            self.sync()
        except PhoneError as error:
            if error.name not in NETWORK_FAULTS:
                raise
            return error.name
        return None

    def settle(self, rounds: int = 6) -> None:
        """Sync until nothing is unsent and a whole pull brings nothing."""
        for _ in range(rounds):
            done = self.sync()["rounds"]
            if not done[-1]["verdicts"] and not any(sum(map(sum, page["pulled"].values())) for page in done):
                return
        raise AssertionError(f"not settled after {rounds} syncs: {done[-1]}, unsent {self.pending()}")

    def kill(self) -> None:
        """SIGKILL, as a battery does it."""
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        """The app opened again on the same store and session, without the faults set before."""
        self.kill()
        self._start()

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
