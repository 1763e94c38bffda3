"""What people write is text on every page, also where it stands among words that are translated."""

import pytest

from fieldsvc.households.models import Person
from tests.support.river import COUNTY, household, uid

NAME = "<b>王</b>100%d"


@pytest.fixture
def home(db):
    with db.write() as session:
        household(session, "a", ("p1",))
        session.flush()
        session.get(Person, (COUNTY, uid("a/p1"))).name = NAME
    return uid("a")


@pytest.mark.parametrize("path", ["", "/refer", "/applications/new", "/facts"])
def test_a_members_name_is_no_markup(officer, home, path):
    page = officer().open(f"/console/households/{home}{path}")
    assert page.status == 200 and "<b>" not in page.html and "&lt;b&gt;王&lt;/b&gt;100%d" in page.html


def test_a_sentence_that_quotes_what_was_typed_is_no_markup(officer):
    admin = officer("administrator", "370281")
    told = {
        "name": NAME,
        "username": "<b>%d</b>",
        "role": "township_officer",
        "region": "370281001",
        "password": "a long pass phrase",
    }
    for _ in range(2):
        page = admin.press(admin.open("/console/organisation"), "新增账号", **told)
        assert "<b>" not in page.html and "&lt;b&gt;" in page.html, page.status
