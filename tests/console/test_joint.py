"""Joint meetings in the browser: what a township sends up is decided, becomes tasks with owners and dates, and is done."""

import pytest

from fieldsvc.kit import clock
from tests.support.river import COUNTY

WHERE = "/console/joint"


@pytest.fixture
def sits(officer):
    return {"liu": officer("township_officer", "370281001"),
            "zhao": officer("township_officer", "370281002"),
            "county": officer("county_officer", COUNTY),
            "medical": officer("department_officer", COUNTY, department="medical")}  # fmt: skip


@pytest.fixture
def meeting(sits):
    """A township's matter, and a meeting the county has entered."""
    page = sits["liu"].press(sits["liu"].open(WHERE), "提请研究", title="无户口人员就医", said="滞留多月，费用无人支付")
    assert "已提请联席会议研究" in page.text and "待研究" in page.text
    county = sits["county"]
    page = county.press(county.open(WHERE), "登记会议", kind="joint", members="民政局\n医保局\n", result="研究两件事")
    assert "已登记会议" in page.text and "民政局、医保局" in page.text
    return page


@pytest.mark.requirement("ORG-04")
def test_a_matter_sent_up_is_decided_and_becomes_a_task(sits, meeting):
    county, matter = sits["county"], meeting.form("登记决定").choices["matter_id"][0]
    held = meeting.form("登记决定").choices["meeting_id"][0]
    page = county.press(meeting, "登记决定", meeting_id=held, matter_id=matter, decision="由医保局先行参保")
    assert "已登记会议决定" in page.text
    page = county.press(page, "交办任务", meeting_id=held, matter_id=matter, title="办理参保", owner_id=str(sits["medical"].account.id),
                        due_on="2099-01-31")  # fmt: skip
    assert "已交办任务" in page.text and "2099-01-31" in page.text
    liu = sits["liu"].open(WHERE)
    assert "由医保局先行参保" in liu.text and "联席会议" in liu.text and "办理参保" in liu.text
    assert "无户口人员就医" not in sits["zhao"].open(WHERE).text and "办理参保" not in sits["zhao"].open(WHERE).text
    page = sits["medical"].press(sits["medical"].open(WHERE), "办结任务", result="已参保")
    assert "任务已办结" in page.text
    page = county.open(WHERE)
    assert "已办结" in page.text and "已参保" in page.text
    given = {"meeting_id": held, "matter_id": matter, "decision": "另作决定", "csrf_token": page.form("登记会议").fields["csrf_token"][0]}
    assert county.client.post(f"{WHERE}/decisions", data=given).status_code == 409


@pytest.mark.requirement("DAT-11")
def test_a_regular_consultation_makes_tasks_with_owners_and_dates(sits):
    county = sits["county"]
    page = county.press(county.open(WHERE), "登记会议", kind="consult", members="民政局\n乡村振兴局\n财政局", result="比对台账")
    held, owner = page.form("交办任务").choices["meeting_id"][0], str(sits["liu"].account.id)
    refused = county.press(page, "交办任务", meeting_id=held, title="核对名单", owner_id="", due_on="2020-01-02")
    assert refused.status == 422
    page = county.press(page, "交办任务", meeting_id=held, title="核对名单", owner_id=owner, due_on="2020-01-02")
    for text in ("定期会商", "民政局、乡村振兴局、财政局", "核对名单", sits["liu"].account.name, "2020-01-02", "已超期"):
        assert text in page.text, text
    assert "核对名单" in sits["liu"].open(WHERE).text
    file = county.client.get(f"{WHERE}?export=csv&purpose=meeting").get_data(as_text=True)
    assert f"定期会商 {clock.today()},核对名单" in file


def test_nobody_finishes_anothers_task_and_no_meeting_lies_ahead(sits, meeting):
    county = sits["county"]
    page = county.press(meeting, "登记会议", kind="joint", held_on="2999-01-01", members="甲", result="乙")
    assert page.status == 422 and "不能晚于今天" in page.text
    page = county.open(WHERE)
    held = page.form("交办任务").choices["meeting_id"][0]
    page = county.press(page, "交办任务", meeting_id=held, title="甲事", owner_id=str(sits["medical"].account.id), due_on="2099-01-31")
    action = page.form("办结任务").action
    token = sits["zhao"].open(WHERE).form("提请研究").fields["csrf_token"][0]
    assert sits["zhao"].client.post(action, data={"csrf_token": token, "result": "x"}).status_code == 404
