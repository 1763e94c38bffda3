"""Two households registered twice, two workers, phones over HTTP in process, the worker's screening on call."""

import pytest

from fieldsvc.accounts.rules import Actor
from fieldsvc.registry.ground import Care
from fieldsvc.screening.service import screen_due
from fieldsvc.wiring import connect
from tests.support import river
from tests.support.application import application
from tests.support.jiaozhou import departments, medical_visit, open_township
from tests.support.river import COUNTY, uid
from tests.sync.conftest import Field

OFFICER = Actor(COUNTY, 2, "李经办", "township_officer", "370281001")


@pytest.fixture
def care():
    return Care(OFFICER, departments().vocabulary.facts)


@pytest.fixture
def county(site):
    """Households ``a`` (grid worker 1) and ``b`` (grid worker 4), of one person each, on 低保; every form is published."""
    connect()
    open_township(site, "a")
    with site.db.write() as session:
        river.account(session, 4)
        river.household(session, "b", tier="dibao")
        session.flush()
        river.assign(session, uid("b"), 4)
    return site


@pytest.fixture
def screen(site):
    def run():
        while screen_due(site, departments()):
            pass

    return run


@pytest.fixture
def field(county):
    made = Field.__new__(Field)
    made.site, made.app = county, application(county, departments())
    made.client = made.app.test_client()
    return made


@pytest.fixture
def visited(county, screen):
    """Each household visited once; facts, determinations and alerts stand."""
    medical_visit(county, "a", {"insured": "yes", "inpatient_year": "no", "emergency_treatment": "no"})
    medical_visit(county, "b", {"insured": "no", "inpatient_year": "no", "emergency_treatment": "no"})
    screen()
    return county
