"""A machine that goes silent in the middle of a transaction: the counter it held must not stop the county."""

import time

import pytest

from fieldsvc.feed.service import open_county, take
from fieldsvc.kit import db as kit
from fieldsvc.kit.db import Database
from fieldsvc.kit.errors import Problem
from tests.support.river import COUNTY

pytestmark = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)


def test_who_holds_the_counter_and_says_nothing_loses_it(settings, monkeypatch):
    monkeypatch.setattr(kit, "SILENT_SECONDS", 1)
    silent, lively = Database(settings.database_url), Database(settings.database_url)
    with lively.write() as session:
        open_county(session, COUNTY)
    with pytest.raises(Problem, match="busy"), silent.write() as session:
        take(session, COUNTY, 1)
        begun = time.monotonic()
        with lively.write() as other:
            last = take(other, COUNTY, 1)
        assert time.monotonic() - begun < 5
        take(session, COUNTY, 1)
    with lively.write() as other:
        assert take(other, COUNTY, 1) == last + 1, "what the silent one took was rolled back"
    silent.dispose()
    lively.dispose()


def test_a_deployment_has_such_a_limit(db):
    with db.read() as session:
        told = session.connection().exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar_one()
    assert told == "1min"
