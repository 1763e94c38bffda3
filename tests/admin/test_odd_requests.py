"""Requests nobody's client sends: a clear answer, never a fault of ours."""

import base64

import pytest

from tests.support.desk import *  # noqa: F403
from tests.support.river import uid


@pytest.fixture
def ask(client, signed):
    return lambda path: client.get(path, headers=signed("county_officer", "370281"))


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("path", ["alerts", "referrals"])
def test_a_cursor_at_the_end_of_time_is_a_bad_cursor(ask, path, moment):
    cursor = base64.urlsafe_b64encode(f"{moment}|x".encode()).decode()
    got = ask(f"/api/v1/{path}?cursor={cursor}")
    assert (got.status_code, got.get_json()["code"]) == (400, "bad-cursor")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1900-02-28"])
def test_a_determination_is_asked_for_a_day_rules_can_reckon_with(town, ask, day):
    assert ask(f"/api/v1/households/{uid('a')}/determinations?date={day}").status_code in (200, 422)
