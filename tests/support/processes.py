"""The real thing: gunicorn and the background worker as a deployment runs them, started, stopped, killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from fieldsvc.kit.settings import Settings

READY_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(settings: Settings, **more: str) -> dict[str, str]:
    named = {"FIELDSVC_HOME": settings.home, "FIELDSVC_DATABASE_URL": settings.database_url,
             "FIELDSVC_COUNTY": settings.county_code, "FIELDSVC_JURISDICTION": settings.jurisdiction,
             "FIELDSVC_SUPPLEMENT": os.pathsep.join(map(str, settings.supplements)),
             "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}  # fmt: skip
    return os.environ | {name: str(value) for name, value in named.items()} | more


def end(running: "subprocess.Popen[bytes]") -> int:
    """SIGKILL for a session we started, while its leader is not yet reaped: afterwards the number may be another's."""
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
    return running.wait()


@dataclass
class Process:
    """One command in a session of its own, so that its children can be ended with it."""

    arguments: list[str]
    env: dict[str, str]
    log: Path
    running: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.running = subprocess.Popen([sys.executable, "-m", "fieldsvc", *self.arguments], env=self.env,
                                            stdout=out, stderr=out, start_new_session=True)  # fmt: skip

    def kill(self) -> None:
        """SIGKILL for the whole session, as a power cut would."""
        self._signal(signal.SIGKILL, whole=True)

    def stop(self, seconds: float = 40) -> int:
        """SIGTERM to the first process only, as a service manager does; its exit code."""
        return self._signal(signal.SIGTERM, whole=False, seconds=seconds)

    def _signal(self, number: int, whole: bool, seconds: float = 10) -> int:
        running, self.running = self.running, None
        if running is None:
            return 0
        if running.poll() is not None:
            return running.returncode
        (os.killpg if whole else os.kill)(running.pid, number)
        try:
            return running.wait(seconds)
        except subprocess.TimeoutExpired:
            end(running)
            raise AssertionError(f"did not end within {seconds} s:\n{self.words()}") from None

    def words(self) -> str:
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""


@dataclass
class Deployment:
    """A server and, unless ``hands`` is 0, a worker with that many processes. ``url`` stays the same over restarts."""

    settings: Settings
    workers: int = 2
    threads: int = 8
    hands: int = 2
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings.home.mkdir(parents=True, exist_ok=True)
        env = environment(self.settings, **self.env)
        serve = ["run", "--bind", f"127.0.0.1:{self.port}", "--workers", str(self.workers), "--threads", str(self.threads)]
        self.server = Process(serve, env, self.settings.home / "server.log")
        self.worker = Process(["worker", "--workers", str(self.hands)], env, self.settings.home / "worker.log")

    def start(self) -> None:
        self.server.start()
        if self.hands:
            self.worker.start()
        self.wait()

    def wait(self) -> None:
        ends = time.monotonic() + READY_SECONDS
        while time.monotonic() < ends:
            assert self.server.running is not None
            if self.server.running.poll() is not None:
                break
            try:
                if requests.get(f"{self.url}/healthz", timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        ended = self.server.running and self.server.running.poll()
        raise AssertionError(f"the server does not answer (exit code {ended}):\n{self.server.words()}")

    def kill(self) -> None:
        self.server.kill()
        self.worker.kill()

    def stop(self) -> None:
        self.worker.stop()
        self.server.stop()

    def restart(self) -> None:
        self.kill()
        self.start()


@contextmanager
def serve(settings: Settings, **options: object) -> Iterator[Deployment]:
    made = Deployment(settings, **options)  # type: ignore[arg-type]
    try:
        made.start()
        yield made
    finally:
        made.kill()
