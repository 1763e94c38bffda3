"""Overdue goes up to the county exactly once, at its time: a driven clock, two workers at once, workers that die."""

import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from fieldsvc import worker
from fieldsvc.accounts.rules import Actor
from fieldsvc.aidchain.models import Link
from fieldsvc.aidchain.service import append
from fieldsvc.aidchain.service import verify as verify_chain
from fieldsvc.alerts.clocks import matter
from fieldsvc.alerts.disposal import dispose
from fieldsvc.alerts.kinds import Desk
from fieldsvc.alerts.models import Alert
from fieldsvc.deadlines import sweep
from fieldsvc.deadlines.models import Deadline
from fieldsvc.deadlines.rules import Limits
from fieldsvc.deadlines.service import escalate, turn
from fieldsvc.deadlines.sweep import escalate_due
from fieldsvc.feed.models import Change
from fieldsvc.kit.clock import CHINA
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY

TOWNSHIP = Actor(COUNTY, 2, "王主任", "township_officer", "370281001")
ROOT = Path(__file__).resolve().parents[2]
SECOND = timedelta(seconds=1)


def went_up(site):
    """``{alert id: how often the aid chain says that it went up}``."""
    with site.db.read() as session:
        assert verify_chain(session, COUNTY) == []
        links = session.scalars(select(Link).where(Link.kind == "deadline_overdue"))
        return Counter(link.content["alert"] for link in links)


def all_up(site):
    """Like a worker's turns until nothing is due."""
    sent = 0
    while number := escalate_due(site):
        sent += number
    return sent


def step(site, alert, **body):
    with site.db.write() as session:
        dispose(session, Desk(TOWNSHIP, "jiaozhou", departments()), alert, body)


def test_every_alert_goes_up_once_at_its_time(at, site, found, clocks):
    """Thirty alerts, opened over the week before 春节 and graver or less grave; the clock is driven past the end of each."""
    at(2026, 2, 9, 8, 30)
    due = {}
    for number in range(30):
        at(hours=7)
        alert = found(f"h{number}", severity=("high", "medium", "low")[number % 3])
        due[alert] = clocks(alert)["verify"].due_at
    for moment in sorted(set(due.values())):
        for at.time in (moment, moment + SECOND):
            all_up(site)
            assert went_up(site) == {alert: 1 for alert in due if due[alert] < at.time}
    at(days=400)
    assert (all_up(site), went_up(site)) == (0, dict.fromkeys(due, 1))
    assert all(clocks(alert)["verify"].escalated_at == due[alert] + SECOND for alert in due)


def test_what_the_chain_and_the_phones_are_told(at, town, found):
    alert = found("a")

    def told():
        with town.db.read() as session:
            return session.scalar(select(func.max(Change.seq)).where(Change.record_id == alert))

    before = told()
    at(days=10)
    assert (all_up(town), told() > before) == (1, True)
    with town.db.read() as session:
        link = session.scalars(select(Link).where(Link.kind == "deadline_overdue")).one()
    assert link.content == {
        "alert": alert, "step": "核实", "state": "已超期", "level": "county", "started_at": "2026-03-02T09:00:00+08:00",
        "due_at": "2026-03-06T00:00:00+08:00", "limit": "3个工作日（本地设定，样例：示例：办理时限规定（样例））",
    }  # fmt: skip


def test_what_was_answered_in_time_never_goes_up(at, site, found):
    alert = found()
    at(2026, 3, 5, 23, 59, 59)
    step(site, alert, kind="verify", result="not_confirmed", note="本人已参保")
    at(days=30)
    assert (all_up(site), went_up(site)) == (0, {})


def test_what_was_answered_late_before_anybody_looked_still_goes_up(at, site, found):
    """The worker stood still over the end: whether the county hears of it does not hang on that."""
    alert = found()
    at(2026, 3, 6, 0, 0, 1)
    step(site, alert, kind="verify", result="not_confirmed", note="本人已参保")
    at(days=1)
    assert (all_up(site), went_up(site), all_up(site)) == (1, {alert: 1}, 0)


def test_each_step_goes_up_for_itself(at, site, found):
    alert = found()
    at(days=10)
    all_up(site)
    step(site, alert, kind="verify", result="confirmed")
    at(days=30)
    assert (all_up(site), went_up(site)) == (1, {alert: 2})


def test_without_a_setting_nothing_is_ever_overdue(at, site, found, clocks, monkeypatch):
    monkeypatch.setattr(Limits, "length", lambda *_: None)
    alert = found()
    at(days=4000)
    assert (all_up(site), clocks(alert)["verify"].due_at) == (0, None)


@pytest.mark.parametrize("round_", range(3))
def test_two_workers_at_once(at, site, found, monkeypatch, round_):
    alerts = [found(f"h{number}") for number in range(20)]
    at(days=10)
    monkeypatch.setattr(sweep, "SLICE", 3)
    sent, start = [], threading.Barrier(4)

    def worker():
        start.wait()
        sent.append(all_up(site))

    hands = [threading.Thread(target=worker) for _ in range(4)]
    [hand.start() for hand in hands]
    [hand.join() for hand in hands]
    all_up(site)
    assert went_up(site) == dict.fromkeys(alerts, 1)


def test_officers_decide_while_two_workers_look(at, site, found, monkeypatch):
    """Nobody waits for the other in a ring, and nothing goes up twice or stays down."""
    alerts = [found(f"h{number}") for number in range(24)]
    at(days=10)
    monkeypatch.setattr(sweep, "SLICE", 4)
    failed, start = [], threading.Barrier(4)

    def run(work, *given):
        start.wait()
        try:
            work(*given)
        except Exception as error:
            failed.append(error)

    def decide(mine):
        for alert in mine:
            step(site, alert, kind="verify", result="confirmed")
            step(site, alert, kind="carry_out", carried_out="已落实")

    jobs = [(decide, alerts[::2]), (decide, alerts[1::2]), (all_up, site), (all_up, site)]
    hands = [threading.Thread(target=run, args=job) for job in jobs]
    [hand.start() for hand in hands]
    [hand.join() for hand in hands]
    all_up(site)
    assert (failed, went_up(site)) == ([], dict.fromkeys(alerts, 1))


def test_a_decision_under_way_and_a_worker_never_wait_for_each_other(at, site, found):
    """Whoever decides holds the household's chain when it comes to the clocks; so the worker takes the chain first."""
    alert = found()
    at(days=10)
    with site.db.read() as session:
        seen = session.execute(select(Deadline.id, Deadline.household_id)).all()
        home = session.get(Alert, (COUNTY, alert)).household_id
    failed = []

    def worker():
        try:
            with site.db.write() as session:
                escalate(session, COUNTY, seen)
        except Exception as error:
            failed.append(error)

    hand = threading.Thread(target=worker)
    with site.db.write() as session:
        append(session, COUNTY, home, "alert_verified", "王主任", {})
        hand.start()
        hand.join(timeout=1)
        turn(session, COUNTY, [matter(session.get(Alert, (COUNTY, alert)))])
    hand.join()
    assert (failed, went_up(site)) == ([], {alert: 1})


def test_two_that_saw_the_same_row_send_it_once(at, site, found):
    """Both have read it as overdue; whoever comes second finds it taken."""
    alert = found()
    at(days=10)
    with site.db.read() as session:
        seen = session.execute(select(Deadline.id, Deadline.household_id)).all()
    sent = []
    for _ in range(2):
        with site.db.write() as session:
            sent.append(escalate(session, COUNTY, seen))
    assert (sent, went_up(site)) == ([1, 0], {alert: 1})


def test_an_answer_that_came_between_look_and_claim_keeps_it_down(at, site, found):
    """The county is not told of what was answered in time by a clock that has since been set right."""
    alert = found()
    with site.db.read() as session:
        seen = session.execute(select(Deadline.id, Deadline.household_id)).all()
    step(site, alert, kind="verify", result="not_confirmed", note="本人已参保")
    at(days=10)
    with site.db.write() as session:
        assert escalate(session, COUNTY, seen) == 0
    assert went_up(site) == {}


def process(site, settings, moment, *how):
    command = [sys.executable, "-m", "tests.deadlines.other_worker", settings.database_url, str(settings.home), moment.isoformat(), *how]
    running = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert running.stdout.readline() == "ready\n"
    return running


@pytest.mark.requirement("REF-04")
def test_two_real_workers_and_one_that_loses_power(at, site, settings, found):
    alerts = [found(f"h{number}") for number in range(12)]
    moment = at(days=10).astimezone(UTC)
    dying = process(site, settings, moment, "kill")
    assert (dying.communicate("go\n", timeout=60)[0], dying.returncode, went_up(site)) == ("", 9, {})
    two = [process(site, settings, moment) for _ in range(2)]
    for one in two:
        one.stdin.write("go\n")
        one.stdin.flush()
    sent = [int(one.communicate(timeout=60)[0]) for one in two]
    sent.append(all_up(site))
    assert (sum(sent), went_up(site)) == (12, dict.fromkeys(alerts, 1))


def test_the_worker_s_turn_does_it(at, site, found, monkeypatch):
    monkeypatch.setattr(worker, "JOBS", (worker.keep_deadlines,))
    alert = found()
    at(days=10)
    hands = worker.Hands(site.settings, departments())
    hands.work()
    hands.work()
    hands.site.db.dispose()
    assert went_up(site) == {alert: 1}


def test_the_county_is_told_at_the_moment_china_s_day_ends(at, site, found):
    found()
    at.time = datetime(2026, 3, 5, 16, 0, 0, tzinfo=UTC)
    assert all_up(site) == 0
    at.time = datetime(2026, 3, 5, 16, 0, 1, tzinfo=UTC).astimezone(CHINA)
    assert all_up(site) == 1
