"""Verification first, then disposal by kind (胶州 三(四)); every step on the record and on the aid chain."""

import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.aidchain.models import Link
from fieldsvc.aidchain.service import verify
from fieldsvc.alerts.models import Alert
from fieldsvc.feed.models import Change
from fieldsvc.households.models import Household, Person, Task
from fieldsvc.households.service import update_household
from fieldsvc.kit import clock
from tests.support.jiaozhou import UNINSURED, medical_visit
from tests.support.river import COUNTY, account, uid


@pytest.fixture
def alert(town, screen):
    medical_visit(town, "a", UNINSURED)
    screen()
    with town.db.read() as session:
        return session.scalar(select(Alert.id))


@pytest.fixture
def step(client, signed, alert):
    def step(role="township_officer", region="370281001", **body):
        got = client.post(f"/api/v1/alerts/{alert}/disposal", json=body, headers=signed(role, region))
        return got.status_code, got.get_json()

    return step


def chain(site):
    with site.db.read() as session:
        assert verify(session, COUNTY) == []
        return [link.kind for link in session.scalars(select(Link).order_by(Link.n))]


def confirm(step):
    assert step(kind="verify", result="confirmed")[0] == 200


@pytest.mark.requirement("ALR-01", "ALR-02")
def test_an_alert_closes_only_with_a_kind_and_what_was_carried_out(step, town, client, signed):
    confirm(step)
    status, problem = step(kind="carry_out")
    assert (status, problem["code"], list(problem["errors"])) == (422, "disposal-incomplete", ["carried_out"])
    assert step(note="没有类别")[0] == 422
    status, body = step(kind="carry_out", carried_out="已代办2026年度居民医保参保", done_on="2026-01-05")
    assert (status, body["status"], body["disposals"][-1]["detail"]["carried_out"]) == (
        200,
        "closed",
        "已代办2026年度居民医保参保",
    )
    assert chain(town) == ["alert_opened", "alert_verified", "alert_closed"]
    counted = client.get("/api/v1/alerts/counts", headers=signed("county_officer", COUNTY)).get_json()
    assert counted == {"by_status": {"closed": 1}, "by_kind": {"carry_out": 1}}


def test_disposal_before_verification_and_after_closing_is_refused(step):
    assert step(kind="carry_out", carried_out="x")[1]["code"] == "not-verified"
    confirm(step)
    assert step(kind="verify", result="confirmed", note="再核实")[1]["code"] == "already-verified"
    step(kind="carry_out", carried_out="x")
    status, problem = step(kind="carry_out", carried_out="y")
    assert (status, problem["code"]) == (409, "alert-closed")


def test_what_verification_proves_untrue_is_closed_by_it(step, town):
    body = step(kind="verify", result="not_confirmed", note="本人已参保")[1]
    assert (body["status"], body["verification"], body["disposals"][-1]["kind"]) == (
        "closed",
        "not_confirmed",
        "not_confirmed",
    )
    assert chain(town)[-1] == "alert_closed"


@pytest.mark.requirement("ALR-04")
def test_a_joint_study_closes_with_members_decision_and_tasks(step, town):
    confirm(step)
    assert set(step(kind="joint_study", decision="x")[1]["errors"]) == {"members"}
    assert step(kind="joint_study", members=["王"], decision="x", tasks=[{"title": "t", "account_id": 99}])[0] == 422
    tasks = [{"title": "联系医保窗口", "account_id": 1, "due_on": "2026-12-01"}]
    status, body = step(kind="joint_study", members=["王主任", "李医生"], decision="协助参保", tasks=tasks)
    assert (status, body["status"]) == (200, "closed")
    with town.db.read() as session:
        task = session.scalar(select(Task).where(Task.kind == "joint_study"))
        assert (task.title, task.account_id, task.household_id) == ("联系医保窗口", 1, uid("a"))
        assert session.scalar(select(Change.seq).where(Change.scope == 1, Change.record_id == task.id))


def test_ending_aid_needs_findings_and_ends_the_recognised_tier(step, town, screen):
    confirm(step)
    assert set(step(kind="verify_and_end", findings="x")[1]["errors"]) == {"ended"}
    status, body = step(kind="verify_and_end", findings="家庭收入已超过标准", ended=True)
    assert (status, body["status"], body["disposals"][-1]["detail"]["tier"]) == (200, "closed", "dibao")
    with town.db.read() as session:
        assert session.get(Person, (COUNTY, uid("a/p1"))).tier == "none"
    assert chain(town)[-2:] == ["aid_ended", "alert_closed"]
    screen()


def test_aid_is_not_ended_on_a_finding_nobody_confirmed(step, town):
    step(kind="verify", result="procedure_started")
    status, problem = step(kind="verify_and_end", findings="x", ended=True)
    assert (status, problem["code"]) == (409, "not-confirmed")
    with town.db.read() as session:
        assert session.get(Person, (COUNTY, uid("a/p1"))).tier is None


def test_verified_and_still_entitled_changes_no_tier(step, town):
    confirm(step)
    assert step(kind="verify_and_end", findings="仍符合", ended=False)[1]["status"] == "closed"
    assert "aid_ended" not in chain(town)


def test_only_officers_of_the_region_dispose(step):
    assert step(role="grid_worker", region="370281001001", kind="verify", result="confirmed")[0] == 403
    assert step(region="370281999", kind="verify", result="confirmed")[0] == 404
    assert step(role="county_officer", region="370281", kind="verify", result="confirmed")[0] == 200


def test_a_step_whose_answer_was_lost_is_asked_for_again_and_taken_once(step, town):
    for body in ({"kind": "verify", "result": "confirmed"}, {"kind": "carry_out", "carried_out": "已落实"}):
        first, again = step(**body), step(**body)
        for _, shown in (first, again):
            for one in shown["deadlines"]:
                del one["remaining_seconds"]  # time goes on between the two
        assert first == again and first[0] == 200 and "said" not in str(first)
    assert step(role="county_officer", region=COUNTY, kind="carry_out", carried_out="已落实")[0] == 409, (
        "another officer's"
    )
    assert chain(town) == ["alert_opened", "alert_verified", "alert_closed"]


def test_the_same_words_on_an_alert_that_opened_again_are_a_step_of_their_own(step, town, alert, screen):
    body = {"kind": "verify", "result": "not_confirmed", "note": "本人已参保"}
    assert step(**body)[1]["status"] == "closed"
    with town.db.write() as session:
        reopened = session.get(Alert, (COUNTY, alert))
        reopened.status, reopened.opened_at, reopened.closed_at = "open", clock.now(), None
    assert step(**body)[1]["status"] == "closed"
    assert chain(town).count("alert_closed") == 2


def test_a_task_about_a_child_goes_to_nobody_who_may_not_see_it(step, town, alert):
    with town.db.write() as session:
        session.get(Alert, (COUNTY, alert)).klass = "child"
        account(session, 7, "child_director")
    confirm(step)
    body = {"kind": "joint_study", "members": ["王"], "decision": "入户"}
    assert step(**body, tasks=[{"title": "t", "account_id": 1}])[1]["code"] == "unknown-account"
    assert step(**body, tasks=[{"title": "t", "account_id": 7}])[0] == 200


def test_each_answer_about_an_alert_leaves_an_access_row_with_minors_marked(step, town, alert, client, signed):
    with town.db.write() as session:
        session.get(Person, (COUNTY, uid("a/p1"))).birth_date = clock.today()
    confirm(step)
    for path in (f"/api/v1/alerts/{alert}", "/api/v1/alerts", f"/api/v1/households/{uid('a')}/chain"):
        assert client.get(path, headers=signed()).status_code == 200
    with town.db.read() as session:
        rows = session.scalars(select(AccessEntry).order_by(AccessEntry.at)).all()
    assert [row.purpose for row in rows] == ["alert", "alert", "alert-list", "chain"]
    assert all(row.minors and row.persons == [uid("a/p1")] and row.households == [uid("a")] for row in rows)


def test_when_a_household_moves_its_alert_and_its_referral_move_to_the_new_township(step, town, alert, client, signed):
    confirm(step)
    sent = step(kind="refer")[1]["disposals"][-1]["detail"]["referral"]
    with town.db.write() as session:
        home = session.get(Household, (COUNTY, uid("a")))
        update_household(session, town.vault, home, {"village_code": "370281002001"})
    for path in (f"/api/v1/alerts/{alert}", f"/api/v1/referrals/{sent}"):
        assert client.get(path, headers=signed(region="370281001")).status_code == 404
        assert client.get(path, headers=signed(region="370281002")).status_code == 200
