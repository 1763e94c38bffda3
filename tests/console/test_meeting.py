"""Meetings in the browser: the list with tasks and their state, and the record that is printed."""

import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.alerts.models import Alert, Disposal
from fieldsvc.households.models import Task
from tests.support.desk import app, bearer, client, login, screen, signed, town  # noqa: F401
from tests.support.jiaozhou import UNINSURED, medical_visit
from tests.support.river import COUNTY, uid


@pytest.fixture
def held(town, screen, client, signed):
    """A meeting on the alert of household a, with two tasks; its id."""
    medical_visit(town, "a", UNINSURED)
    screen()
    with town.db.read() as session:
        alert = session.scalar(select(Alert.id))
    tasks = [{"title": "联系医保窗口", "account_id": 1, "due_on": "2026-12-01"}, {"title": "再访"}]
    for body in ({"kind": "verify", "result": "confirmed"},
                 {"kind": "joint_study", "members": ["王主任", "李医生"], "decision": "协助参保", "tasks": tasks}):  # fmt: skip
        assert client.post(f"/api/v1/alerts/{alert}/disposal", json=body, headers=signed()).status_code == 200
    with town.db.read() as session:
        return session.scalar(select(Disposal.id).where(Disposal.kind == "joint_study"))


@pytest.fixture
def liu(held, officer):
    return officer("township_officer", "370281001")


def test_meetings_are_listed_with_members_decision_and_the_state_of_each_task(liu, held, town):
    with town.db.write() as session:
        session.scalar(select(Task).where(Task.title == "再访")).status = "done"
    page = liu.open("/console/meetings")
    for text in ("王主任、李医生", "协助参保", "联系医保窗口（用户1，2026-12-01，办理中）", "再访（已完成）", "1 件未完成", "共 1 条"):
        assert text in page.text, text
    assert uid("a") not in page.text


def test_a_meeting_is_a_record_to_print(liu, held, town):
    page = liu.open(f"/console/meetings/{held}")
    for text in ("一事一议会议记录", "a户", "王主任、李医生", "协助参保", "联系医保窗口", "2026-12-01", "共 2 件，未完成 2 件"):
        assert text in page.text, text
    with town.db.read() as session:
        assert "meetings" in [row.purpose for row in session.scalars(select(AccessEntry))]


def test_a_meeting_taken_back_says_so(liu, held, town, client, signed):
    with town.db.read() as session:
        alert = session.scalar(select(Alert.id))
    assert client.post(f"/api/v1/alerts/{alert}/undo", json={"reason": "登错了"}, headers=signed()).status_code == 200
    page = liu.open(f"/console/meetings/{held}")
    assert "已撤销" in page.text and "已取消" in page.text
    assert "已撤销" in liu.open("/console/meetings").text


def test_nobody_elses_meetings(liu, held, officer):
    stranger = officer("township_officer", "370281999")
    assert stranger.open(f"/console/meetings/{held}").status == 404
    assert "没有会议记录" in stranger.open("/console/meetings").text
    assert officer("county_officer", COUNTY).open(f"/console/meetings/{held}").status == 200


def test_the_list_is_taken_away_and_asks_a_bounded_number_of_queries(liu, held, statements):
    got = liu.client.get("/console/meetings?export=csv&purpose=meeting").get_data(as_text=True)
    assert "王主任、李医生" in got and got.startswith("\ufeff")
    with statements() as asked:
        liu.open("/console/meetings")
    assert len([text for text in asked if not text.startswith(("BEGIN", "COMMIT"))]) <= 15
