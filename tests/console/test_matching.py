"""A matching run in the browser: handed in, previewed, approved, a doubtful row settled; a department's own view."""

import io

import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.facts.models import FactRow
from fieldsvc.matching import service
from tests.matching.conftest import FEED, named, number  # noqa: F401
from tests.matching.county import as_csv, told
from tests.support.desk import app, screen, town  # noqa: F401
from tests.support.jiaozhou import departments
from tests.support.river import assign, household, uid

CERTAIN = told(姓名="王小明", 身份证号=number(2))
DOUBTFUL = told(姓名="p1", 出生日期="1960-05-01")


@pytest.fixture
def ma(named, officer):
    with named.db.write() as session:
        household(session, "c")
        assign(session, uid("c"), 1)
    return officer("county_officer", "370281")


def work(town):
    while service.work(town, departments()):
        pass


def hand_in(browser, town, rows):
    page = browser.press(browser.open("/console/matching"), "交送并比对", feed=FEED,
                         file=[(io.BytesIO(as_csv(rows, "gb18030")), "名单.csv")])  # fmt: skip
    assert page.status == 200 and "已收下" in page.text, page.text
    work(town)
    return browser.open(page.response.request.path)


def learned(site):
    with site.db.read() as session:
        return session.scalars(select(FactRow.name).where(FactRow.source_kind == "department")).all()


def test_a_list_is_previewed_approved_and_its_doubtful_row_settled(ma, named):
    page = hand_in(ma, named, [CERTAIN, DOUBTFUL])
    assert "待批准" in page.text and "一致（1）" in page.text and "存疑待核实（1）" in page.text
    assert "学段" in page.text and "未知 → 义务教育" in page.text and number(2) not in page.html
    assert learned(named) == []
    refused = ma.press(page, "批准记入", purpose="")
    assert refused.status == 422 and learned(named) == []
    page = ma.press(page, "批准记入", purpose="低收入人口动态监测")
    work(named)
    page = ma.open(page.response.request.path)
    assert "已记入" in page.text and "低收入人口动态监测" in page.text and set(learned(named)) >= {"education_school"}
    page = ma.open(page.links["存疑待核实（1）"])
    page = ma.press(page, "登记结论", said="none", note="电话核实，不是同一人")
    assert page.status == 200 and "核实结论已登记" in page.text and "不是同一人" in page.text


def test_a_file_that_is_not_chosen_or_no_list_is_said_so(ma, named):
    page = ma.press(ma.open("/console/matching"), "交送并比对", feed=FEED)
    assert page.status == 422 and "请选择名单文件" in page.text


def test_a_department_hands_in_its_own_lists_and_learns_nothing_of_others(ma, named, officer):
    education = officer("department_officer", "370281", department="education")
    page = hand_in(education, named, [CERTAIN, DOUBTFUL])
    assert "登记结论" not in page.html and "待批准" in page.text
    medical = officer("department_officer", "370281", department="medical")
    assert medical.open(page.response.request.path).status == 404
    assert "家庭经济困难学生" not in medical.open("/console/matching").text


def test_taking_the_result_away_names_a_purpose(ma, named, db):
    page = hand_in(ma, named, [CERTAIN])
    taken = ma.press(page, "导出 CSV", purpose="review")
    assert "王小明" in taken.html and number(2) not in taken.html
    with db.read() as session:
        assert "export-review" in session.scalars(select(AccessEntry.purpose)).all()
