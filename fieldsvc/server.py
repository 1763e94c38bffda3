"""gunicorn as we run it: threads for waiting phones, no preload, requests in flight finished at SIGTERM."""

import gc
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from fieldsvc.connections import NOT_COUNTED, FairWorker
from fieldsvc.kit.settings import Settings

METRICS = "PROMETHEUS_MULTIPROC_DIR"
log = structlog.get_logger("fieldsvc.server")


class Quiet(Logger):
    """gunicorn's log without what a client sent: a bad request line, a refused header or an address may be somebody's data, a
    token even. What is told is the message's template, or its beginning where gunicorn filled it in already."""

    def warning(self, msg: Any, *args: Any, **_: Any) -> None:
        log.warning("gunicorn", told=template(msg, args))

    def error(self, msg: Any, *args: Any, **_: Any) -> None:
        log.error("gunicorn", told=template(msg, args))

    def exception(self, msg: Any, *args: Any, **_: Any) -> None:
        kind = sys.exc_info()[0]
        log.error("gunicorn", told=template(msg, args), error=kind.__name__ if kind else None)


def template(msg: Any, args: tuple[Any, ...]) -> str:
    return str(msg) if args else re.split("[=:%]", type(msg).__name__ if isinstance(msg, Exception) else str(msg))[0]


class Server(BaseApplication):
    """The master loads the departments' rules and builds the application once (its children inherit them) and evaluates
    nothing; the deployment is opened after the fork, so that every child has its own connections."""

    def __init__(self, settings: Settings, bind: str, workers: int, threads: int) -> None:
        self.settings = settings
        self.options = {
            "bind": bind, "workers": workers, "threads": threads, "worker_class": FairWorker, "preload_app": False,
            "timeout": 60, "graceful_timeout": 30, "keepalive": 15, "limit_request_line": 4094,
            "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None, "accesslog": None, "errorlog": "-",
            "loglevel": "warning", "logger_class": Quiet, "control_socket_disable": True, "proc_name": "fieldsvc",
            "child_exit": _child_exit, "when_ready": self._ready,
        }  # fmt: skip
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        from fieldsvc.app import create_app
        from fieldsvc.kit.site import open_site
        from fieldsvc.kit.wake import in_background, on_wake
        from fieldsvc.worker import waker

        on_wake(in_background(waker(self.settings)))
        return create_app(open_site(self.settings), self.built)

    def _ready(self, _arbiter: Any) -> None:
        """Children inherit what is imported and loaded here."""
        from fieldsvc.app import build
        from fieldsvc.departments.load import load_departments

        load_departments(self.settings)
        self.built = build()
        gc.collect()
        gc.freeze()  # what stays for good is neither looked through again nor copied by doing so


def _child_exit(_arbiter: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
    FairWorker.load.tell(worker.age, NOT_COUNTED)


def run(settings: Settings, bind: str, workers: int, threads: int, with_worker: bool) -> None:
    """Serve until SIGTERM. ``with_worker`` starts the background worker beside it and stops it with it."""
    share_metrics(settings.home / "metrics")
    master = os.getpid()
    helper = _start_worker() if with_worker else None
    try:
        Server(settings, bind, workers, threads).run()
    finally:
        if helper is not None and os.getpid() == master:  # gunicorn's children unwind through here too
            helper.send_signal(signal.SIGTERM)
            helper.wait()


def _start_worker() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "fieldsvc", "worker", "--with-parent", str(os.getpid())])


def share_metrics(folder: Path) -> None:
    """Counters of several processes meet in files; prometheus_client looks for the folder when it is first imported."""
    if "prometheus_client" in sys.modules:
        raise RuntimeError("metrics were imported before their folder was named")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[METRICS] = str(folder)
