"""The last step is taken back by who took it or by the county, while nothing has followed from it; and alerts change hands."""

import pytest
from sqlalchemy import select

from fieldsvc.aidchain.models import Link
from fieldsvc.aidchain.service import verify
from fieldsvc.alerts.models import Alert, Disposal
from fieldsvc.deadlines.models import Deadline
from fieldsvc.feed.models import Change
from fieldsvc.households.models import Task
from fieldsvc.referrals.models import OutboxItem, Referral
from fieldsvc.referrals.outbox import deliver_due
from tests.support.jiaozhou import UNINSURED, departments, medical_visit
from tests.support.river import COUNTY, account, uid


@pytest.fixture
def alert(town, screen):
    medical_visit(town, "a", UNINSURED)
    screen()
    with town.db.read() as session:
        return session.scalar(select(Alert.id))


@pytest.fixture
def post(client, signed, alert):
    def post(path, body, role="township_officer", region="370281001", **more):
        got = client.post(f"/api/v1/{path}", json=body, headers=signed(role, region, **more))
        return got.status_code, got.get_json()

    return post


@pytest.fixture
def step(post, alert):
    return lambda **body: post(f"alerts/{alert}/disposal", body)


@pytest.fixture
def undo(post, alert):
    return lambda reason="登记有误", **who: post(f"alerts/{alert}/undo", {"reason": reason}, **who)


@pytest.fixture
def confirmed(step):
    assert step(kind="verify", result="confirmed")[0] == 200


def chain(site):
    with site.db.read() as session:
        assert verify(session, COUNTY) == []
        return [link.kind for link in session.scalars(select(Link).order_by(Link.n))]


def all_of(site, model):
    with site.db.read() as session:
        return list(session.scalars(select(model)))


def clocks(site):
    """``{kind: answered}`` of the alert's deadlines."""
    return {(each.kind, each.met_at is not None) for each in all_of(site, Deadline) if each.subject == "alert"}


def test_a_verification_taken_back_leaves_the_alert_as_it_was_with_its_deadline_running(town, step, undo):
    began = [each.started_at for each in all_of(town, Deadline)]
    step(kind="verify", result="confirmed")
    assert undo(" ")[1]["code"] == "reason-missing"
    status, body = undo()
    assert (status, body["status"], body["verification"]) == (200, "open", None)
    assert chain(town) == ["alert_opened", "alert_verified", "alert_undone"]
    assert clocks(town) == {("verify", False)} and [each.started_at for each in all_of(town, Deadline)] == began
    assert step(kind="verify", result="not_confirmed", note="本人已参保")[1]["status"] == "closed"


def test_each_step_in_turn_back_to_the_beginning_and_no_further(confirmed, step, undo, town, client, signed):
    step(kind="carry_out", carried_out="x")
    assert (undo("一")[1]["status"], undo("二")[1]["status"]) == ("verified", "open")
    assert undo("三")[1]["code"] == "nothing-to-undo"
    counted = client.get("/api/v1/alerts/counts", headers=signed("county_officer", COUNTY)).get_json()
    assert counted == {"by_status": {"open": 1}, "by_kind": {}}, "what was taken back is no disposal"
    assert clocks(town) == {("verify", False)}


def test_an_undo_whose_answer_was_lost_is_asked_for_again_and_done_once(confirmed, step, undo, town):
    step(kind="carry_out", carried_out="x")
    assert undo() == undo()
    assert chain(town).count("alert_undone") == 1


def test_only_who_took_it_or_the_county_takes_it_back(confirmed, undo, make_account, bearer, client, alert):
    make_account("other", role="township_officer", region="370281001")
    got = client.post(f"/api/v1/alerts/{alert}/undo", json={"reason": "x"}, headers=bearer("other"))
    assert (got.status_code, got.get_json()["code"]) == (403, "not-your-step")
    assert undo(role="grid_worker", region="370281001001")[0] == 403
    assert undo(region="370281999")[0] == 404
    assert undo(role="county_officer", region=COUNTY)[1]["status"] == "open"


def test_a_meetings_open_tasks_go_with_it(confirmed, step, undo, town):
    step(kind="joint_study", members=["王"], decision="x", tasks=[{"title": "t1", "account_id": 1}, {"title": "t2"}])
    assert undo()[1]["status"] == "verified"
    tasks = [task for task in all_of(town, Task) if task.kind == "joint_study"]
    assert [task.status for task in tasks] == ["cancelled"] * 2
    assert len([c for c in all_of(town, Change) if c.record_id == tasks[0].id]) == 2, "the phone hears of both"


def test_not_after_a_task_of_the_meeting_was_done(confirmed, step, undo, town):
    step(kind="joint_study", members=["王"], decision="x", tasks=[{"title": "t1", "account_id": 1}])
    with town.db.write() as session:
        session.scalar(select(Task).where(Task.kind == "joint_study")).status = "done"
    assert undo()[1]["code"] == "task-done"
    assert all_of(town, Alert)[0].status == "closed"


def test_not_after_aid_ended(confirmed, step, undo, town):
    step(kind="verify_and_end", findings="超标准", ended=True)
    assert undo()[1]["code"] == "aid-ended" and "alert_undone" not in chain(town)


def test_findings_that_ended_nothing_are_taken_back(confirmed, step, undo):
    step(kind="verify_and_end", findings="仍符合", ended=False)
    assert undo()[1]["status"] == "verified"


@pytest.mark.parametrize("ask", [False, True])
def test_a_referral_nobody_answered_is_recalled_and_the_plugin_is_not_asked(confirmed, step, undo, town, post, ask):
    step(**({"kind": "verify_and_end", "ask": "medical_insurance"} if ask else {"kind": "refer"}))
    assert undo()[1]["status"] == "verified"
    (referral,), (item,) = all_of(town, Referral), all_of(town, OutboxItem)
    assert (referral.state, item.state) == ("recalled", "cancelled")
    assert deliver_due(town, departments()) == 0
    assert chain(town)[-2:] == ["referral_recalled", "alert_undone"]
    assert clocks(town) == {("verify", True), ("dispose", False)}
    assert [d for d in all_of(town, Deadline) if d.subject == "referral"] == []
    assert step(kind="carry_out", carried_out="x")[1]["status"] == "closed"


def test_not_after_the_department_accepted_or_answered(confirmed, step, undo, town, post):
    sent = step(kind="refer")[1]["disposals"][-1]["detail"]["referral"]
    department = {"role": "department_officer", "region": COUNTY, "department": "medical"}
    assert post(f"referrals/{sent}/feedback", {"action": "accept"}, **department)[0] == 200
    assert undo()[1]["code"] == "department-answered"
    assert post(f"referrals/{sent}/recall", {"reason": "x"})[1]["code"] == "wrong-state"
    assert post(f"referrals/{sent}/feedback", {"action": "done", "outcome": {}}, **department)[0] == 200
    assert undo(role="county_officer", region=COUNTY)[1]["code"] == "department-answered"


def test_a_plugin_that_answers_after_the_recall_changes_nothing(confirmed, step, undo, post):
    sent = step(kind="refer")[1]["disposals"][-1]["detail"]["referral"]
    undo()
    department = {"role": "department_officer", "region": COUNTY, "department": "medical"}
    assert post(f"referrals/{sent}/feedback", {"action": "accept"}, **department)[1]["code"] == "wrong-state"


def test_a_referral_is_recalled_by_itself_with_or_without_an_alert(confirmed, step, town, post, alert):
    sent = step(kind="refer")[1]["disposals"][-1]["detail"]["referral"]
    assert post(f"referrals/{sent}/recall", {"reason": "转错部门"})[1]["state"] == "recalled"
    assert all_of(town, Alert)[0].status == "verified"
    body = {"household_id": uid("b"), "person_id": uid("b/p1"), "duty": "health", "summary": "需急救"}
    alone = post("referrals", body)[1]["id"]
    for _ in range(2):
        status, told = post(f"referrals/{alone}/recall", {"reason": "已自行解决"})
        assert (status, told["state"], told["events"][-1]["state"]) == (200, "recalled", "recalled")
    assert chain(town).count("referral_recalled") == 2


def test_alerts_are_given_to_an_officer_who_may_see_them(town, alert, post, step):
    with town.db.write() as session:
        account(session, 60, "township_officer", "370281001")
        account(session, 61, "township_officer", "370281002")
    body = {"alert_ids": [alert], "account_id": 60}
    assert post("alerts/assignments", body)[1] == {"assigned": [alert]}
    assert post("alerts/assignments", body)[1] == {"assigned": []}, "already"
    assert all_of(town, Alert)[0].assignee_id == 60
    (told,) = [each for each in all_of(town, Disposal) if each.kind == "assigned"]
    assert (told.detail["to"], told.detail["name"]) == (60, "用户60")
    for other in (61, 1, 999):
        assert post("alerts/assignments", body | {"account_id": other})[1]["code"] == "unknown-account"
    assert post("alerts/assignments", body, region="370281002")[0] == 404
    step(kind="verify", result="not_confirmed", note="本人已参保")
    assert post("alerts/assignments", body)[1] == {"assigned": []}, "closed"


def test_the_finder_and_the_channel_stand_on_the_alert(town, alert):
    (found,) = all_of(town, Alert)
    assert (found.found_by, found.finder_id) == ("visit", 1)


@pytest.mark.requirement("FUN-03")
def test_who_is_related_neither_decides_nor_takes_back(client, signed, post, step, alert):
    assert step(kind="verify", result="confirmed")[0] == 200
    said = client.post(f"/api/v1/households/{uid('a')}/kin", json={"relation": "表兄"}, headers=signed("township_officer", "370281001"))
    assert said.status_code == 204
    assert step(kind="carry_out", carried_out="已代办")[1]["code"] == "kin-stands-aside"
    assert post(f"alerts/{alert}/undo", {"reason": "点错"})[1]["code"] == "kin-stands-aside"
