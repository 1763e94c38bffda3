"""A worker that hangs in screening never delays a push, and what it held is screened when it is gone."""

import statistics
import subprocess
import sys
import time

import pytest
from sqlalchemy import select

from fieldsvc.facts.models import DirtyHousehold
from tests.support.field import Person, give_passwords
from tests.support.jiaozhou import UNINSURED, open_township, sampled
from tests.support.processes import end, environment, serve
from tests.support.river import uid

HOMES = [f"home{n}" for n in range(60)]


@pytest.fixture
def town(site):
    made = sampled(site)
    open_township(made, *HOMES)
    give_passwords(made)
    return made


def push_each(worker, homes):
    """Seconds each single-visit push took."""
    took = []
    for home in homes:
        began = time.perf_counter()
        worker.visit(uid(home), uid(f"{home}/p1"), "medical_visit", UNINSURED)
        took.append(time.perf_counter() - began)
    return took


def p95(took):
    return statistics.quantiles(took, n=20)[-1]


def leased(site):
    with site.db.read() as session:
        held = select(DirtyHousehold.household_id).where(DirtyHousehold.lease_until.is_not(None))
        return list(session.scalars(held))


def test_pushes_do_not_wait_for_a_worker_that_hangs(town):
    with serve(town.settings, hands=0, workers=1) as running:
        worker = Person(running.url, "u1")
        push_each(worker, HOMES[:5])
        free = push_each(worker, HOMES[5:30])
        command = [sys.executable, "-m", "tests.processes.hanging_worker"]
        hanging = subprocess.Popen(command, env=environment(town.settings), start_new_session=True)
        try:
            worker.wait_for(lambda: leased(town), seconds=40)
            hung = push_each(worker, HOMES[30:50] + HOMES[:5])  # also households that are being screened
            assert leased(town), "the worker no longer hangs"
        finally:
            end(hanging)
    assert p95(hung) < p95(free) * 1.1 + 0.25, (p95(free), p95(hung))
