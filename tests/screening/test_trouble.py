"""Households and workers that misbehave: the others go on, nobody waits, nothing is done twice."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from fieldsvc.alerts.models import Alert
from fieldsvc.facts.models import DirtyHousehold, FactRow
from fieldsvc.facts.service import mark_dirty
from fieldsvc.kit import clock
from fieldsvc.kit.memory import forget
from fieldsvc.screening import claims, examine, rescreen, service
from fieldsvc.screening.claims import retry_set_aside
from fieldsvc.screening.models import DeterminationRow
from fieldsvc.screening.rescreen import meet_rules
from fieldsvc.screening.service import screen_due
from tests.support.jiaozhou import UNINSURED, departments, medical_visit, open_township
from tests.support.river import uid

NAMES = ("a", "b", "c", "d", "e")


@pytest.fixture
def town(site):
    open_township(site, *NAMES)
    meet_rules(site, departments())
    for name in NAMES:
        medical_visit(site, name, UNINSURED)
    return site


def marks(site):
    with site.db.read() as session:
        return {m.household_id: m for m in session.scalars(select(DirtyHousehold))}


def count(site, model, *where):
    with site.db.read() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))


def poisoned(monkeypatch, bad, harm):
    """Make judging a batch with household ``bad`` in it do ``harm``."""
    judge = examine._judge

    def judged(site, departments, on, batch):
        if uid(bad) in [each.id for each in batch]:
            harm()
        judge(site, departments, on, batch)

    monkeypatch.setattr(examine, "_judge", judged)


@pytest.mark.parametrize("harm", ["raise", "hang"])
def test_one_bad_household_is_set_aside_with_its_error_and_the_others_go_on(town, monkeypatch, harm):
    site = replace(town, settings=replace(town.settings, screening_seconds=0.3))
    poisoned(monkeypatch, "c", (lambda: 1 / 0) if harm == "raise" else (lambda: time.sleep(30)))
    assert screen_due(site, departments()) == 5
    assert count(site, Alert) == 4
    (left,) = marks(site).values()
    assert (left.household_id, left.set_aside) == (uid("c"), True)
    assert ("ZeroDivisionError" if harm == "raise" else "超时") in left.last_error
    assert screen_due(site, departments()) == 0


def test_the_doctor_and_a_change_of_rules_give_it_another_try(town, monkeypatch):
    with monkeypatch.context() as patched:
        poisoned(patched, "c", lambda: 1 / 0)
        screen_due(town, departments())
        with town.db.write() as session:
            assert retry_set_aside(session, town.county) == 1
        screen_due(town, departments())
    assert marks(town)[uid("c")].set_aside
    forget(town.db.engine)
    meet_rules(town, departments())
    assert marks(town)[uid("c")].set_aside, "the same rules would fail again"
    monkeypatch.setattr(rescreen, "stamp", lambda _: "[other rules]")
    forget(town.db.engine)
    meet_rules(town, departments())
    screen_due(town, departments())
    assert (marks(town), count(town, Alert)) == ({}, 5)


def test_an_examination_that_hangs_never_delays_a_push(town, monkeypatch):
    started, free = threading.Event(), threading.Event()
    poisoned(monkeypatch, "c", lambda: (started.set(), free.wait(20)))
    worker = threading.Thread(target=screen_due, args=(town, departments()))
    worker.start()
    assert started.wait(10)
    begun = time.monotonic()
    with town.db.write() as session:
        mark_dirty(session, town.county, [uid(name) for name in NAMES])
    waited = time.monotonic() - begun
    free.set()
    worker.join()
    assert waited < 1
    assert len(marks(town)) == 5, "what was pushed meanwhile is screened again"


def test_two_workers_at_once_double_nothing(town):
    def work():
        while screen_due(town, departments(), limit=2):
            pass

    workers = [threading.Thread(target=work) for _ in range(3)]
    [w.start() for w in workers]
    [w.join() for w in workers]
    assert (marks(town), count(town, Alert), count(town, DeterminationRow)) == ({}, 5, 10)
    assert count(town, FactRow, FactRow.source_kind == "visit", FactRow.name == "insured") == 5


def test_a_worker_that_lost_its_lease_writes_nothing(town, monkeypatch):
    examine_ = service.examine

    def slow(*args):
        judged = examine_(*args)
        with town.db.write() as session:
            session.execute(update(DirtyHousehold).values(lease_until=clock.now() - timedelta(seconds=1)))
        monkeypatch.setattr(service, "examine", examine_)
        screen_due(town, departments())
        return judged

    monkeypatch.setattr(service, "examine", slow)
    screen_due(town, departments())
    assert (marks(town), count(town, Alert), count(town, DeterminationRow)) == ({}, 5, 10)


def test_what_another_worker_holds_by_now_is_left_to_it(town, monkeypatch):
    examine_, other = service.examine, []

    def slow(*args):
        judged = examine_(*args)
        with town.db.write() as session:
            session.execute(update(DirtyHousehold).values(lease_until=clock.now() - timedelta(seconds=1), failures=0))
            other.append(claims.claim(session, town.county, 100))
        return judged

    monkeypatch.setattr(service, "examine", slow)
    screen_due(town, departments())
    assert count(town, Alert) == count(town, DeterminationRow) == 0
    assert {mark.lease for mark in marks(town).values()} == {other[0].lease}


def test_a_household_over_which_workers_die_is_claimed_alone_and_then_set_aside(town):
    for expected in (5, 1, 1):
        with town.db.write() as session:
            assert len(claims.claim(session, town.county, 100).generations) == expected
            session.execute(update(DirtyHousehold).values(lease_until=clock.now() - timedelta(seconds=1)))
        if expected == 5:
            with town.db.write() as session:
                session.execute(update(DirtyHousehold).where(DirtyHousehold.household_id != uid("c")).values(failures=0, set_aside=True))
    with town.db.write() as session:
        assert claims.claim(session, town.county, 100).generations == {}
    assert "中断" in marks(town)[uid("c")].last_error
