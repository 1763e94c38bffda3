"""Connections are shared out evenly among the server's processes; one that is stuck or gone keeps nobody waiting."""

import http.client
import os
import signal
import statistics
import time

import psutil
import pytest

from fieldsvc.connections import ALONE_SECONDS, NOT_COUNTED, SILENT_SECONDS, Load
from tests.support.processes import serve


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_phones_are_shared_out_and_nobody_waits_for_a_process_that_is_stuck_or_gone(settings):
    with serve(settings, hands=0) as running:
        wait_for_all(running)
        apart, links = [], []
        for _ in range(7):  # once in a while a loaded machine wakes a process too late for its turn
            [link.close() for link in links]
            time.sleep(0.05 + ALONE_SECONDS)
            links = [ask(running.port) for _ in range(12)]
            counts = held(running)
            assert len(counts) == 2 and sum(counts.values()) == 12
            apart.append(max(counts.values()) - min(counts.values()))
        assert statistics.median(apart) <= 1, apart

        stuck, other = counts
        os.kill(stuck, signal.SIGSTOP)
        links += [timed(running.port, 1.0) for _ in range(6)]
        assert held(running)[other] == counts[other] + 6
        os.kill(stuck, signal.SIGKILL)
        links += [timed(running.port, 1.0) for _ in range(6)]
        [link.close() for link in links]


def test_who_takes_no_connections_holds_nobody_back():
    count = Load()
    assert count.least_beside(1) == NOT_COUNTED, "nobody else"
    count.tell(1, 3)
    count.tell(2, 7)
    assert (count.least_beside(1), count.least_beside(2), count.least_beside(9)) == (7, 3, 3)
    count.tell(1, NOT_COUNTED)
    assert count.least_beside(9) == 7
    time.sleep(SILENT_SECONDS + 0.1)
    assert count.least_beside(9) == NOT_COUNTED


def ask(port):
    """One request; the connection stays open."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    link.request("GET", "/healthz")
    answer = link.getresponse()
    assert answer.status == 200 and answer.read()
    return link


def wait_for_all(running, seconds=20):
    """Until every process of the server takes connections."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        links = [ask(running.port) for _ in range(6)]
        ready = min(held(running).values()) > 0
        [link.close() for link in links]
        if ready:
            time.sleep(0.2)  # those just closed are forgotten
            return
    raise AssertionError("one process takes none")


def timed(port, seconds):
    began = time.monotonic()
    link = ask(port)
    assert time.monotonic() - began < seconds
    return link


def held(running):
    """Open connections of phones by process."""
    counts = {}
    for child in psutil.Process(running.server.running.pid).children():
        counts[child.pid] = sum(
            each.status == psutil.CONN_ESTABLISHED and each.laddr.port == running.port for each in child.net_connections("tcp")
        )
    return counts
