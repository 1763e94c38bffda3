"""A household moves to another village: what carries its village moves along, and nothing else is written for it."""

import pytest
from sqlalchemy import select

from fieldsvc.alerts.models import Alert
from fieldsvc.households import service
from fieldsvc.households.models import Household
from fieldsvc.wiring import MOVING, connect
from tests.support.alerts import awaited, raised
from tests.support.river import COUNTY, household, uid
from tests.support.statements import statements_of

ELSEWHERE = "370281002001"
TABLES = [model.__tablename__ for model in MOVING]


@pytest.fixture
def change(site):
    """``change(village_code=…)`` writes to household a, which has an alert; the tables that were written to."""
    connect()
    with site.db.write() as session:
        household(session, "a")
        household(session, "b")
        raised(session, "seen")
        raised(session, "other", home="b")
        awaited(session, "seen", 3)

    def write(**values):
        with statements_of(site.db) as sent, site.db.write() as session:
            service.update_household(session, site.vault, session.get_one(Household, (COUNTY, uid("a"))), values)
        return [table for table in TABLES if any(f"UPDATE {table} " in one for one in sent)]

    return write


def villages(site):
    with site.db.read() as session:
        return dict(session.execute(select(Alert.id, Alert.village_code)).tuples().all())


def test_what_carries_its_village_moves_along(site, change):
    before = villages(site)
    assert change(village_code=ELSEWHERE) == TABLES
    assert villages(site) == before | {uid("seen"): ELSEWHERE}


def test_another_change_writes_to_none_of_them(site, change):
    assert change(address="村东头", name="新名") == []
