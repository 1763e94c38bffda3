"""The access log on its page: who looked at whom, filtered, taken away, children marked, nobody named from elsewhere."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.console.purposes import PURPOSES, purpose_words
from fieldsvc.kit import clock
from fieldsvc.kit.ids import new_id
from tests.support.desk import app, screen, town  # noqa: F401
from tests.support.home import CODES, asked, home  # noqa: F401
from tests.support.river import COUNTY, household, uid


@pytest.fixture
def liu(home, officer):
    return officer("township_officer", "370281001", name="刘敏")


@pytest.fixture
def county(officer):
    return officer("county_officer", COUNTY, name="王科长")


def entry(site, account, purpose="household", persons=(), households=(), days=0, minors=False):
    with site.db.write() as session:
        session.add(AccessEntry(county_code=COUNTY, id=new_id(), at=clock.now() - timedelta(days=days), account_id=account.id,
                                purpose=purpose, minors=minors, persons=list(persons), households=list(households)))  # fmt: skip


def test_each_look_has_who_when_why_and_whom(liu, county, home, statements):
    liu.open(f"/console/households/{home}")
    with statements() as said:
        page = county.open("/console/access")
    assert "刘敏" in page.text and "查看户信息" in page.text and "张桂兰" in page.text and "含" in page.text
    assert not CODES.search(page.text) and len(asked(said)) <= 15


def test_it_is_filtered_by_account_purpose_day_and_children(site, liu, county, home):
    entry(site, liu.account, "unmask-identity", [uid("a/p1")], [home])
    entry(site, liu.account, "pull", [uid("a/child")], [home], days=3, minors=True)
    entry(site, liu.account, "chain", [uid("a/p1")], [home], days=40)

    def shown(**by):
        return county.press(county.open("/console/access"), "筛选", **by).text.split("不满十四周岁 ")[-1]

    assert "核对身份" in shown(purpose="显示完整证件号") and "手机同步" not in shown(purpose="显示完整证件号")
    assert "李小朵" in shown(minors="true") and "核对身份" not in shown(minors="true")
    assert "没有查阅记录" in shown(account="没有这个人")
    assert "查看救助链" not in shown(account="刘敏")
    since = (clock.today() - timedelta(days=60)).isoformat()
    assert "查看救助链" in shown(since=since, until=(clock.today() - timedelta(days=30)).isoformat())


def test_a_township_sees_its_own_officers_looks_and_no_name_from_elsewhere(site, liu, county, home, officer):
    with site.db.write() as session:
        household(session, "far", village="370281002001")
    entry(site, county.account, persons=[uid("far/p1")], households=[uid("far")])
    entry(site, liu.account, persons=[uid("far/p1")], households=[uid("far")])
    page = liu.open("/console/access")
    assert "王科长" not in page.text and "其他区域的人员" in page.text
    assert "王科长" in county.open("/console/access").text
    assert officer("department_officer", COUNTY, department="medical").open("/console/access").status == 403


def test_taking_the_log_away_is_written_into_it(site, liu, home):
    liu.open(f"/console/households/{home}")
    refused = liu.open("/console/access?export=csv")
    assert refused.status == 422 and "导出个人信息须写明用途" in refused.text
    file = liu.client.get("/console/access?export=csv&purpose=audit").get_data(as_text=True)
    assert file.startswith("\ufeff时间,查阅人") and "查看户信息" in file
    with site.db.read() as session:
        last = session.scalars(select(AccessEntry).order_by(AccessEntry.at.desc(), AccessEntry.id.desc())).first()
    assert last.purpose == "export-audit" and uid("a/p1") in last.persons


def test_a_day_that_is_none_is_said_and_the_rest_is_kept(liu):
    page = liu.open("/console/access?since=2025-02-30&account=刘")
    assert page.status == 422 and "有的内容没有填好" in page.text


@pytest.mark.parametrize("code", [*PURPOSES, "export-report", "unmask-audit", "something-new", ""])
def test_every_purpose_reads_as_words(app, code):
    with app.test_request_context():
        assert purpose_words(code) and not CODES.search(purpose_words(code)) and "-" not in purpose_words(code)


def test_who_asked_in_vain_is_listed_too(site, liu, county):
    entry(site, liu.account, "lookup-教育资助审核")
    page = county.open("/console/access")
    assert "教育资助审核" in page.text and "查无此人" in page.text
