"""Targets in the browser: shares, phases and end dates of the place's own text beside what is reached."""

from datetime import date

import pytest

from tests.support.pages import Browser
from tests.support.places import COUNTY, county  # noqa: F401


@pytest.fixture
def sit(county):
    """``sit("changle", day)`` → a county officer's browser in that place on that day."""

    def down(place, day):
        found = county(place)
        found.on(day)
        found.headers("county_officer", COUNTY)
        browser = Browser(found.app)
        browser.sign_in(f"county_officer-{COUNTY}")
        return browser

    return down


def line(page, title):
    return next(row for row in page.html.split("<tbody>")[1].split("</tr>") if title in row)


@pytest.mark.requirement("ORG-06")
def test_both_shares_stand_beside_their_targets_and_the_date(sit):
    wang = sit("changle", date(2022, 11, 1))
    page = wang.open("/console/targets")
    for title, wanted in (("护理型床位占比", "不低于55%"), ("生活不能自理特困人员集中供养率", "不低于60%")):
        assert wanted in line(page, title) and "2022-12-31" in line(page, title) and "未登记" in line(page, title)
    assert "到2022年年底，护理型床位占比达到55%" in line(page, "护理型床位占比")
    refused = wang.press(page, "登记现值", name="civil_nursing_bed_share", part="600", whole="500")
    assert refused.status == 422 and "不能大于总数" in refused.text
    assert wang.press(page, "登记现值", name="civil_nursing_bed_share", part="600").status == 422
    page = wang.press(page, "登记现值", name="civil_nursing_bed_share", part="549", whole="1000", on="2022-10-31")
    assert "54.9%（549/1000）" in line(page, "护理型床位占比") and "进行中" in line(page, "护理型床位占比")
    assert "2022-10-31" in line(page, "护理型床位占比")
    page = wang.press(page, "登记现值", name="civil_nursing_bed_share", part="550", whole="1000", on="2022-11-01")
    page = wang.press(page, "登记现值", name="civil_central_care_rate_not_self_reliant", part="61", whole="100", on="2022-11-01")
    assert "已达到" in line(page, "护理型床位占比") and "61.0%" in line(page, "生活不能自理特困人员集中供养率")
    assert "550/1000" in wang.client.get("/console/targets?export=csv&purpose=report").get_data(as_text=True)


@pytest.mark.requirement("ORG-07")
def test_the_plans_phases_and_end_dates_stand_beside_what_is_reached(sit):
    wang = sit("puning", date(2023, 5, 1))
    page = wang.open("/console/targets")
    assert "2021-07 至 2021-12" in line(page, "第一阶段") and "已到期，未登记" in line(page, "第一阶段")
    assert "2022-01 至 2024-12" in line(page, "第二阶段") and "2022年1月—2024年12月" in line(page, "第二阶段")
    page = wang.press(page, "登记现值", name="civil_phase_2", part="7", whole="12", on="2023-04-30", note="七项任务已落实")
    second = line(page, "第二阶段")
    assert "完成 7 / 12" in second and "进行中" in second and "七项任务已落实" in second
    page = wang.press(page, "登记现值", name="civil_phase_1", part="5", whole="5", on="2023-04-30")
    assert "已达到" in line(page, "第一阶段")
