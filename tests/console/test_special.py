"""特殊情况特殊处理: a reviewer passes a child whom the rule refuses, with reasons; the rule's word stays beside it."""

from datetime import date

import pytest
from sqlalchemy import select

from fieldsvc.aidchain.models import Link
from tests.support.pages import Browser
from tests.support.places import COUNTY, TOWNSHIP, county  # noqa: F401
from tests.support.river import uid


@pytest.fixture
def child(county):
    """``child(place)`` → a county and an officer's browser; household a is one child whom the rule refuses."""

    def made(place, born=date(2018, 5, 1)):
        found = county(place)
        found.on(date(2023, 6, 1) if place == "huining" else date(2026, 6, 1))
        found.household("a", born=born)
        found.tell(child_welfare_status="none")
        found.headers()
        browser = Browser(found.app)
        browser.sign_in(f"township_officer-{TOWNSHIP}")
        return found, browser

    return made


def reasons(browser):
    return browser.open(f"/console/households/{uid('a')}/reasons?subject={uid('a/p1')}")


@pytest.mark.requirement("CHI-03")
def test_a_reviewer_passes_a_child_the_rule_refuses_with_reasons(child):
    found, browser = child("huining")
    page = reasons(browser)
    assert "儿童保障" in page.text.split("不符合的理由")[1] and "特殊情况特殊处理" in page.text
    refused = browser.press(page, "按特殊情况认定", status="de_facto_unattended")
    assert refused.status == 422 and "特殊情况特殊处理" in refused.text
    page = browser.press(page, "按特殊情况认定", status="de_facto_unattended", reason="父亲失联，母亲重病，无人照料")
    assert page.status == 200 and "已按特殊情况认定" in page.text
    found.screen()
    page = reasons(browser)
    assert "儿童保障 符合" in page.text and "按特殊情况认定" not in page.text.split("符合的项目")[1]
    chain = browser.open(f"/console/households/{uid('a')}/chain").text
    assert "按特殊情况认定为事实无人抚养儿童（系统意见：不符合）。理由：父亲失联，母亲重病，无人照料" in chain
    with found.site.db.read() as session:
        link = session.scalars(select(Link).where(Link.county_code == COUNTY, Link.kind == "special_decision")).one()
    assert (link.klass, link.person_id) == ("child", uid("a/p1"))


@pytest.mark.parametrize(("place", "born"), [("jiaozhou", date(2018, 5, 1)), ("huining", date(1990, 5, 1))])
def test_where_the_text_has_no_such_protection_or_for_an_adult_it_is_not_offered(child, place, born):
    _, browser = child(place, born)
    assert "特殊情况特殊处理" not in reasons(browser).text
