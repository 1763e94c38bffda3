"""Writers wait in a queue of their own: one at a time, over threads and processes, and nobody waits for ever."""

import os
import subprocess
import sys
import time
from threading import Event, Thread

import pytest
from sqlalchemy import text

from fieldsvc.kit import db as stores
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.turn import Few, NotOurTurn, turn_of

HOLD = """
import sys, time
from fieldsvc.kit.turn import turn_of
with turn_of(sys.argv[1]).taken(5):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def held_elsewhere(tmp_path):
    """A process that has the turn of ``tmp_path/a.db``."""
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "a.db")], stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"held\n"
    yield other
    other.kill()
    other.wait()


def test_threads_take_turns(tmp_path):
    turn, inside, most = turn_of(str(tmp_path / "a.db")), [0], [0]

    def work():
        for _ in range(20):
            with turn.taken(10):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.0005)
                inside[0] -= 1

    threads = [Thread(target=work) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert most == [1]


def test_another_process_is_waited_for_and_its_death_frees_the_turn(tmp_path, held_elsewhere):
    turn = turn_of(str(tmp_path / "a.db"))
    with pytest.raises(NotOurTurn), turn.taken(0.1):
        pass
    held_elsewhere.kill()
    with turn.taken(5):
        pass


def test_a_forked_child_starts_with_a_queue_of_its_own(tmp_path):
    turn = turn_of(str(tmp_path / "a.db"))
    with turn.taken(1):
        child = os.fork()
        if child == 0:
            try:
                with turn.taken(0.2):
                    os._exit(1)
            except NotOurTurn:
                os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with turn.taken(1):
        pass


def test_two_databases_objects_of_one_file_share_the_queue(tmp_path):
    assert turn_of(str(tmp_path / "a.db")) is turn_of(str(tmp_path / "." / "a.db"))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_writer_whose_turn_does_not_come_is_busy(db, monkeypatch):
    monkeypatch.setattr(stores, "WAIT_SECONDS", 0.1)
    with db.write() as session:
        session.execute(text("SELECT 1"))
        caught = []

        def other():
            try:
                with db.write():
                    pass
            except Problem as problem:
                caught.append(problem.code)

        thread = Thread(target=other)
        thread.start()
        thread.join()
    assert caught == ["busy"]


def test_few_at_once_until_they_are_held_up_and_then_nobody_waits():
    few, leave, entered = Few(2, seconds=0.3), Event(), []

    def stay():
        with few.among():
            entered.append(time.monotonic())
            leave.wait(10)

    stuck = [Thread(target=stay) for _ in range(2)]
    [thread.start() for thread in stuck]
    while len(entered) < 2:
        time.sleep(0.001)
    took = []
    for _ in range(20):
        began = time.monotonic()
        with few.among():
            took.append(time.monotonic() - began)
    leave.set()
    [thread.join() for thread in stuck]
    assert took[0] > 0.25 and sum(took[1:]) < 0.25, "the first waited in vain, the others did not"
    with pytest.raises(ZeroDivisionError), few.among():
        _ = 1 / 0
    assert few._places._value == 2, "whoever came in has left"
