"""Fixtures: the township of ``support.desk`` under a clock that the test drives."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.rules import Finding
from fieldsvc.alerts.service import raise_alerts
from fieldsvc.deadlines.models import Deadline
from fieldsvc.deadlines.rules import Limits
from fieldsvc.households.models import Household
from fieldsvc.kit import clock
from fieldsvc.kit.clock import CHINA
from tests.support.desk import *  # noqa: F403
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, VILLAGE, household, uid

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=CHINA)
"""An ordinary week: the sample settings give 3 working days to verify, 24 hours when it is grave."""


class Driven:
    """``at.time`` is what the server's clock shows."""

    def __init__(self):
        self.time = MONDAY

    def __call__(self, *moment, **ahead):
        self.time = datetime(*moment, tzinfo=CHINA) if moment else self.time + timedelta(**ahead)
        return self.time


@pytest.fixture
def at(monkeypatch):
    """``at(2026, 2, 14, 9)`` sets the server's clock to a time in China, ``at(hours=3)`` moves it on."""
    driven = Driven()
    monkeypatch.setattr(clock, "now", lambda: driven.time.astimezone(clock.UTC))
    return driven


def limits() -> Limits:
    return Limits(departments().policy, "jiaozhou")


@pytest.fixture
def found(site):
    """``found("a", severity="high")`` opens an alert about household ``a`` and returns its id."""
    known = set()

    def raised(name="a", **changed):
        home = uid(name)
        with site.db.write() as session:
            if name not in known and session.get(Household, (COUNTY, home)) is None:
                household(session, name)
            known.add(name)
            finding = Finding("medical.x", "household", home, home, None, VILLAGE, "general", "carry_out", "medium",
                              "medical_insurance", "标题", "说明", {"conditions": []}, "facts-1", ())  # fmt: skip
            raise_alerts(session, COUNTY, [replace(finding, **changed)], limits())
            return session.scalars(select(Alert.id).where(Alert.household_id == home)).one()

    return raised


@pytest.fixture
def clocks(site):
    """``clocks(id)`` → ``{kind: its last clock}`` of a subject."""

    def of(subject_id):
        with site.db.read() as session:
            mine = select(Deadline).where(Deadline.subject_id == subject_id).order_by(Deadline.started_at, Deadline.id)
            return {row.kind: row for row in session.scalars(mine)}

    return of
