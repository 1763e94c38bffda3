"""Background work. The queues are tables (dirty households, outbox); Huey only wakes a worker and repeats.

A write calls ``kit.wake`` after its commit; that leaves one task here unless one is already waiting, because whoever takes the
waiting one starts after our commit and sees our row. A lost wake costs at most ``SWEEP_SECONDS``. Wakes of an embedded
deployment lie in a SQLite file of their own; PostgreSQL deployments use Huey's PostgreSQL storage, woken by NOTIFY.
"""

import faulthandler
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from huey import Huey, PostgresHuey, SqliteHuey, crontab
from huey.consumer import Consumer, ConsumerStopped, Scheduler, Worker

from fieldsvc.checking.outbox import work as check_waiting
from fieldsvc.deadlines.sweep import compute_due, escalate_due
from fieldsvc.departments import amend
from fieldsvc.departments.load import Departments, load_departments
from fieldsvc.kit.db import written
from fieldsvc.kit.problems import log_fault
from fieldsvc.kit.settings import Settings
from fieldsvc.kit.site import Site, open_site
from fieldsvc.matching.service import work as match_waiting
from fieldsvc.referrals.outbox import deliver_due
from fieldsvc.screening.rescreen import new_day
from fieldsvc.screening.service import screen_due
from fieldsvc.simulations.service import run_waiting
from fieldsvc.tasks.queries import anything_due
from fieldsvc.tasks.service import horizon, raise_due
from fieldsvc.wiring import connect

SWEEP_SECONDS = 4.0
MAX_DELAY = 0.2
TURN_SECONDS = 5.0
JOB_SECONDS = 60.0
BATCH = 500
log = structlog.get_logger("fieldsvc.worker")


def queue(settings: Settings) -> Huey:
    """Where wakes wait. Opens no lasting connection, so a process may make one before it forks."""
    if settings.database_url.startswith("sqlite"):
        settings.home.mkdir(parents=True, exist_ok=True)
        return SqliteHuey("fieldsvc", filename=str(settings.home / "wake.db"), fsync=False, results=False, timeout=2)
    dsn = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    return PostgresHuey("fieldsvc", dsn=dsn, results=False, read_timeout=1)


def declare(waiting: Huey, work: Callable[[], None]) -> Any:
    """The one task, under the same name for who leaves it and who takes it; each minute it repeats by Huey's own clock."""
    waiting.periodic_task(crontab(minute="*"), name="each_minute")(work)
    return waiting.task(name="work")(work)


def waker(settings: Settings) -> Callable[[], None]:
    """What a process that writes gives to ``kit.wake.on_wake``; opens the queue at the first wake."""
    opened: list[tuple[Huey, Any]] = []

    def nothing() -> None:
        """The worker's side has the body."""

    def wake() -> None:
        if not opened:
            waiting = queue(settings)
            opened.append((waiting, declare(waiting, nothing)))
        waiting, task = opened[0]
        if not waiting.pending_count():
            task()

    return wake


class Hands:
    """What one worker process works with: its own connections, and the rules it inherited."""

    def __init__(self, settings: Settings, departments: Departments) -> None:
        self.settings, self.departments = settings, departments
        self.site: Site | None = None
        self.again: Callable[[], None] = lambda: None

    def work(self) -> None:
        """Take turns until nothing is due, or for ``TURN_SECONDS``: then ask to be called again, so that a stop is heard."""
        if self.site is None:
            connect()
            self.site = open_site(self.settings)
        ends = time.monotonic() + TURN_SECONDS
        while self._turn(self.site):
            if time.monotonic() > ends:
                self.again()
                return


    def _turn(self, site: Site) -> bool:
        """One turn of every job, under the rules with the changes approved so far; whether anything was done."""
        with site.db.read() as session:
            departments = amend.current(session, site.county, self.departments)
        return any([_limited(job, site, departments) for job in JOBS])


def screen(site: Site, departments: Departments) -> int:
    return screen_due(site, departments, BATCH)


def deliver(site: Site, departments: Departments) -> int:
    """One process at a time, so that a slow department never takes all the hands that screen."""
    with alone(site.settings.home / "deliver.lock") as mine:
        return deliver_due(site, departments, limit=1) if mine else 0


def remind(site: Site, _: Departments) -> int:
    """Visits that fall due become tasks."""
    with site.db.read() as session:
        if not anything_due(session, site.county, horizon()):
            return 0
    return int(written(site.db, lambda session: raise_due(session, site.county)))


def age(site: Site, _: Departments) -> int:
    """A new day: everybody is to be screened again, a slice at a time."""
    return new_day(site)


def keep_deadlines(site: Site, departments: Departments) -> int:
    """What is overdue goes up to the county; ends that are open are worked out again."""
    return compute_due(site, departments.policy) + escalate_due(site)


def try_out(site: Site, departments: Departments) -> int:
    """One what-if at a time."""
    with alone(site.settings.home / "simulate.lock") as mine:
        return run_waiting(site, departments) if mine else 0


def match(site: Site, departments: Departments) -> int:
    """One process at a time. A long list takes longer than a job may: each batch of it that is done starts the limit anew."""
    with alone(site.settings.home / "matching.lock") as mine:
        return match_waiting(site, departments, lambda _: _limit()) if mine else 0


def look_up(site: Site, departments: Departments) -> int:
    """One process at a time asks the checking platforms."""
    with alone(site.settings.home / "checking.lock") as mine:
        return check_waiting(site, departments) if mine else 0


Job = Callable[[Site, Departments], int]
JOBS: tuple[Job, ...] = (screen, deliver, remind, keep_deadlines, age, try_out, match, look_up)


def _limited(job: Job, site: Site, departments: Departments) -> int:
    """The last limit, behind those inside the jobs: it ends the process even when native code neither returns nor lets go
    of the interpreter. Leases run out, and Huey starts another. A job that fails keeps no other from its turn."""
    _limit()
    try:
        return job(site, departments)
    except Exception as error:
        log_fault(f"job_{job.__name__}", error)
        return 0
    finally:
        faulthandler.cancel_dump_traceback_later()


def _limit() -> None:
    faulthandler.dump_traceback_later(JOB_SECONDS, exit=True)


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """True for one process of this machine; the lock dies with its holder."""
    with path.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


class Sweeper(Worker):
    """Huey's worker, which also looks for itself every few seconds, and ends with its parent."""

    def __init__(self, task: Any, **options: Any) -> None:
        super().__init__(**options)
        self.task, self.parent, self.swept = task, os.getpid(), 0.0

    def loop(self, now: Any = None) -> None:
        _end_with(self.parent)
        super().loop(now)
        if time.monotonic() - self.swept > SWEEP_SECONDS:
            self.swept = time.monotonic()
            self.huey.execute(self.task.s())


class Clock(Scheduler):
    """Huey's clock, which ends with its parent too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.parent = os.getpid()

    def loop(self, now: Any = None) -> None:
        _end_with(self.parent)
        super().loop(now)


def _end_with(parent: int) -> None:
    """A killed parent must not leave workers behind that nobody can stop."""
    if os.getppid() != parent:
        os._exit(0)


class Crew(Consumer):
    """The consumer: rules loaded, nothing evaluated, because a polars query before the fork would hang every child."""

    scheduler_class = Clock

    def __init__(self, settings: Settings, workers: int = 2, parent: int = 0) -> None:
        self.parent = parent
        hands = Hands(settings, load_departments(settings))
        waiting = queue(settings)
        self.task = hands.again = declare(waiting, hands.work)
        super().__init__(waiting, workers=workers, worker_type="process", initial_delay=0.05, max_delay=MAX_DELAY,
                         health_check_interval=1, shutdown_timeout=20, graceful_signal="TERM")  # fmt: skip

    def _create_worker(self) -> Sweeper:
        return Sweeper(self.task, huey=self.huey, stop_flag=self.stop_flag, default_delay=self.default_delay,
                       max_delay=self.max_delay, backoff=self.backoff, max_tasks=self.max_tasks)  # fmt: skip


    def loop(self, health_check_ts: float | None = None) -> Any:
        if self.parent and os.getppid() != self.parent:
            self.stop(graceful=True)
            raise ConsumerStopped
        return super().loop(health_check_ts)


def run(settings: Settings, workers: int = 2, parent: int = 0) -> None:
    """Until SIGTERM, or until ``parent`` is gone when one is given; work in hand is finished first."""
    log.info("worker_starts", workers=workers)
    Crew(settings, workers, parent).run()
    log.info("worker_ends")
