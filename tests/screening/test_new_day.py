"""Days pass: people age and knowledge runs out, so every household is screened again once a day, whoever starts it."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from fieldsvc import worker
from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.facts.service import mark_dirty
from fieldsvc.households.models import Household
from fieldsvc.kit import clock
from fieldsvc.screening import rescreen
from fieldsvc.screening.models import DailyRun, DeterminationRow
from fieldsvc.screening.rescreen import new_day
from tests.support.jiaozhou import INSURED, departments, medical_visit
from tests.support.river import COUNTY, household, uid


@pytest.fixture
def days(monkeypatch):
    """``days(3)`` moves the clock of this process three days on."""
    real, ahead = clock.now, [timedelta()]
    monkeypatch.setattr(clock, "now", lambda: real() + ahead[0])

    def later(number):
        ahead[0] += timedelta(days=number)

    return later


def generations(site):
    with site.db.read() as session:
        return dict(session.execute(select(DirtyHousehold.household_id, DirtyHousehold.generation)).all())


def spend(site):
    return sum(iter(lambda: new_day(site), 0))


def lease_all(site):
    """From now on each marking raises a generation."""
    with site.db.write() as session:
        mark_dirty(session, COUNTY, session.scalars(select(Household.id)))
        session.execute(update(DirtyHousehold).values(lease="x"))


def test_everybody_is_marked_once_a_day_and_not_on_the_first(town, days):
    assert (spend(town), generations(town)) == (0, {})
    lease_all(town)
    for _ in range(2):
        days(1)
        assert (spend(town), spend(town)) == (2, 0)
    assert generations(town) == {uid("a"): 3, uid("b"): 3}


def test_processes_at_once_and_a_crash_between_slices_mark_nobody_twice(town, days, monkeypatch):
    monkeypatch.setattr(rescreen, "SLICE", 2)
    with town.db.write() as session:
        for number in range(7):
            household(session, f"h{number}")
    spend(town)
    lease_all(town)
    days(1)
    assert new_day(town) == 2, "and here the machine is gone"
    workers = [threading.Thread(target=spend, args=(town,)) for _ in range(3)]
    [w.start() for w in workers]
    [w.join() for w in workers]
    spend(town)
    assert list(generations(town).values()) == [2] * 9


def test_a_clock_a_little_behind_starts_no_second_day_and_a_wrong_year_is_mended(town, days):
    spend(town)
    days(1)
    assert spend(town) == 2
    days(-1)
    assert spend(town) == 0
    with town.db.write() as session:
        session.execute(update(DailyRun).values(day=clock.today() + timedelta(days=400)))
    assert spend(town) == 2


def test_the_worker_does_it_and_what_is_no_longer_known_is_asked_again(town, days, screen):
    medical_visit(town, "a", INSURED)
    screen()
    before = letters(town)
    hands = worker.Hands(town.settings, departments())
    hands.work()
    days(400)
    hands.work()
    hands.site.db.dispose()
    assert generations(town) == {}
    assert letters(town) != before, "insured is known for twelve months"


def letters(site):
    with site.db.read() as session:
        rows = select(DeterminationRow.verdicts).where(
            DeterminationRow.subject_id == uid("a/p1"), DeterminationRow.current, DeterminationRow.county_code == COUNTY)  # fmt: skip
        assert session.scalar(select(func.count()).select_from(rows.subquery())) == 1
        return session.scalar(rows)
