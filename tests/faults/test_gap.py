"""The commit-order gap: a tailing reader loses nothing, and loses rows as soon as numbers are drawn before the last step."""

import threading
import time

import pytest

from fieldsvc.facts.service import mark_dirty
from fieldsvc.feed import queries, service
from fieldsvc.feed.rules import LAST_CURSOR, UPDATE, Entry
from tests.support.databases import COUNTY
from tests.support.river import uid

from . import gap

SCOPE = gap.SCOPE
ROWS = {"sqlite": 180, "postgresql": 600}


def test_readers_behind_twelve_writers_lose_nothing(db):
    done = gap.run(db, rows=ROWS[db.dialect], write=gap.announce, seed=1, longest=0.003)
    assert len(done.written) == ROWS[db.dialect]
    assert (done.lost(), done.twice()) == ([0, 0], [0, 0])


def test_without_the_counter_as_the_last_step_the_same_readers_lose_rows(db):
    with gap.sequence(db):
        done = gap.run(db, rows=180, write=gap.number_first, seed=1, longest=0.003, heads=(False,))
    assert done.lost()[0] > 0, "the test above could not see a gap"


@pytest.mark.parametrize("stopped", ["before its number", "between number and commit"])
def test_a_writer_that_stops_in_the_middle_hides_nobody_else_from_the_reader(db, stopped):
    """A stands still; B tries to overtake it; whatever is read meanwhile, the reader ends up with both."""
    halted, go_on, b_done = threading.Event(), threading.Event(), threading.Event()

    def halt(*_):
        halted.set()
        assert go_on.wait(20)

    def a():
        with db.write() as session:
            mark_dirty(session, COUNTY, [uid("a")])
            service.announce(session, COUNTY, [Entry(SCOPE, 3, UPDATE, "a")])
            if stopped == "before its number":
                halt()
            else:
                service.on_stamp(session, halt)

    def b():
        gap.announce(db, "b", 0, 0)
        b_done.set()

    threads = [threading.Thread(target=each) for each in (a, b)]
    try:
        threads[0].start()
        assert halted.wait(10)
        threads[1].start()
        overtook = b_done.wait(0.5)
        first = read(db, 1)
    finally:
        go_on.set()
        for thread in threads:
            thread.join(20)
    assert overtook == (db.dialect == "postgresql" and stopped == "before its number")
    assert [r.record_id for r in first] == (["b"] if overtook else [])
    rest = read(db, first[-1].seq if first else 1)
    assert sorted(r.record_id for r in first + rest) == ["a", "b"]


def test_a_writer_that_fails_after_its_number_leaves_no_hole_to_wait_for(db):
    def fail(*_):
        raise RuntimeError("the process is about to die")

    with pytest.raises(RuntimeError), db.write() as session:
        service.announce(session, COUNTY, [Entry(SCOPE, 3, UPDATE, "a")])
        service.on_stamp(session, fail)
    begun = time.monotonic()
    gap.announce(db, "b", 0, 0)
    assert time.monotonic() - begun < 2
    assert [(r.seq, r.record_id) for r in read(db, 1)] == [(2, "b")]


def read(db, cursor):
    with db.read() as session:
        return queries.page(session, COUNTY, [SCOPE], cursor, LAST_CURSOR, 100)
