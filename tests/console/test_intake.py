"""Reports in the browser: taken down, somebody sent, answered; each step timed."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from fieldsvc.alerts.models import Alert
from fieldsvc.intake.models import Report
from fieldsvc.kit import clock
from tests.support.desk import app, screen, town  # noqa: F401
from tests.support.jiaozhou import medical_visit
from tests.support.river import VILLAGE, household, uid


@pytest.fixture
def liu(town, officer):
    with town.db.write() as session:
        from fieldsvc.accounts.regions import load_regions

        load_regions(session, "370281", {"370281": "胶州市", "370281001": "样例镇", VILLAGE: "东村"})
    return officer()


def token(page):
    return page.forms[0].fields["csrf_token"][0]


@pytest.mark.requirement("DSC-04", "MON-15")
def test_a_report_is_taken_down_somebody_sent_and_answered_with_the_minutes_between(liu, town, db):
    page = liu.open("/console/reports/new")
    page = liu.press(
        page, "登记", channel="petition", about_name="孙某", village_code=VILLAGE, content="老人独居，无人照料"
    )
    assert page.status == 200 and "待派访" in page.text
    with db.write() as session:
        session.execute(update(Report).values(found_at=clock.now() - timedelta(minutes=30)))
    page = liu.press(page, "派访", account_id="1")
    assert "已派访" in page.text and "30 分钟" in page.text
    page = liu.press(page, "答复", result="confirmed", outcome="已受理特困申请")
    assert "已受理特困申请" in page.text and page.text.count("分钟") == 2
    assert "已答复（1）" in liu.open("/console/reports").text


def test_a_visit_after_the_report_stands_on_it(liu, town, db):
    page = liu.open(f"/console/reports/new?household_id={uid('a')}")
    page = liu.press(page, "登记", channel="cadre", content="收入中断")
    page = liu.press(page, "派访", account_id="1")
    medical_visit(town, "a", {"insured": "yes"}, at=clock.now())
    page = liu.open(page.response.request.path)
    assert "其后的走访" in page.text and "用户1" in page.text


def test_a_caller_s_words_are_found_to_be_about_a_household_on_the_register(liu, town, db, screen):
    """Somebody was sent first; the alert comes once it is known whom it is about, and the phone's task is shown by name."""
    page = liu.open("/console/reports/new")
    page = liu.press(page, "登记", channel="petition", about_name="老张", village_code=VILLAGE, content="断了收入", reporter="李某",
                     phone="13900001111")  # fmt: skip
    address = page.response.request.path
    page = liu.press(page, "派访", account_id="1")
    assert "李某" in page.text and "13900001111" not in page.text and "用户1" in page.text and "没有找到" in page.text
    page = liu.press(page, "查找", q="a户")
    page = liu.press(page, "就是这一户", household_id=uid("a"))
    assert page.status == 200 and "已对上这一户" in page.text and "查看这一户" in page.links
    assert "接到反映" in liu.open(f"/console/households/{uid('a')}/chain").text
    screen()
    with db.read() as session:
        assert session.scalars(select(Alert.household_id).where(Alert.rule_id == "civil.help_reported")).all() == [uid("a")]
    again = liu.client.post(f"{address}/household", data={"household_id": uid("b"), "csrf_token": token(liu.open(address))})
    assert again.status_code == 409


def test_a_household_out_of_sight_is_not_given_to_a_report(liu, town, db):
    with db.write() as session:
        household(session, "far", village="370281002001")
    page = liu.press(liu.open("/console/reports/new"), "登记", channel="petition", about_name="far", village_code=VILLAGE, content="难")
    assert "没有找到" in page.text
    address = page.response.request.path
    given = {"household_id": uid("far"), "csrf_token": token(page)}
    assert liu.client.post(f"{address}/household", data=given).status_code == 404


def test_what_is_missing_is_said_and_what_was_typed_stays(liu, db):
    page = liu.press(liu.open("/console/reports/new"), "登记", content="困难", about_name="孙某")
    assert page.status == 422 and page.form("登记").fields["content"] == ["困难"]
    with db.read() as session:
        assert session.scalars(select(Report)).all() == []
