"""Emergencies in the browser: the clock from the finding, aid before papers, what is still owed, approval and stages."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.accounts.regions import load_regions
from fieldsvc.emergency.models import Emergency
from fieldsvc.households.models import Task
from fieldsvc.kit import clock
from tests.support.pages import Browser
from tests.support.places import HOME, PERSON, TOWNSHIP, VILLAGE, county  # noqa: F401
from tests.support.river import COUNTY, uid


@pytest.fixture
def place(county, site):
    """``place("zibo")`` → that place with household a registered, and an officer's browser as ``.liu``."""

    def made(name, role="township_officer", region=TOWNSHIP):
        found = county(name)
        with site.db.write() as session:
            load_regions(session, COUNTY, {TOWNSHIP: "样例镇", VILLAGE: "北山村"})
        found.household("a", tier="none", area="urban")
        found.tell(**HOME, **PERSON)
        found.headers(role, region)
        found.liu = Browser(found.app)
        found.liu.sign_in("-".join([role, region]))
        return found

    return made


def opened(found, **more):
    """Household a's house burnt down; the page of its case."""
    page = found.liu.open(f"/console/emergencies/new?household_id={uid('a')}")
    return found.liu.press(page, "登记，开始计时", kind="emergency", cause="fire", found_by="网格员王", **more)


def case(found):
    with found.site.db.read() as session:
        return session.scalars(select(Emergency)).one()


@pytest.mark.requirement("EMG-01")
def test_the_clock_runs_from_the_finding_turns_red_and_goes_up(place):
    found = place("zibo")
    before = clock.now() - timedelta(hours=20)
    page = opened(found, found_at=before.astimezone(clock.CHINA).strftime("%Y-%m-%dT%H:%M"))
    assert page.status == 200, page.text
    assert re.search(r"还剩 3 小时 5\d 分|还剩 4 小时 0 分", page.text), page.text
    assert "二(六)" in page.text and "24小时先行救助" in page.text and "data-until" in page.html
    found.later(hours=5)
    listed = found.liu.open("/console/emergencies")
    assert "已超期" in listed.text and 'class="tag bad">已超期' in listed.html


@pytest.mark.requirement("EMG-02")
def test_aid_first_then_the_papers_then_it_closes(place):
    found = place("puning")
    page = opened(found)
    page = found.liu.press(page, "登记先行救助")
    assert page.status == 422 and "金额" in page.text
    page = found.liu.press(page, "登记先行救助", amount="1500", what="棉被两床", source="镇备用金", note="房屋过火")
    assert "先行救助已登记" in page.text and "累计 1500 元" in page.text and "棉被两床" in page.text
    assert "情况说明待补充" in page.text
    listed = found.liu.open("/console/emergencies")
    assert "1500 元、棉被两床" in listed.text and "补充" in listed.text and "已先行救助 1" in listed.text
    refused = found.liu.press(found.liu.open(f"/console/emergencies/{case(found).id}?form=closing"), "办结", outcome="已安置")
    assert refused.status == 409 and "补充" in refused.text and refused.form("办结").fields["outcome"] == ["已安置"]
    page = found.liu.open(f"/console/emergencies/{case(found).id}?form=account")
    page = found.liu.press(page, "登记补充说明", text="住房失火", papers="消防证明\n身份证明")
    assert "情况说明已补充" in page.text and "消防证明、身份证明" in page.text
    with found.site.db.read() as session:
        assert [t.status for t in session.scalars(select(Task).where(Task.kind == "account"))] == ["done"]
    page = found.liu.open(f"/console/emergencies/{case(found).id}?form=closing")
    page = found.liu.press(page, "办结", outcome="已安置")
    assert "已办结" in page.text and "下一步" not in page.text
    kinds = [kind for kind, _ in found.chain() if kind.startswith("emergency")]
    assert kinds == ["emergency_opened", "emergency_aid", "emergency_account", "emergency_closed"]


def test_expense_type_is_paid_after_approval_only(place):
    found = place("puning")
    page = found.liu.open(f"/console/emergencies/new?household_id={uid('a')}")
    page = found.liu.press(page, "登记，开始计时", kind="expense", cause="expense")
    assert "先行救助" not in page.links and "按审批发放" not in page.links
    page = found.liu.press(page, "登记审批", amount="6000", stages="2", meeting="三人研究同意")
    assert "6000 元，分 2 次" in page.text and "三人研究同意" in page.text
    page = found.liu.press(found.liu.open(page.links["按审批发放"]), "登记发放", amount="3000")
    assert "累计 3000 元" in page.text
    page = found.liu.press(found.liu.open(page.links["按审批发放"]), "登记发放", amount="3000")
    assert page.status == 409 and "走访" in page.text


@pytest.mark.requirement("EMG-03")
def test_a_stranger_is_taken_in_without_registration(place):
    found = place("puning")
    page = found.liu.open("/console/emergencies/new")
    wrong = found.liu.press(page, "登记，开始计时", newcomer_village_code=VILLAGE, kind="emergency", cause="stranded")
    assert wrong.status == 422 and "newcomer_name" in wrong.html
    page = found.liu.press(page, "登记，开始计时", newcomer_name="身份不明", newcomer_village_code=VILLAGE, kind="emergency",
                           cause="stranded", stranded="lost", shelter="救助站二楼")  # fmt: skip
    assert page.status == 200 and "身份不明" in page.text and "走失" in page.text and "救助站二楼" in page.text
    found.headers("county_officer", COUNTY)
    other = Browser(found.app)
    other.sign_in(f"county_officer-{COUNTY}")
    page = other.open(f"/console/emergencies/{case(found).id}")
    assert "救助站二楼" not in page.text and "只有登记人看得到" in page.text


def test_where_no_text_sets_a_limit_the_time_since_the_finding_is_shown(place):
    found = place("jiaozhou")
    found.on(date(2025, 6, 2))
    page = opened(found)
    assert "已过 0 小时" in page.text and "未设定先行救助时限" in page.text


def test_a_case_already_open_is_named_and_what_was_typed_is_kept(place):
    found = place("puning")
    opened(found)
    page = opened(found, event="台风")
    assert page.status == 409 and "在办" in page.text and page.form("登记，开始计时").fields["event"] == ["台风"]


def test_foreign_cases_look_like_none_and_each_look_is_recorded(place):
    found = place("puning")
    opened(found)
    with found.site.db.read() as session:
        assert {"emergency"} <= {row.purpose for row in session.scalars(select(AccessEntry))}
    found.headers("township_officer", "370281999")
    other = Browser(found.app)
    other.sign_in("township_officer-370281999")
    assert other.open(f"/console/emergencies/{case(found).id}").status == 404
    assert "没有符合条件的急难救助" in other.open("/console/emergencies").text


def test_the_list_asks_a_bounded_number_of_queries(place, statements):
    found = place("puning")
    opened(found)
    with statements() as asked:
        found.liu.open("/console/emergencies")
    assert len([text for text in asked if not text.startswith(("BEGIN", "COMMIT"))]) <= 15
    got = found.liu.client.get("/console/emergencies?export=csv&purpose=report").get_data(as_text=True)
    assert "火灾" in got and "网格员王" in got


def county_officer(found):
    found.headers("county_officer", COUNTY)
    browser = Browser(found.app)
    browser.sign_in(f"county_officer-{COUNTY}")
    return browser


@pytest.mark.requirement("EMG-04")
def test_a_payment_lowers_the_townships_reserve_and_one_above_it_is_refused(place):
    found = place("puning")
    page = opened(found)
    assert "备用金支付" not in page.text, "no reserve yet"
    above = county_officer(found)
    county_page = above.press(above.open("/console/emergencies"), "登记拨付", township=TOWNSHIP, amount="2000", note="年度拨付")
    assert "余额 2000 元" in county_page.text and "样例镇" in county_page.text
    assert "登记拨付" not in str([form.buttons for form in found.liu.open("/console/emergencies").forms])
    page = found.liu.open(f"/console/emergencies/{case(found).id}?form=advance")
    assert "余额 2000 元" in page.text
    page = found.liu.press(page, "登记先行救助", amount="2000.01", from_reserve="true")
    assert page.status == 409 and "不够支付" in page.text and "还没有给过救助" in page.text
    page = found.liu.press(page, "登记先行救助", amount="1500.50", from_reserve="true")
    assert "累计 1500.50 元" in page.text and "临时救助备用金" in page.text
    assert "余额 499.50 元" in found.liu.open("/console/emergencies").text


@pytest.mark.requirement("EMG-09")
def test_a_conference_invites_the_departments_and_keeps_its_result(place):
    found = place("changle")
    page = opened(found)
    page = found.liu.open(page.links["召集个案会商"])
    refused = found.liu.press(page, "召集会商", matter="住房如何解决")
    assert refused.status == 422 and "至少邀请一个部门" in refused.text
    page = found.liu.press(page, "召集会商", matter="住房如何解决", duties=["housing", "health"], meets_at="2026-12-01T09:00")
    assert page.status == 200 and "等待结果" in page.text and "2026-12-01 09:00" in page.text, page.text
    inbox = Browser(found.app)
    found.headers("department_officer", COUNTY, department="housing")
    inbox.sign_in(f"department_officer-{COUNTY}-housing")
    assert "邀请参加急难个案会商（2026-12-01 09:00）：住房如何解决" in inbox.open("/console/referrals").text
    page = found.liu.open(page.links["登记会商结果"])
    page = found.liu.press(page, "登记结果", members="住建局张\n卫健局李", result="安排公租房一套")
    assert "会商结果已登记" in page.text and "住建局张、卫健局李" in page.text and "安排公租房一套" in page.text
    kinds = [kind for kind, _ in found.chain()]
    assert kinds[-1] == "emergency_concluded" and "emergency_conference" in kinds


@pytest.mark.requirement("EMG-10")
def test_a_case_sent_up_appears_at_the_county_with_its_history(place):
    found = place("puning")
    opened(found)
    page = found.liu.open(f"/console/emergencies/{case(found).id}?form=advance")
    found.liu.press(page, "登记先行救助", amount="800")
    page = found.liu.press(found.liu.open(f"/console/emergencies/{case(found).id}?form=sending_up"), "上报县级", matter="需多部门协同")
    assert "已上报县级协调机制" in page.text and "登记协调结果" not in page.links, "the county settles it"
    (sent,) = found.get(f"/emergencies/{case(found).id}/conferences")["items"]
    body = {"members": ["镇长"], "result": "已解决"}
    assert found.refused(f"/conferences/{sent['id']}/conclusion", body) == (403, "county-only")
    above = county_officer(found)
    listed = above.open("/console/emergencies")
    address = next(href for text, href in listed.links.items() if text.startswith("上报县级待协调"))
    assert "上报县级待协调 1" in listed.text and "共 1 条" in above.open(address).text
    page = above.open(f"/console/emergencies/{case(found).id}?form=sending_up")
    assert "先行救助：800 元" in page.text and "需多部门协同" in page.text
    page = above.press(page, "登记结果", members="县民政局\n县应急局", result="由县级专项解决")
    assert "由县级专项解决" in page.text and "上报县级待协调 0" in above.open("/console/emergencies").text
