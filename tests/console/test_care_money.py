"""Money for care: what is spent out of each source, beside the share of the aid fund that may buy services."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from fieldsvc.supervision.care_money import added_up
from fieldsvc.supervision.models import CareMoney
from tests.console.test_funds import sit
from tests.support.places import county  # noqa: F401


@pytest.fixture
def desk(county):
    """``desk(place)`` → the county officer's browser there."""

    def made(place):
        found = county(place)
        found.on(date(2023, 6, 1))
        return sit(found, "county_officer")

    return made


def enter(browser, source, amount, what="见凭证", on="2023-05-20"):
    return browser.press(browser.open("/console/funds/care"), "登记", source=source, amount=amount, on=on, what=what)


@pytest.mark.requirement("SDC-05")
def test_spending_by_source_stands_against_two_percent_of_the_fund(desk):
    wang = desk("huining")
    page = wang.open("/console/funds/care")
    assert "2%" in page.text and "统筹使用困难群众救助补助资金中2%的购买服务资金" in page.text and "尚未登记" in page.text
    enter(wang, "fund", "1000000", "中央和省级下达")
    enter(wang, "purchase", "15000", "第一季度上门服务")
    enter(wang, "lottery", "30000.50", "集中照护床位")
    page = enter(wang, "donation", "800", "某企业捐赠")
    assert "20000.00 元，尚余 5000.00 元" in page.text
    for source, spent in (("其中购买服务资金", "15000.00"), ("福彩公益金", "30000.50"), ("社会捐赠", "800.00")):
        assert f"{source} {spent}" in page.text
    assert "已超出 1000.00 元" in enter(wang, "purchase", "6000").text
    file = wang.press(page, "导出 CSV", purpose="audit").html
    assert "2023-05-20,福彩公益金,30000.50,集中照护床位" in file


def test_an_entry_is_put_right_by_another_and_never_below_nothing(desk):
    wang = desk("huining")
    enter(wang, "lottery", "500")
    assert enter(wang, "lottery", "-600", "多记").status == 422
    page = enter(wang, "lottery", "-500", "记重了，经办人13800138000")
    assert "福彩公益金 0.00" in page.text and "13800138000" not in page.html
    for wrong in ({"amount": "0"}, {"amount": "x"}, {"amount": "1", "on": "2023-06-02"}):
        assert enter(wang, "lottery", **wrong).status == 422


def test_where_no_share_is_written_only_the_sources_are_added_up(desk):
    wang = desk("jiaozhou")
    page = enter(wang, "fund", "1000")
    assert "未规定购买服务资金的比例" in page.text and "可用于购买服务" not in page.text


def test_the_share_is_exact_to_the_fen():
    made = [CareMoney(source="fund", amount=Decimal("0.33")), CareMoney(source="purchase", amount=Decimal("0.01"))]
    year = added_up(made, Fraction(2, 100))
    assert (year.fund, year.limit, year.left) == (Decimal("0.33"), Decimal("0.01"), Decimal("0.00"))
