"""Setting the stage: a fresh home, a migrated county with the township in it, a server and a worker."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from sqlalchemy import inspect

from fieldsvc.departments.discover import discover
from fieldsvc.departments.load import Departments, load_departments
from fieldsvc.households.report import Report
from fieldsvc.kit.db import Database
from fieldsvc.kit.settings import Settings
from fieldsvc.kit.site import Site, open_site
from fieldsvc.migrate import migrate
from fieldsvc.wiring import connect

from .settle import settle
from .township import COUNTY_CODE, Town

MARK = "fieldsvc-demo"
JURISDICTION = "jiaozhou"
HOST = "127.0.0.1"
READY_SECONDS, END_SECONDS = 60, 20


class Taken(Exception):
    """The folder, database or port asked for is somebody else's; the text says what to do."""


def deployment(home: Path, database_url: str | None = None) -> Settings:
    """Jiaozhou with the sample supplements, in an empty folder and an empty database. Raises ``Taken``."""
    if database_url and _has_tables(database_url):
        raise Taken("演示要用空的数据库；FIELDSVC_DATABASE_URL 所指的数据库里已有表。")
    fresh(home)
    return Settings(home, database_url or f"sqlite:///{home / 'demo.db'}", COUNTY_CODE, JURISDICTION, samples())


def fresh(home: Path) -> None:
    """An empty demo home. Only a folder that a demo made is ever cleared."""
    if home.exists() and any(home.iterdir()):
        if not (home / MARK).is_file():
            raise Taken(f"{home} 里有别的东西，不是演示用的文件夹，请另选一个。")
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / MARK).touch()


def _has_tables(url: str) -> bool:
    db = Database(url)
    try:
        return bool(inspect(db.engine).get_table_names())
    finally:
        db.dispose()


def samples() -> tuple[Path, ...]:
    """The sample supplements (样例的本地设定) that the core and the installed departments bring."""
    name = f"{JURISDICTION}.toml"
    with as_file(files("fieldsvc.civil") / "sample" / name) as core:
        return (core, *(p for plugin in discover()[0] if (p := plugin.root / "sample" / name).is_file()))


def free_port(wanted: int = 0) -> int:
    """The wanted port, or any when it is 0. Raises ``Taken``."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            raise Taken(f"端口 {wanted} 已被占用，请用 --port 另选一个。") from None
        return int(probe.getsockname()[1])


class Stage:
    """One demonstration: its county, its people, its processes. What it started ends with the block."""

    report: Report

    def __init__(self, settings: Settings, town: Town, port: int) -> None:
        self.settings, self.town, self.port = settings, town, port
        self.password = f"demo-{secrets.token_hex(4)}"
        self.log = settings.home / "server.log"
        connect()
        self.departments: Departments = load_departments(settings)
        self.site: Site = open_site(settings)
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_error: object) -> None:
        try:
            self._end()
        finally:
            self.site.db.dispose()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def move_in(self, progress: Callable[[int, int], None]) -> None:
        """Migrate, make the accounts, publish the forms, import the roster."""
        migrate(self.settings.database_url)
        self.report = settle(self.site, self.departments, self.town, self.password, progress)

    def serve(self) -> None:
        """gunicorn and the background worker, as ``fieldsvc run`` starts them, in a session of their own: a Ctrl-C at the
        terminal reaches only us, and we end them in order."""
        command = [sys.executable, "-m", "fieldsvc", "run", "--with-worker", "--workers", "2", "--bind", f"{HOST}:{self.port}"]
        with self.log.open("wb") as log:
            self._server = subprocess.Popen(command, env=self._env(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)  # fmt: skip
        self._wait()

    def _env(self) -> dict[str, str]:
        own = self.settings
        return os.environ | {
            "FIELDSVC_HOME": str(own.home), "FIELDSVC_DATABASE_URL": own.database_url, "FIELDSVC_COUNTY": own.county_code,
            "FIELDSVC_JURISDICTION": own.jurisdiction, "FIELDSVC_SUPPLEMENT": os.pathsep.join(map(str, own.supplements)),
        }  # fmt: skip

    def _wait(self) -> None:
        ends = time.monotonic() + READY_SECONDS
        while time.monotonic() < ends and self._server and self._server.poll() is None:
            try:
                with urlopen(f"{self.url}/readyz", timeout=5):
                    return
            except (URLError, OSError):
                time.sleep(0.05)
        raise RuntimeError(f"服务没有启动，日志见 {self.log}")

    def _end(self) -> None:
        """SIGTERM lets requests and screenings finish; whoever has not ended by then, or at a second Ctrl-C, is killed."""
        server, self._server = self._server, None
        if server is None:
            return
        server.terminate()
        try:
            server.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
