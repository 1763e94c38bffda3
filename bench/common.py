"""What the measurements share: databases, a served deployment, a caseload, CPU seconds of process trees, load over HTTP."""

import random
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

import http.client
import time
from threading import Barrier, Thread

import orjson
import psutil
import psycopg

from fieldsvc.kit.crypto import vault
from fieldsvc.kit.db import Database
from fieldsvc.kit.settings import Settings
from fieldsvc.kit.site import Site
from fieldsvc.wiring import connect
from tests.support import databases, postgres, river
from tests.support.processes import Deployment
from tests.sync.conftest import Field

QUESTIONS = 30
PHONES = 16
HOUSEHOLDS = 100


@contextmanager
def deployment(engine: str, **options: Any) -> Iterator[tuple[Deployment, Site]]:
    """gunicorn over loopback on an empty county, without the background worker."""
    folder = Path(tempfile.mkdtemp(prefix="fieldsvc-bench-"))
    with postgres.start() if engine == "postgresql" else nullcontext() as pattern:
        url = f"sqlite:///{folder}/bench.db"
        if pattern:
            with psycopg.connect(pattern.format("postgres"), autocommit=True) as admin:
                admin.execute("CREATE DATABASE bench")
                # it would be charged to whoever is measured when it comes, whoever wrote the rows
                admin.execute("ALTER SYSTEM SET autovacuum = off")
                admin.execute("SELECT pg_reload_conf()")
            url = pattern.format("bench")
        databases.prepare(url)
        connect()
        settings = Settings(home=folder / "home", database_url=url)
        settings.home.mkdir()
        site = Site(settings, Database(url), vault(settings.home))
        running = Deployment(settings, hands=0, **options)
        running.start()
        try:
            yield running, site
        finally:
            running.stop()
            site.db.dispose()


def analysed(site: Site) -> None:
    """What an import does at its end, and PostgreSQL's autovacuum, which is off here, within a minute: look at how rows are
    spread."""
    if site.db.dialect == "postgresql":
        with site.db.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")


def form_text() -> str:
    """30 questions, 8 of them with a constraint or relevance, as a home-visit form has."""
    kinds = ("integer", "text", "select_one yes_no")
    rows = [f"| | {kinds[i % 3]} | q{i} | 问题{i} | {'. >= 0 and . < 100000' if i % 6 == 0 else ''} | "
            f"{'${q0} > 1' if i % 10 == 5 else ''} |" for i in range(QUESTIONS)]  # fmt: skip
    head = ["| survey | | | | | |", "| | type | name | label | constraint | relevant |"]
    tail = ["| choices | | | |", "| | list_name | name | label |", "| | yes_no | yes | 是 |", "| | yes_no | no | 否 |",
            "| settings | | | |", "| | form_title | form_id | version |", "| | 测量 | bench | 1 |"]  # fmt: skip
    return "\n".join(head + rows + tail) + "\n"


def caseload(site: Site, phones: int = PHONES, households: int = HOUSEHOLDS) -> list[str]:
    """That many workers with households of their own, and a published form; answers with their bearer tokens."""
    field = Field(site)
    with site.db.write() as session:
        river.publish_form(session, form_text(), "bench.md")
        for worker in range(1, phones + 1):
            river.account(session, worker)
            session.flush()
            for n in range(households):
                river.household(session, f"b{worker}-{n}")
                session.flush()
                river.assign(session, river.uid(f"b{worker}-{n}"), worker)
    return [field.phone(worker).headers["Authorization"] for worker in range(1, phones + 1)]


def visits(worker: int, count: int, chance: random.Random) -> bytes:
    """A push of ``count`` visits of about 1.7 KB each, every one to another household, as the stock client sends them."""
    made = [visit(f"b{worker}-{n}", chance) for n in chance.sample(range(HOUSEHOLDS), count)]
    return orjson.dumps({"changes": {"visits": {"created": made, "updated": [], "deleted": []}}, "last_pulled_at": 1})


def visit(home: str, chance: random.Random) -> dict[str, Any]:
    answers = {f"q{i}": (chance.randrange(2, 999), f"走访时所见情况正常，老人精神尚可，用水用电正常，邻里时常有照应 {chance.random():.6f}",
                         chance.choice(["yes", "no"]))[i % 3] for i in range(QUESTIONS)}  # fmt: skip
    return {"id": str(uuid4()), "household_id": river.uid(home), "person_id": river.uid(f"{home}/p1"),
            "form_id": "bench", "form_version": "1", "answers": orjson.dumps(answers).decode(),
            "started_at": "2026-11-20T10:00:00+08:00", "finished_at": "2026-11-20T10:30:00+08:00"}  # fmt: skip


def cpu(*processes: psutil.Process) -> float:
    """CPU seconds so far of the process trees, children that ended included."""
    total = 0.0
    for root in processes:
        for process in (root, *root.children(recursive=True)):
            try:
                spent = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += spent.user + spent.system + spent.children_user + spent.children_system
    return total


def postmaster(site: Site) -> list[psutil.Process]:
    if site.db.dialect == "sqlite":
        return []
    with site.db.engine.connect() as connection:
        folder = connection.exec_driver_sql("SHOW data_directory").scalar_one()
    return [psutil.Process(int((Path(folder) / "postmaster.pid").read_text().splitlines()[0]))]


Batch = tuple[str, list[bytes]]


def send_all(port: int, phones: list[Batch]) -> float:
    """Each phone ``(bearer, bodies)`` posts its bodies over a connection of its own, all from a process of their own. The
    seconds from the first byte sent to the last answer read: what starting that process takes is not the server's.
    Anything but 200 ends the run."""
    context = get_context("spawn")
    told, tells = context.Pipe(duplex=False)
    sender = context.Process(target=_sender, args=(port, phones, tells))
    sender.start()
    tells.close()
    try:
        return told.recv()
    except EOFError:
        raise SystemExit("a push was not accepted") from None
    finally:
        sender.join()


def _sender(port: int, phones: list[Batch], tells: Any) -> None:
    failed: list[Any] = []
    ready = Barrier(len(phones) + 1)

    def run(bearer: str, bodies: list[bytes]) -> None:
        link = http.client.HTTPConnection("127.0.0.1", port)
        link.connect()
        headers = {"Authorization": bearer, "Content-Type": "application/json"}
        ready.wait()
        for body in bodies:
            link.request("POST", "/api/v1/sync/push", body, headers)
            answer = link.getresponse()
            text = answer.read()
            if answer.status != 200 or b'"quarantined"' in text or b'"duplicate"' in text:
                failed.append(text[:500])
                return

    threads = [Thread(target=run, args=phone) for phone in phones]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.monotonic()
    for thread in threads:
        thread.join()
    if failed:
        print(failed[0], file=sys.stderr)
        sys.exit(1)
    tells.send(time.monotonic() - began)


def interleaved(rounds: int, **measures: Callable[[], float]) -> dict[str, list[float]]:
    """Each measure once a round, in turn, because the machine's speed drifts; the first round is a warm-up."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(rounds + 1):
        for name, measure in measures.items():
            value = measure()
            if number:
                found[name].append(value)
    return found


def median_ratio(above: list[float], below: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(above, below, strict=True))
