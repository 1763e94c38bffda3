"""The pay list: once the trigger is in force it says who is owed what and who has been paid."""

from datetime import date

import pytest
from sqlalchemy import select

from fieldsvc.accounts.rules import Actor
from fieldsvc.aidchain.models import Aid, Link
from fieldsvc.applications import payments
from fieldsvc.applications.service import Counter
from fieldsvc.households.models import Household, Person
from tests.support.pages import Browser
from tests.support.places import COUNTY, HOME, PERSON, TOWNSHIP, county  # noqa: F401
from tests.support.river import uid


@pytest.fixture
def zibo(county):
    """``zibo(day)`` → the county and an officer's browser on that day; a and b are on 低保, c is not."""

    def made(day):
        found = county("zibo")
        found.on(day)
        for name, tier in (("a", "dibao"), ("b", "tekun"), ("c", None)):
            found.household(name, tier=tier)
        with found.site.db.write() as session:
            for name in "abc":
                session.get(Household, (COUNTY, uid(name))).name = f"{name}户"
                person = session.get(Person, (COUNTY, uid(f"{name}/p1")))
                person.name, person.tier = f"王{name}", session.get(Household, (COUNTY, uid(name))).tier
        found.screen()
        return found, signed(found)

    return made


def signed(found):
    found.headers()
    browser = Browser(found.app)
    browser.sign_in(f"township_officer-{TOWNSHIP}")
    return browser


@pytest.mark.requirement("ELI-15")
def test_the_trigger_lists_who_is_owed_what_and_who_has_been_paid(zibo):
    found, liu = zibo(date(2023, 1, 20))
    assert "没有应发放的人" in liu.open("/console/payments").text
    found.on(date(2023, 2, 10))
    found.tell("a", out_of_poverty=False)
    found.tell("b", out_of_poverty=False)
    liu = signed(found)
    page = liu.open("/console/payments")
    assert "王a" in page.text and "王b" in page.text and "王c" not in page.text
    assert page.text.count("45.00") == 2 and page.text.count("未发放") >= 2
    refused = liu.press(page, "登记发放给选中的人")
    assert refused.status == 422 and "请先勾选" in refused.text
    page = liu.press(page, "登记发放给选中的人", person=[uid("a/p1"), uid("c/p1")])
    assert "已登记发放 1 人" in page.text and "2023-02-10 已发放" in page.text
    assert "王a" not in liu.open("/console/payments?state=due").text.split("应发放的人")[-1]
    assert "王b" not in liu.open("/console/payments?state=paid").text.split("应发放的人")[-1]
    with found.site.db.read() as session:
        aid = session.scalars(select(Aid)).one()
    assert (aid.programme, aid.subject_id, aid.amount, aid.starts) == (
        "civil.price_subsidy",
        uid("a/p1"),
        "45.00",
        date(2023, 2, 10),
    )
    assert "“价格临时补贴”；金额：45.00" in liu.open(f"/console/households/{uid('a')}/chain").text
    file = liu.client.get("/console/payments?export=csv&purpose=report").get_data(as_text=True)
    assert "王a,a户" in file and "2023-02-10 已发放" in file and "王b" in file


def test_who_only_seems_to_belong_to_a_tier_is_paid_nothing(zibo):
    found, liu = zibo(date(2023, 2, 10))
    found.tell("c", **HOME, **PERSON)
    page = liu.open(f"/console/households/{uid('c')}/reasons?subject={uid('c/p1')}")
    assert "价格临时补贴 符合" in page.text and "系统建议" in page.text
    assert "王c" not in liu.open("/console/payments").text


def test_a_payment_is_entered_once_a_month_and_on_a_day_of_it(zibo):
    found, liu = zibo(date(2023, 2, 10))
    page = liu.open("/console/payments")
    wrong = liu.press(page, "登记发放给选中的人", person=[uid("a/p1")], on="2023-01-05")
    assert wrong.status == 422 and "应在所选月份之内" in wrong.text
    for _ in range(2):
        liu.press(page, "登记发放给选中的人", person=[uid("a/p1")])
    with found.site.db.read() as session:
        assert len(session.scalars(select(Aid)).all()) == 1


@pytest.mark.parametrize("query", ["programme=nothing", "month=2023-13", "state=x", "village=abc"])
def test_a_filter_that_is_none_is_said(zibo, query):
    _, liu = zibo(date(2023, 2, 10))
    assert liu.open(f"/console/payments?{query}").status == 422


def test_another_township_sees_none_of_it(zibo):
    found, _ = zibo(date(2023, 2, 10))
    found.headers("township_officer", "370281002")
    browser = Browser(found.app)
    browser.sign_in("township_officer-370281002")
    assert "王a" not in browser.open("/console/payments").text


def test_two_officers_at_the_same_moment_pay_once(zibo, monkeypatch):
    found, _ = zibo(date(2023, 2, 10))
    found.tell("a", out_of_poverty=False)
    found.screen()
    ma = Counter(Actor(COUNTY, 1, "马", "county_officer", COUNTY), "zibo", found.departments)
    wanted = payments.Wanted("civil.price_subsidy", date(2023, 2, 1), True)
    really, paid = payments.hold, []

    def after_another(session, county, homes):
        """While we wait for the chains, who holds them pays."""
        monkeypatch.setattr(payments, "hold", really)
        paid.append(payments.pay(session, ma, wanted, [uid("a/p1")], date(2023, 2, 10)))
        really(session, county, homes)

    monkeypatch.setattr(payments, "hold", after_another)
    with found.site.db.write() as session:
        assert payments.pay(session, ma, wanted, [uid("a/p1")], date(2023, 2, 10)) == 0 and paid == [1]
    with found.site.db.read() as session:
        told = session.scalars(select(Link).where(Link.household_id == uid("a"), Link.kind == "aid")).all()
    assert len(told) == 1


@pytest.mark.requirement("FUN-03")
def test_who_is_related_pays_nobody_of_the_household(zibo):
    found, liu = zibo(date(2023, 2, 10))
    found.tell("a", out_of_poverty=False)
    found.tell("b", out_of_poverty=False)
    found.related("a")
    page = liu.open("/console/payments")
    refused = liu.press(page, "登记发放给选中的人", person=[uid("a/p1"), uid("b/p1")])
    assert refused.status == 409 and "须回避" in refused.text
    with found.site.db.read() as session:
        assert session.scalars(select(Aid)).all() == []
    assert "已登记发放 1 人" in liu.press(page, "登记发放给选中的人", person=[uid("b/p1")]).text
