"""Setting the stage: a fresh home, a migrated county with the township in it, a server and a worker."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from fieldsvc.departments.discover import discover
from fieldsvc.departments.load import Departments, load_departments
from fieldsvc.households.report import Report
from fieldsvc.kit.settings import Settings
from fieldsvc.kit.site import open_site
from fieldsvc.migrate import migrate

from .settle import settle
from .township import COUNTY_CODE, Town, make_town

MARK = "fieldsvc-demo"
JURISDICTION = "jiaozhou"
READY_SECONDS = 30


@dataclass(frozen=True)
class Stage:
    town: Town
    password: str
    port: int
    report: Report
    departments: Departments

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def samples() -> tuple[Path, ...]:
    """The sample supplements (样例的本地设定) that the core and the installed departments bring."""
    name = f"{JURISDICTION}.toml"
    with as_file(files("fieldsvc.civil") / "sample" / name) as core:
        return (core, *(p for plugin in discover()[0] if (p := plugin.root / "sample" / name).is_file()))


def fresh(home: Path) -> Path:
    """An empty demo home. Only a folder that a demo made is ever cleared."""
    if home.exists():
        if not (home / MARK).is_file():
            raise FileExistsError(f"{home} 不是演示用的文件夹，请另选一个。")
        shutil.rmtree(home)
    home.mkdir(parents=True)
    (home / MARK).touch()
    return home


@contextmanager
def open_stage(home: Path, port: int, homes: int, progress: Callable[[int, int], None]) -> Iterator[Stage]:
    """The township moved in and everything running; ended with the block."""
    settings = Settings(fresh(home), f"sqlite:///{home / 'demo.db'}", COUNTY_CODE, JURISDICTION, samples())
    migrate(settings.database_url)
    departments, site, password = load_departments(settings), open_site(settings), secrets.token_urlsafe(12)
    town = make_town(homes)
    try:
        report = settle(site, departments, town, password, progress)
    finally:
        site.db.dispose()
    port = port or _free()
    with _serving(settings, port):
        yield Stage(town, password, port, report, departments)


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _serving(settings: Settings, port: int) -> Iterator[None]:
    named = {"FIELDSVC_HOME": settings.home, "FIELDSVC_DATABASE_URL": settings.database_url,
             "FIELDSVC_COUNTY": settings.county_code, "FIELDSVC_JURISDICTION": settings.jurisdiction,
             "FIELDSVC_SUPPLEMENT": os.pathsep.join(map(str, settings.supplements))}  # fmt: skip
    env = os.environ | {name: str(value) for name, value in named.items()}
    command = [sys.executable, "-m", "fieldsvc", "run", "--with-worker", "--workers", "1", "--bind", f"127.0.0.1:{port}"]
    with (settings.home / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        try:
            _wait(server, port, settings.home / "server.log")
            yield
        finally:
            server.terminate()
            server.wait()


def _wait(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    ends = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends and server.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"服务没有启动，日志见 {log}")
