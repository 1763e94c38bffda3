import io

import pytest

from fieldsvc.accounts.rules import Actor
from fieldsvc.facts.service import mark_dirty
from fieldsvc.households.models import Person
from fieldsvc.households.rules import check_character
from fieldsvc.households.service import update_person
from fieldsvc.matching import desk as desks
from fieldsvc.matching import service
from fieldsvc.matching.desk import Desk
from tests.matching.county import as_csv
from tests.support.desk import *  # noqa: F403
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, uid

COUNTY_OFFICER = {"role": "county_officer", "region": COUNTY}
EDUCATION = {"role": "department_officer", "region": COUNTY, "department": "education"}
OFFICER = Actor(COUNTY, 77, "县经办", "county_officer", COUNTY)
FEED = "education.student_aid"


def number(serial, born="19600501"):
    body = f"370281{born}{serial:03d}"
    return body + check_character(body)


@pytest.fixture
def named(town, screen):
    """Households a and b as in ``town``; their persons bear names and numbers: a is 王小明 (…1), b is 李梅 (…3)."""
    with town.db.write() as session:
        for home, name, serial in (("a", "王小明", 2), ("b", "李梅", 4)):
            person = session.get(Person, (COUNTY, uid(f"{home}/p1")))
            update_person(session, town.vault, person, {"name": name, "id_number": number(serial)})
        mark_dirty(session, COUNTY, [uid("a"), uid("b")])
    screen()
    return town


@pytest.fixture
def deliver(named):
    """``deliver(rows)`` uploads and previews a list as the county officer; the run as shown."""

    def deliver(rows, feed=FEED, as_of=None, actor=OFFICER, data=None):
        data = data if data is not None else as_csv(rows, "utf-8-sig")
        run_id = service.uploaded_by(named, actor, departments(), feed, "名单.csv", data, as_of)
        while service.work(named, departments()):
            pass
        return show(named, run_id)

    return deliver


def show(site, run_id, actor=OFFICER):
    with site.db.read() as session:
        return desks.run(session, Desk(site, actor, departments()), run_id)


def rows_of(site, run_id, actor=OFFICER, **asked):
    with site.db.read() as session:
        return desks.rows(session, Desk(site, actor, departments()), run_id, limit=200, **asked)[0]


@pytest.fixture
def approve(named, screen):
    def approve(run_id, actor=OFFICER):
        with named.db.write() as session:
            service.approve(session, actor, departments(), run_id, "低收入人口动态监测")
        while service.work(named, departments()):
            pass
        screen()
        return show(named, run_id)

    return approve


@pytest.fixture
def call(client, signed):
    def call(method, path, body=None, query=None, **who):
        got = getattr(client, method)(
            f"/api/v1/matching{path}", json=body, query_string=query, headers=signed(**(who or COUNTY_OFFICER))
        )
        return got.status_code, (got.get_json() if got.is_json else got.data)

    return call


@pytest.fixture
def post_list(client, signed):
    def post_list(data, feed=FEED, name="名单.csv", as_of=None, **who):
        form = {"feed": feed, "file": (io.BytesIO(data), name)} | ({"as_of": as_of} if as_of else {})
        got = client.post("/api/v1/matching/runs", data=form, headers=signed(**(who or COUNTY_OFFICER)))
        return got.status_code, got.get_json()

    return post_list
