"""The deployment as it runs: a wake reaches the worker, rules survive the fork, SIGTERM and SIGKILL cost nothing."""

import os
import signal
import socket
import statistics
import time

import psutil
import pytest
import requests

from tests.support.field import Person, give_passwords
from tests.support.jiaozhou import UNINSURED, open_township, sampled
from tests.support.processes import serve
from tests.support.river import uid

HOMES = [f"home{n}" for n in range(8)]


@pytest.fixture
def town(site):
    made = sampled(site)
    open_township(made, *HOMES)
    give_passwords(made)
    return made


@pytest.fixture
def running(town):
    with serve(town.settings, hands=1) as made:
        yield made


def alerts_of(officer, home):
    page = officer.get("/api/v1/alerts", status="open")
    return [a for a in page["items"] if a["household_id"] == uid(home)]


def test_a_visit_becomes_an_alert_within_a_second_also_after_idling(running, town):
    """Also the trap of the fork: the parent has loaded the rules, its child evaluates them."""
    worker, officer = Person(running.url, "u1"), Person(running.url, "u2")
    worker.wait_for(lambda: requests.get(f"{running.url}/readyz", timeout=5).ok)
    time.sleep(3)
    took = []
    for home in HOMES[:5]:
        worker.visit(uid(home), uid(f"{home}/p1"), "medical_visit", UNINSURED)
        took.append(officer.wait_for(lambda home=home: alerts_of(officer, home)))
        time.sleep(1.0)
    assert statistics.median(took) < 1.0, took
    shown = officer.get(f"/api/v1/households/{uid(HOMES[0])}/determinations", jurisdiction="huining")
    assert "住院医疗救助" in str(shown) or "medical" in str(shown)  # gunicorn's children evaluate too
    metrics = requests.get(f"{running.url}/metrics", timeout=10).text
    assert 'fieldsvc_requests_total{method="POST",route="/api/v1/sync/push",status="200"} 5.0' in metrics


def test_killed_processes_leave_nobody_behind_and_the_work_is_done_after_a_restart(running, town):
    worker = Person(running.url, "u1")
    parent = psutil.Process(running.worker.running.pid)
    hands = worker.wait_for(lambda: len(parent.children()) >= 2) and parent.children()
    os.kill(parent.pid, signal.SIGKILL)
    worker.wait_for(lambda: not any(h.is_running() and h.status() != psutil.STATUS_ZOMBIE for h in hands))
    worker.visit(uid(HOMES[0]), uid(f"{HOMES[0]}/p1"), "medical_visit", UNINSURED)
    running.restart()
    officer = Person(running.url, "u2")
    officer.wait_for(lambda: alerts_of(officer, HOMES[0]))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_sigterm_lets_the_request_in_hand_finish(running, town):
    body = b'{"username": "u1", "password": "a long enough sentence", "device_id": "d9"}'
    head = ("POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()  # fmt: skip
    with socket.create_connection(("127.0.0.1", running.port)) as phone:
        phone.sendall(head + body[:20])
        time.sleep(0.5)
        os.kill(running.server.running.pid, signal.SIGTERM)
        time.sleep(0.5)
        phone.sendall(body[20:])
        answer = phone.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
    assert running.server.running.wait(40) == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{running.url}/healthz", timeout=2)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_sigterm_ends_the_worker_in_order(running):
    time.sleep(2)
    assert running.worker.stop(30) == 0
