"""A household on its pages: found, read in words, its numbers shown only when asked for, its chain whole and printed."""

import io
import re
from datetime import date

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.aidchain.aids import Grant, grant
from fieldsvc.aidchain.models import Link
from fieldsvc.households.models import Assignment
from tests.support.desk import app, screen, town  # noqa: F401
from tests.support.home import CODES, NUMBER, asked, home, long_chain, told  # noqa: F401
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, account, uid, visit

PAGES = [
    "",
    "/facts",
    "/reasons",
    "/reasons?misses=1",
    "/visits",
    "/chain",
    "/chain/print",
    "/access",
    "/applications/new",
]


@pytest.fixture
def liu(home, officer):
    return officer("township_officer", "370281001", name="刘敏")


def bare(page, address):
    """A page without what its address and its form tokens make different."""
    return re.sub(r'value="[^"]{40,}"', "", page.html.replace(address, ""))


def looks(site):
    with site.db.read() as session:
        rows = session.scalars(select(AccessEntry).order_by(AccessEntry.at, AccessEntry.id))
        return [(row.purpose, row.minors, set(row.persons)) for row in rows]


@pytest.mark.parametrize("q", ["桂兰", "H-001", NUMBER, " 370281 19600501 1225"])
def test_a_household_is_found_by_name_number_or_identity_number(liu, q):
    page = liu.open(f"/console/households?q={q}")
    assert "共 1 条" in page.text and "北山村" in page.text and "最低生活保障对象" in page.text
    page = liu.open(page.links["张桂兰"])
    assert page.status == 200 and "户：张桂兰" in page.text


def test_the_list_is_filtered_by_village_and_tier_and_taken_away_whole(site, liu):
    assert "共 2 条" in liu.open("/console/households?village=370281001001&tier=dibao").text
    assert "没有符合条件的户" in liu.open("/console/households?tier=tekun").text
    assert "用途" in liu.open("/console/households?tier=dibao&export=xlsx").text
    file = liu.client.get("/console/households?tier=dibao&export=xlsx&purpose=report")
    rows = list(load_workbook(io.BytesIO(file.data)).active.values)
    assert [row[0] for row in rows] == ["户", "b户", "张桂兰"] and rows[2][2] == "北山村"
    assert looks(site)[-1][0] == "export-report"


@pytest.mark.parametrize("tail", PAGES)
def test_pages_show_no_code_and_ask_little(liu, home, statements, tail, site):
    told(site, uid("a/p1"), insured=False)
    long_chain(site, 30)
    with statements() as said:
        page = liu.open(f"/console/households/{home}{tail}")
    assert page.status == 200 and "张桂兰" in page.text
    assert not CODES.search(page.text), CODES.search(page.text)
    assert len(asked(said)) <= 15, "\n".join(asked(said))
    assert len(page.html.encode()) < 100_000
    assert NUMBER not in page.html


@pytest.mark.parametrize("tail", PAGES)
def test_who_may_not_see_it_gets_what_a_missing_one_gives(liu, officer, home, tail):
    stranger = officer("township_officer", "370281002")
    foreign = stranger.open(f"/console/households/{home}{tail}")
    missing = stranger.open(f"/console/households/{uid('nobody')}{tail}")
    assert foreign.status == missing.status == 404
    assert bare(foreign, home) == bare(missing, uid("nobody"))


def test_a_number_is_masked_until_it_is_asked_for_with_a_purpose(site, liu, home):
    page = liu.open(f"/console/households/{home}")
    assert "370281********1225" in page.text and "周岁" in page.text
    page = liu.press(page, "显示张桂兰的完整证件号")
    assert page.status == 422 and NUMBER not in page.html and "有的内容没有填好" in page.text
    page = liu.press(page, "显示张桂兰的完整证件号", purpose="identity")
    assert page.status == 200 and NUMBER in page.text and page.response.headers["Cache-Control"] == "no-store"
    assert NUMBER not in liu.open(f"/console/households/{home}").html
    assert ("unmask-identity", False, {uid("a/p1")}) in looks(site)


def test_a_childs_number_is_marked_in_the_log_and_a_strangers_is_not_shown(site, liu, officer, home):
    page = liu.press(liu.open(f"/console/households/{home}"), "显示李小朵的完整证件号", purpose="payment")
    assert "370281201503070012" in page.text
    assert ("unmask-payment", True, {uid("a/child")}) in looks(site)
    before = looks(site)
    stranger = officer("township_officer", "370281002")
    forged = liu.open(f"/console/households/{home}").form("显示张桂兰的完整证件号")
    token = stranger.open("/console/desk").form("退出").fields["csrf_token"][0]
    answer = stranger.client.post(forged.action, data={"csrf_token": token, "purpose": "identity"})
    assert answer.status_code == 404 and NUMBER not in answer.get_data(as_text=True)
    assert [look for look in looks(site) if look[0].startswith("unmask")] == [
        look for look in before if look[0].startswith("unmask")
    ]


def test_what_is_known_has_its_day_and_source_and_sources_that_differ_stand_side_by_side(site, liu, home):
    told(site, uid("a/p1"), insured=False)
    links = liu.open(f"/console/households/{home}/facts").links
    page = liu.open(next(address for words, address in links.items() if words.startswith("张桂兰（")))
    assert (
        "各来源说法不一" in page.text
        and "走访（用户1）" in page.text
        and "部门数据" in page.text
        and "现在采用" in page.text
    )
    assert "30000 元" in page.text


def test_reasons_name_value_source_parameter_clause_and_quote(liu, home):
    page = liu.open(f"/console/households/{home}/reasons?subject={uid('a/p1')}")
    assert "符合的项目" in page.text and "医疗救助" in page.text
    assert "胶民政发〔2024〕61号" in page.text and "本地设定（样例）" in page.text
    assert "走访，用户1" in page.text and "尚不能确定的项目" in page.text and "问清这些就能确定" in page.text
    one = liu.open(next(address for words, address in page.links.items() if words.startswith("全部条件：")))
    assert "返回全部项目" in one.text and "尚不能确定" in one.text
    assert "差在哪里" in liu.open(f"/console/households/{home}/reasons?subject={uid('a/p1')}&misses=1").text


def test_another_place_and_day_are_worked_out_and_not_stored(liu, home):
    page = liu.press(liu.open(f"/console/households/{home}/reasons"), "查看", jurisdiction="huining", date="2023-06-01")
    assert "会宁县" in page.text and "只供参考，没有保存" in page.text
    early = liu.press(page, "查看", jurisdiction="jiaozhou", date="2020-01-01")
    assert "不在施行期的项目" in early.text


def test_visits_are_read_in_words_and_a_childs_only_by_whose_role_carries_them(site, liu, home):
    page = liu.open(f"/console/households/{home}/visits")
    assert "本年度是否住院治疗？ 是" in page.text and "走访人：用户1" in page.text and "对象：张桂兰" in page.text
    child = next(file.form for file in departments().form_files if file.form.klass == "child")
    with site.db.write() as session:
        visit(
            site, session, home, "child", {}, person=uid("a/child"), form=child.id, version=child.version, klass="child"
        )
    assert "儿童走访" in liu.open(f"/console/households/{home}/visits").text


def test_a_long_chain_is_paged_small_and_verified(site, liu, home, statements):
    long_chain(site, 200)
    with statements() as said:
        page = liu.open(f"/console/households/{home}/chain")
    assert "校验通过：共 202 条记录" in page.text and "第 1 / 3 页" in page.text
    assert "市医疗保障局办结：给予医疗救助 2400 元；" in page.text and "校验码尾号" in page.text
    assert len(asked(said)) <= 15 and len(page.html.encode()) < 100_000
    overview = liu.open(f"/console/households/{home}")
    assert len(overview.html.encode()) < 100_000 and "全部 202 条" in overview.links
    with site.db.write() as session:
        session.execute(update(Link).where(Link.household_id == home, Link.n == 7).values(actor="别人"))
    for tail in ("", "/chain", "/chain/print"):
        assert "校验未通过" in liu.open(f"/console/households/{home}{tail}").text


def test_the_chain_is_printed_in_order_with_the_last_signs_of_its_hashes(site, liu, home):
    long_chain(site, 4)
    page = liu.open(liu.open(f"/console/households/{home}/chain").links["打印"])
    with site.db.read() as session:
        links = list(session.scalars(select(Link).where(Link.household_id == home).order_by(Link.n)))
    assert "困难群众救助链记录" in page.text and "打印人：刘敏" in page.text and "370281********1225" in page.text
    places = [page.text.index(bytes(link.hash).hex()[-8:]) for link in links]
    assert places == sorted(places) and "市医疗保障局" in page.text and "走访" in page.text
    assert looks(site)[-1][0] == "chain-print"


def test_a_household_is_given_to_a_worker_and_taken_back(site, liu, home):
    with site.db.write() as session:
        account(session, 9, "child_director", "370281001001")
    page = liu.press(liu.open(f"/console/households/{home}"), "增加", account_id="9")
    assert "责任人已增加" in page.text and "用户9 · 儿童主任" in page.text
    page = liu.press(page, "收回用户9的责任")
    with site.db.read() as session:
        assert session.get(Assignment, (COUNTY, home, 9)).active is False
    assert "责任人已收回" in page.text


def test_whoever_looked_is_listed_with_the_purpose(site, liu, officer, home):
    officer("county_officer", COUNTY, name="王科长").open(f"/console/households/{home}")
    page = liu.open(f"/console/households/{home}/access")
    assert "王科长" in page.text and "查看户信息" in page.text and "含不满十四周岁" in page.text
    assert "张桂兰、李小朵" in page.text or "李小朵、张桂兰" in page.text
    assert "只见户的信息" not in page.text


def test_aid_says_its_last_day_and_what_is_given_once_says_its_day(liu, town):
    for source, ends in (("r1", None), ("r2", date(2026, 1, 6)), ("r3", date(2026, 7, 1))):
        with town.db.write() as session:
            grant(session, COUNTY, Grant(uid("a"), uid("a/p1"), "medical.aid", "市医疗保障局", "referral", source, date(2026, 1, 5), ends))
    text = liu.open(f"/console/households/{uid('a')}").text
    assert "2026-01-05 一次给付" in text and "2026-01-05 起，至 2026-06-30 止" in text
    assert text.count("2026-01-05 起") == 2
