"""Funds in the browser: the year's need by item, due beside paid, what a visit says has not arrived, and what joint bodies see."""

from datetime import date
from decimal import Decimal

import pytest

from fieldsvc.accounts.regions import load_regions
from fieldsvc.households.models import Household, Person
from fieldsvc.supervision.funds import Cost
from tests.support.pages import Browser
from tests.support.places import COUNTY, TOWNSHIP, county  # noqa: F401
from tests.support.river import uid


def sit(found, role, **more):
    region = TOWNSHIP if role == "township_officer" else COUNTY
    found.headers(role, region, **more)
    browser = Browser(found.app)
    browser.sign_in("-".join([role, region, *more.values()]))
    return browser


@pytest.fixture
def zibo(county):
    """a and b on 低保, c on no tier; the price subsidy of 45 yuan is in force."""
    found = county("zibo")
    found.on(date(2023, 2, 10))
    for name, tier in (("a", "dibao"), ("b", "dibao"), ("c", None)):
        found.household(name, tier=tier)
    with found.site.db.write() as session:
        load_regions(session, COUNTY, {"370281001": "甲街道"})
        for name in "abc":
            session.get(Person, (COUNTY, uid(f"{name}/p1"))).tier = session.get(Household, (COUNTY, uid(name))).tier
    for name in "abc":
        found.tell(name, out_of_poverty=False)
    return found


def line(page, title):
    return next(row for row in page.html.split("<tbody>")[1].split("</tr>") if title in row)


@pytest.mark.requirement("FUN-01")
def test_each_item_shows_people_standard_and_the_need_of_the_year(zibo):
    page = sit(zibo, "county_officer").open("/console/funds")
    for cell in (">2<", "45.00", "1080.00", "90.00"):
        assert cell in line(page, "价格临时补贴"), cell
    for cell in (">2<", "760.00", "18240.00"):
        assert cell in line(page, "最低生活保障对象"), cell
    file = sit(zibo, "county_officer").client.get("/console/funds?export=csv&purpose=report").get_data(as_text=True)
    assert ",2,45.00,1080.00,90.00,0,0.00" in file
    assert all(name not in page.text for name in ("a户", "b户"))


@pytest.mark.requirement("FUN-02")
def test_due_and_paid_stand_side_by_side(zibo):
    liu = sit(zibo, "township_officer")
    liu.press(liu.open("/console/payments"), "登记发放给选中的人", person=[uid("a/p1")])
    shown = line(liu.open("/console/funds"), "价格临时补贴")
    assert "90.00" in shown and shown.count("45.00") == 2 and ">1<" in shown
    assert ">0<" in line(liu.open("/console/funds?month=2023-01"), "价格临时补贴")


@pytest.mark.requirement("FUN-02")
def test_a_visit_can_say_that_aid_was_not_received(county):
    found = county("jiaozhou")
    found.household("a", tier="dibao")
    found.screen()
    liu = sit(found, "township_officer")
    assert "没有收到" not in liu.open("/console/funds").text
    found.visited("civil_household_visit", {"policy_not_delivered": "yes"}, name="a")
    page = liu.open("/console/funds")
    assert "走访反映没有收到已批准的救助：1 件" in page.text


def test_what_is_paid_once_is_not_counted_for_a_year(county):
    found = county("jiaozhou")
    found.household("a", tier="dibao")
    found.tell("a", insured=False)
    shown = line(sit(found, "county_officer").open("/console/funds"), "参保资助")
    cells = [part.split("<")[0] for part in shown.split('">')[1:]]
    assert cells[1:5] == ["1", cells[2], cells[2], "—"] and cells[2] != "0.00"
    assert Cost("x", "x", False, [Decimal(500)]).need == Decimal(500)
    assert Cost("x", "x", True, [Decimal(500), Decimal(300)]).need == Decimal(9600)
    assert Cost("x", "x", True, [Decimal(500), Decimal(300)]).standard == "300.00—500.00"


@pytest.mark.requirement("ROL-07")
def test_bodies_without_a_plugin_have_their_pages_and_not_the_visits(zibo):
    liu = sit(zibo, "township_officer")
    liu.press(liu.open("/console/payments"), "登记发放给选中的人", person=[uid("a/p1")])
    seen = {}
    for body in ("disabled_federation", "finance", "agriculture"):
        browser = sit(zibo, "department_officer", department=body)
        page = browser.open("/console/own")
        seen[body] = page.text
        assert page.status == 200 and "a户" not in page.text
        for closed in (f"households/{uid('a')}/visits", f"households/{uid('a')}", "households", "desk", "quarantine"):
            assert browser.open(f"/console/{closed}").status == 403, closed
    assert "1080.00" in seen["finance"] and "救助台账" in seen["finance"]
    assert "救助台账" in seen["agriculture"] and "价格临时补贴 甲街道 1" in seen["agriculture"] and "1080.00" not in seen["agriculture"]
    assert "1080.00" not in seen["disabled_federation"]


@pytest.mark.requirement("ROL-07")
def test_the_disabled_federation_sees_the_numbers_of_its_items(county):
    found = county("changle")
    found.household("a")
    found.tell("a", disability_certificate=True, disability_grade=1)
    page = sit(found, "department_officer", department="disabled_federation").open("/console/own")
    items = {r.title for r in found.departments.rulebook.programmes if r.duty == "disabled_federation"}
    assert items and all(title in page.text for title in items)
