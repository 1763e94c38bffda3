"""A decision is posted with few personal facts, its days are counted, an objection brings the case back."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from fieldsvc.aidchain.models import Link
from fieldsvc.applications.models import Application
from fieldsvc.deadlines.working_days import Calendar
from fieldsvc.households.models import Household, Person
from fieldsvc.kit import clock
from fieldsvc.publicity.rules import last_day, masked_name
from tests.support.river import COUNTY, uid

LIU = ("township_officer", "370281001")


@pytest.fixture
def liu(town, officer):
    with town.db.write() as session:
        session.get(Household, (COUNTY, uid("a"))).name = "孙大山"
        session.get(Person, (COUNTY, uid("a/p1"))).name = "孙大山"
    return officer(*LIU)


@pytest.fixture
def decided(liu, client, signed):
    """An application of household a, decided; its id."""
    headers = signed(*LIU)
    asked = {"household_id": uid("a"), "tier": "dibao", "consent": {"scope": ["classification"]}}
    application = client.post("/api/v1/applications", json=asked, headers=headers).json["id"]
    answer = client.post(f"/api/v1/applications/{application}/decision", headers=headers,
                         json={"kind": "override", "tier": "dibao", "reason": "集体研究"})  # fmt: skip
    assert answer.status_code == 200, answer.text
    return application


@pytest.mark.requirement("PUB-01")
def test_a_notice_has_few_personal_facts_its_days_and_an_objection_reopens_the_case(liu, decided, db, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 9, 29, 2, tzinfo=UTC))
    page = liu.press(liu.open(f"/console/applications/{decided}/notice"), "发布公示", days="5")
    assert page.status == 200 and "孙*山" in page.text and "孙大山" not in page.text
    assert "2026-10-12" in page.text  # 国庆 1–7 do not count, 10-10 is worked
    assert "公示期满，无异议" not in page.text
    assert "已在公示" in page.text or "公示中" in page.text
    assert "公示中（1）" in liu.open("/console/notices").text
    page = liu.press(page, "登记并退回重审", said="有存款未申报", said_by="村民")
    assert "申请已退回重新审核" in page.text and "有存款未申报" in page.text
    with db.read() as session:
        application = session.get(Application, (COUNTY, decided))
        kinds = session.scalars(select(Link.kind).where(Link.household_id == uid("a")).order_by(Link.n)).all()
    assert application.state == "open"
    assert kinds[-3:] == ["notice_posted", "application_reopened", "notice_objected"]


def test_a_notice_ends_only_after_its_days(liu, decided, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 2, 2, tzinfo=UTC))
    page = liu.press(liu.open(f"/console/applications/{decided}/notice"), "发布公示", days="3")
    address = page.response.request.path
    assert liu.press(liu.open(f"/console/applications/{decided}/notice"), "发布公示", days="3").status == 409
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 5, 16, 1, tzinfo=UTC))
    assert "期满，已登记" in liu.press(liu.open(address), "公示期满，无异议").text


def test_the_board_list_holds_no_whole_name(liu, decided):
    liu.press(liu.open(f"/console/applications/{decided}/notice"), "发布公示", days="3")
    taken = liu.press(liu.open("/console/notices"), "导出 CSV", purpose="publicity").html
    assert "孙*山" in taken and "孙大山" not in taken and "370281" not in taken


@pytest.mark.parametrize(
    ("name", "shown"), [("孙山", "孙*"), ("孙大山", "孙*山"), ("欧阳大山", "欧**山"), ("山", "*"), ("", "*")]
)
def test_masked_names(name, shown):
    assert masked_name(name) == shown


def test_days_beyond_the_published_calendar_are_provisional():
    assert last_day(date(2026, 3, 2), 3, Calendar()) == (date(2026, 3, 5), False)
    assert last_day(date(2031, 3, 3), 3, Calendar()) == (date(2031, 3, 6), True)
