"""工作日 arithmetic: against a naive oracle, over the Spring Festival and the National Day of 2026, at the ends of days."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldsvc.deadlines.working_days import Calendar, Length, due, due_text
from fieldsvc.kit.clock import CHINA


def days(*spans):
    """Every day of the spans given as ``(first, last)`` in month and day of 2026."""
    found = set()
    for (month, day), (last_month, last_day) in spans:
        at, last = date(2026, month, day), date(2026, last_month, last_day)
        while at <= last:
            found.add(at)
            at += timedelta(days=1)
    return found


# as the State Council's notice on the holidays of 2026 lists them
OFF = days(((1, 1), (1, 3)), ((2, 15), (2, 23)), ((4, 4), (4, 6)), ((5, 1), (5, 5)), ((6, 19), (6, 21)), ((9, 25), (9, 27)),
           ((10, 1), (10, 7)))  # fmt: skip
ON = {date(2026, *day) for day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))}


def oracle(since, number):
    """The naive way: write down every day of the year after the first, cross out what is no working day, count."""
    first = since.astimezone(CHINA).date()
    following = [first + timedelta(days=n) for n in range(1, 400)]
    worked = [day for day in following if day in ON or (day not in OFF and day.weekday() < 5)]
    return worked[number - 1]


def length(amount, unit="working_day"):
    return Length(Fraction(amount), unit, {})


def last_day(since, number, calendar=None):
    """The day with whose last moment N working days end."""
    end, _ = due(length(number), since, calendar or Calendar())
    return (end - timedelta(microseconds=1)).astimezone(CHINA).date()


@settings(deadline=None)
@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 10, 31)), st.integers(1, 30))
def test_counting_agrees_with_the_naive_way(naive, number):
    since = naive.replace(tzinfo=CHINA)
    end, provisional = due(length(number), since, Calendar())
    assert last_day(since, number) == oracle(since, number)
    assert (end.astimezone(CHINA).time(), provisional) == (time(), False)


@settings(deadline=None)
@given(st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC)), st.integers(1, 60), st.integers(1, 9))
def test_more_days_never_end_earlier_and_an_earlier_start_never_later(since, number, hours):
    end = due(length(number), since, Calendar())[0]
    assert due(length(number + 1), since, Calendar())[0] > end > since
    assert due(length(number), since - timedelta(hours=hours), Calendar())[0] <= end


@settings(deadline=None)
@given(st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.just(CHINA)), st.integers(1, 9_999))
def test_hours_run_through_nights_and_holidays(since, hours):
    assert due(length(hours, "hour"), since, Calendar()) == (since + timedelta(hours=hours), False)


@pytest.mark.parametrize(("since", "number", "last"), [
    ((2026, 2, 13, 9), 1, (2026, 2, 14)),  # the Saturday before 春节 is worked (调休)
    ((2026, 2, 13, 9), 2, (2026, 2, 24)),  # then nine days off
    ((2026, 2, 14, 23, 59), 3, (2026, 2, 26)),
    ((2026, 2, 18, 12), 1, (2026, 2, 24)),  # begun on a holiday: the first working day after it is the first
    ((2026, 2, 27, 9), 1, (2026, 2, 28)),  # and the Saturday after it is worked too
    ((2026, 9, 18, 9), 1, (2026, 9, 20)),  # a Sunday worked for 国庆
    ((2026, 9, 30, 9), 1, (2026, 10, 8)),
    ((2026, 10, 9, 9), 2, (2026, 10, 12)),  # Saturday the 10th is worked, Sunday the 11th is not
    ((2026, 3, 2, 0, 0), 1, (2026, 3, 3)),
    ((2026, 3, 2, 23, 59, 59), 1, (2026, 3, 3)),  # the day on which it begins never counts
])  # fmt: skip
def test_holidays_and_worked_weekends(since, number, last):
    assert last_day(datetime(*since, tzinfo=CHINA), number) == date(*last)


def test_the_day_is_china_s_whatever_the_server_s_zone():
    """23:30 UTC on Monday is Tuesday in China; no day there is shorter or longer than 24 hours."""
    assert last_day(datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC), 1) == date(2026, 3, 3)
    assert last_day(datetime(2026, 3, 2, 16, 0, tzinfo=UTC), 1) == date(2026, 3, 4)
    for day in (date(2026, 3, 29), date(2026, 10, 25)):  # Europe's changes of the clock
        assert due(length(24, "hour"), datetime.combine(day, time(), CHINA), Calendar())[0].date() == day + timedelta(days=1)


def test_a_working_day_ends_at_midnight_or_at_the_office_s_hour():
    monday = datetime(2026, 3, 2, 9, tzinfo=CHINA)
    assert due(length(1), monday, Calendar())[0] == datetime(2026, 3, 4, tzinfo=CHINA)
    assert due(length(1), monday, Calendar(close=time(17, 30)))[0] == datetime(2026, 3, 3, 17, 30, tzinfo=CHINA)
    assert due_text(datetime(2026, 3, 4, tzinfo=CHINA)) == "2026年3月3日24:00"
    assert due_text(datetime(2026, 3, 3, 17, 30, tzinfo=CHINA)) == "2026年3月3日17:30"


def test_beyond_the_published_calendar_the_end_is_provisional():
    """2060 is not published: Monday to Friday, and the days the deployment sets."""
    thursday = datetime(2060, 4, 1, 9, tzinfo=CHINA)
    own = Calendar(frozenset({date(2060, 4, 2)}), frozenset({date(2060, 4, 4)}))
    assert due(length(1), thursday, Calendar()) == (datetime(2060, 4, 3, tzinfo=CHINA), True)
    assert last_day(thursday, 1, own) == date(2060, 4, 4)
    assert last_day(thursday, 2, own) == date(2060, 4, 5)
    assert due(length(48, "hour"), thursday, own)[1] is False


def test_where_the_calendar_is_published_the_deployment_s_own_days_change_nothing():
    monday = datetime(2026, 3, 2, 9, tzinfo=CHINA)
    assert last_day(monday, 1, Calendar(frozenset({date(2026, 3, 3)}))) == date(2026, 3, 3)
