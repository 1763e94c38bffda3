"""Pages of a household with 200 entries on its chain and six members: statements and bytes do not grow with either."""

from datetime import date

import pytest

from fieldsvc.households.models import Person
from tests.support.desk import app, screen, town  # noqa: F401
from tests.support.home import asked, home, long_chain, told  # noqa: F401
from tests.support.river import COUNTY, DAY, uid

PAGES = ("", "/facts", "/reasons", "/visits", "/chain", "/chain/print", "/access")


@pytest.mark.parametrize("tail", PAGES)
def test_a_large_household_costs_no_more_statements_than_a_small_one(site, home, officer, statements, screen, tail):
    liu = officer("township_officer", "370281001", name="刘敏")
    address = f"/console/households/{home}{tail}"
    liu.open(address)
    with statements() as few:
        liu.open(address)
    with site.db.write() as session:
        for number in range(6):
            session.add(Person(county_code=COUNTY, id=uid(f"a/more{number}"), household_id=home, name=f"成员{number}", sex="male",
                               birth_date=date(1970 + number, 1, 1), identity_kind="none", source="import", created_at=DAY,
                               updated_at=DAY))  # fmt: skip
    long_chain(site, 200)
    screen()
    with statements() as many:
        page = liu.open(address)
    assert len(asked(many)) <= len(asked(few)) + 1 <= 15
    assert len(page.html.encode()) < 100_000
