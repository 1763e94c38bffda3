"""Whole pieces of work in Chromium, each with JavaScript and without: an officer's day, a department's answer, an emergency with
its clock, a record corrected, a list matched, two records merged."""

import csv
import io

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from fieldsvc.alerts.models import Alert
from fieldsvc.households.models import Household, Person
from tests.browser.screen import keep

BOTH = pytest.mark.parametrize("js", [True, False], ids=["js", "plain"])
BUSY = 30_000


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def open_alerts(stage, rule):
    with stage.site.db.read() as session:
        found = select(Alert.id).where(Alert.rule_id == rule, Alert.status == "open").order_by(Alert.id)
        return session.scalars(found).all()


@BOTH
def test_an_officers_day_from_login_to_a_closed_referral(js, sit, stage):
    liu = sit("township", js=js)
    page = liu.page
    expect(page.get_by_role("heading", name="工作台")).to_be_visible()
    title = "医疗救助" if js else "参保资助"
    page.get_by_role("link", name=title).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    expect(page.locator("blockquote").first).to_be_visible()
    page.get_by_label("属实", exact=True).check()
    press(page, "登记核实结果")
    page.get_by_role("link", name="转办落实").click()
    page.get_by_label("转给").select_option(label="市医疗保障局")
    press(page, "转办")
    expect(page.get_by_role("heading", level=1)).to_contain_text("已转办")
    alert = page.url
    keep(page, f"alert-referred-{'js' if js else 'plain'}")

    medical = sit("medical", js=js).page
    medical.get_by_role("link", name="已转办").click()
    medical.locator("table.list a").first.click()
    press(medical, "受理")
    medical.get_by_label("办理结果").fill("给予医疗救助")
    medical.get_by_label("金额（元）").fill("1200")
    press(medical, "办结")
    expect(medical.get_by_role("status")).to_contain_text("已办结")
    keep(medical, f"referral-done-{'js' if js else 'plain'}")

    page.goto(alert)
    expect(page.get_by_role("heading", level=1)).to_contain_text("已办结")
    expect(page.locator("main")).to_contain_text("给予医疗救助")


@BOTH
def test_a_quarantined_record_is_corrected(js, sit, stage):
    page = sit("township", js=js).go("/console/quarantine")
    rows = page.locator("table.list tbody tr")
    if not js:  # the first run has corrected the only one
        page = sit("township", js=js).go("/console/quarantine?state=released")
        page.locator("table.list a").first.click()
        expect(page.locator("main")).to_contain_text("已采用")
        return
    expect(rows).to_have_count(1)
    page.locator("table.list a").first.click()
    page.locator("input[name='a:rigid_expense_year']").fill("9600")
    page.get_by_label("补正依据").fill("已电话核对")
    press(page, "补正并采用")
    expect(page.get_by_role("status")).to_contain_text("已补正采用")
    keep(page, "record-corrected")


@BOTH
def test_an_emergency_shows_its_clock(js, sit, stage):
    page = sit("township", js=js).go("/console/households")
    page.locator("table.list a").nth(3 if js else 4).click()
    page.get_by_role("link", name="登记急难").click()
    keep(page, f"emergency-new-{'js' if js else 'plain'}")
    page.get_by_label("原因", exact=False).first.select_option(index=1)
    press(page, "登记，开始计时")
    expect(page.locator("main")).to_contain_text(
        "时钟已过"
    )  # 胶州 sets no limit; Zibo's 24 hours count down in tests/console
    keep(page, f"emergency-{'js' if js else 'plain'}")


@BOTH
def test_a_departments_list_is_matched_and_approved(js, sit, stage):
    with stage.site.db.read() as session:
        person = session.scalars(select(Person).where(Person.identity_sealed.is_not(None)).order_by(Person.id)).all()[
            5 if js else 6
        ]
        number = stage.site.vault.open_text(person.identity_sealed, "persons.identity")
    held = io.StringIO()
    csv.writer(held).writerows([("姓名", "身份证号", "学段", "助学金", "学校", "数据日期"),
                                (person.name, number, "义务教育", "是", "第一小学", "2026-10-01")])  # fmt: skip
    page = sit("county", js=js).go("/console/matching")
    page.get_by_label("名单", exact=False).first.select_option(label="家庭经济困难学生资助名单")
    page.get_by_label("文件", exact=False).set_input_files(
        {"name": f"名单{js}.csv", "mimeType": "text/csv", "buffer": held.getvalue().encode("gb18030")}
    )
    press(page, "交送并比对")
    until(page, "待批准")
    expect(page.locator("main")).to_contain_text("第一小学")
    page.get_by_label("用途", exact=False).first.fill("低收入人口动态监测")
    press(page, "批准记入")
    until(page, "已记入")
    keep(page, f"matching-{'js' if js else 'plain'}")


def until(page, words):
    """Reload as a reader does, until the worker has done it."""
    for _ in range(60):
        if words in page.inner_text("main"):
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"{words} did not come: {page.inner_text('main')[:300]}")


@BOTH
def test_two_records_of_one_person_are_merged_and_split(js, sit, stage):
    name = "重名甲" if js else "重名乙"
    with stage.site.db.write() as session:
        homes = session.scalars(select(Household).order_by(Household.village_code, Household.id)).all()
        people = session.scalars(
            select(Person)
            .where(Person.household_id.in_([h.id for h in homes]), Person.relation == "户主")
            .order_by(Person.id)
        ).all()
        first, second = (people[10], people[11]) if js else (people[12], people[13])
        first.name = second.name = name
        second.birth_date, second.sex = first.birth_date, first.sex
        second.identity_sealed = second.identity_index = None  # no number was known when they were registered again
        second.identity_kind = "none"
    page = sit("county", js=js).go("/console/registry")
    page.get_by_role("link", name=name).click()
    page.get_by_label("理由", exact=False).first.fill("同一人两次登记")
    press(page, "合并")
    expect(page.get_by_role("status")).to_contain_text("已合并")
    keep(page, f"merged-{'js' if js else 'plain'}")
    page.locator("summary", has_text="拆分").first.click()
    page.get_by_label("原因", exact=False).first.fill("核实为两人")
    press(page, "拆分")
    expect(page.get_by_role("status")).to_contain_text("已拆分")


def test_the_desk_is_worked_with_the_keyboard_alone(sit, stage):
    page = sit("township").go("/console/desk")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('table.list td a')"):
            break
    focused = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(focused)
