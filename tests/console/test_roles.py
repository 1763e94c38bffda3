"""Who has which queue: the township its own, the bureau all of them, a department what was referred to it."""

import pytest

from fieldsvc.accounts.regions import load_regions
from tests.support.desk import app, bearer, client, login, screen, signed, town  # noqa: F401
from tests.support.jiaozhou import UNINSURED, medical_visit
from tests.support.river import COUNTY, household, uid


@pytest.fixture
def busy(town, screen):
    """An alert for a in the first township and for z in the second."""
    with town.db.write() as session:
        load_regions(session, COUNTY, {"370281001001": "东村", "370281002001": "南村"})
        household(session, "z", tier="dibao", village="370281002001")
    for name in ("a", "z"):
        medical_visit(town, name, UNINSURED)
    screen()
    return town


@pytest.fixture
def sent(busy, officer):
    """a's matter stands with the medical office, z's with education."""
    found = {}
    for name, region, duty in (("a", "370281001", "medical_insurance"), ("z", "370281002", "education")):
        liu = officer("township_officer", region)
        page = liu.open(f"/console/households/{uid(name)}/refer")
        page = liu.press(page, "转办", duty=duty, person_id=uid(f"{name}/p1"), summary=f"{name}的事")
        found[name] = page.response.request.path
    return found


@pytest.mark.requirement("ROL-03")
def test_a_townships_queue_is_its_own_and_anothers_is_closed(busy, officer):
    first, second = officer("township_officer", "370281001"), officer("township_officer", "370281002")
    own = next(link for link in first.open("/console/desk").links.values() if "/console/alerts/" in link)
    assert "a户" in first.open("/console/desk").text and "z户" not in first.open("/console/desk").text
    assert "z户" in second.open("/console/desk").text and "a户" not in second.open("/console/desk").text
    assert first.open(own).status == 200 and second.open(own).status == 404
    for page in (f"households/{uid('a')}", f"households/{uid('a')}/visits", f"households/{uid('a')}/apply"):
        assert second.open(f"/console/{page}").status == 404, page


@pytest.mark.requirement("ROL-05")
def test_the_bureau_sees_all_townships_and_all_plugins_queues(busy, sent, officer):
    bureau = officer("county_officer", COUNTY)
    desk, queue = bureau.open("/console/desk").text, bureau.open("/console/referrals").text
    assert "a户" in desk and "z户" in desk
    assert "a的事" in queue and "z的事" in queue and "市医疗保障局" in queue
    assert all(bureau.open(path).status == 200 for path in sent.values())


@pytest.mark.requirement("ROL-06")
def test_an_officer_of_a_department_sees_persons_referred_and_no_others(sent, officer):
    medical = officer("department_officer", COUNTY, department="medical")
    assert "a的事" in medical.open("/console/referrals").text and "z的事" not in medical.open("/console/referrals").text
    page = medical.open(sent["a"])
    assert page.status == 200
    assert medical.open(sent["z"]).status == 404
    for closed in ("desk", "households", f"households/{uid('a')}", f"households/{uid('z')}", "applications"):
        assert medical.open(f"/console/{closed}").status == 403, closed
    assert "已办结" in medical.press(page, "办结", result="已参保").text
