"""Beyond the last published year the end is provisional, and is worked out again once a day until the calendar has come."""

from datetime import date, datetime, timedelta

import pytest

from fieldsvc.deadlines import rules, working_days
from fieldsvc.deadlines.sweep import SLICE, compute_due, escalate_due
from fieldsvc.kit.clock import CHINA
from tests.support.jiaozhou import departments

LAST = working_days.chinese_calendar.constants.holidays
YEAR = max(LAST).year + 1
"""The first year without a published calendar."""
NEW_YEAR = date(YEAR, 1, 1)


@pytest.fixture
def published(monkeypatch):
    """``published(days off)``: the State Council's calendar of the next year has come with them."""
    real = working_days.published
    found = {}

    def answer(day):
        return day not in found["off"] and day.weekday() < 5 if found and day.year == YEAR else real(day)

    monkeypatch.setattr(working_days, "published", answer)
    return lambda *off: found.update(off=off)


@pytest.fixture
def new_year_s_eve(at):
    """The last day of the published year, and the three following days that are no weekend."""
    at(YEAR - 1, 12, 31, 9)
    days = (NEW_YEAR + timedelta(days=n) for n in range(9))
    return [day for day in days if day.weekday() < 5][:4]


def last_day(row):
    return (row.due_at - timedelta(seconds=1)).astimezone(CHINA).date()


def compute(site):
    done = 0
    while number := compute_due(site, departments().policy):
        done += number
    return done


def test_when_the_calendar_comes_the_end_moves_and_is_sure(at, site, found, clocks, published, new_year_s_eve):
    first, second, third, fourth = new_year_s_eve
    alert = found()
    assert (last_day(clocks(alert)["verify"]), clocks(alert)["verify"].provisional) == (third, True)
    assert compute(site) == 0  # worked out today already
    published(NEW_YEAR, first)
    off = [day for day in (first, second, third, fourth) if day not in (NEW_YEAR, first)]
    at(days=1)
    assert compute(site) == 1
    after = clocks(alert)["verify"]
    assert (last_day(after) > third, after.provisional) == (True, False)
    assert last_day(after) >= off[-1]
    at(days=1)
    assert compute(site) == 0  # nothing is open any more


def test_without_news_it_is_looked_at_once_a_day_and_stays(at, site, found, clocks, new_year_s_eve):
    alert = found()
    before = clocks(alert)["verify"].due_at
    for _ in range(3):
        at(days=1)
        assert (compute(site), compute(site)) == (1, 0)
    assert (clocks(alert)["verify"].due_at, clocks(alert)["verify"].provisional) == (before, True)


def test_what_went_up_is_history(at, site, found, clocks, published, new_year_s_eve):
    alert = found()
    at(days=20)
    assert escalate_due(site) == 1
    told = clocks(alert)["verify"].due_at
    published(NEW_YEAR)
    at(days=1)
    assert (compute(site), clocks(alert)["verify"].due_at) == (0, told)


def test_a_setting_made_later_reaches_the_steps_begun_under_it(at, site, found, clocks, monkeypatch):
    """Where nobody had set a limit there is none; one in force since before the step began counts from the next day's look."""
    real = rules.Limits.length
    monkeypatch.setattr(rules.Limits, "length", lambda *_: None)
    alert = found()
    assert clocks(alert)["verify"].due_at is None
    monkeypatch.setattr(rules.Limits, "length", real)
    at(days=1)
    assert compute(site) == 1
    assert clocks(alert)["verify"].due_at == datetime(2026, 3, 6, tzinfo=CHINA)


def test_more_than_a_slice(at, site, found, new_year_s_eve):
    for number in range(SLICE + 3):
        found(f"h{number}")
    at(days=1)
    assert [compute_due(site, departments().policy) for _ in range(3)] == [SLICE, 3, 0]
