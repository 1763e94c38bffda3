"""Findings that meet: of one batch, of two finders at once, before and after a closing."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.service import close, forget, raise_alerts
from tests.alerts.test_alerts import FINDING, found, only, shut
from tests.support.river import COUNTY

MATCHED = replace(FINDING, channels=({"channel": "matching", "source": "list-7"},))


def heard(site):
    return [c["channel"] for c in only(site).channels]


def test_two_finders_in_one_batch_are_both_named(site):
    assert len(found(site, FINDING, MATCHED)) == 1
    assert heard(site) == ["visit", "matching"]


def test_two_finders_in_one_batch_are_both_named_when_it_opens_again(site):
    found(site, FINDING)
    shut(site)
    again = replace(FINDING, fingerprint="facts-2")
    assert len(found(site, again, replace(MATCHED, fingerprint="facts-2"))) == 1
    assert heard(site) == ["visit", "matching"]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_who_finds_the_same_while_another_is_writing_it_down_is_named_too(site):
    """SQLite has one writer at a time."""
    with site.db.write() as session:
        raise_alerts(session, COUNTY, [FINDING])
        session.flush()
        other = threading.Thread(target=found, args=(site, MATCHED))
        other.start()
        other.join(1)
        assert other.is_alive(), "waits for the row"
    other.join(20)
    assert sorted(heard(site)) == ["matching", "visit"]


def test_facts_that_went_away_before_the_closing_and_came_back_after_it_count_as_changed(site):
    found(site, FINDING)
    with site.db.write() as session:
        forget(session, COUNTY, [("medical.x", "p1")])
        close(session.scalars(select(Alert)).one())
    assert len(found(site, FINDING)) == 1


def test_an_alert_of_a_child_stays_one(site):
    """What was written on it as such must not become readable by a later finding without child facts."""
    found(site, replace(FINDING, klass="child"))
    found(site, replace(FINDING, fingerprint="facts-2"))
    assert only(site).klass == "child"
