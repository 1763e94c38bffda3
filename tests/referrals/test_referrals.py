"""A matter goes to the department the jurisdiction's table names, and comes back: accepted, returned with a reason, or done."""

import pytest
from sqlalchemy import select

from fieldsvc.accounts.rules import ROLES, Actor, Item, may_see
from fieldsvc.aidchain.models import Link
from fieldsvc.aidchain.service import verify
from fieldsvc.alerts.models import Alert
from fieldsvc.facts import queries as facts
from fieldsvc.feed.models import Change
from fieldsvc.kit.notify import belongings
from fieldsvc.referrals import queries
from fieldsvc.referrals.models import Referral
from fieldsvc.referrals.outbox import deliver_due
from fieldsvc.screening.models import DeterminationRow
from tests.support.jiaozhou import UNINSURED, departments, medical_visit
from tests.support.river import COUNTY, account, assign, uid


@pytest.fixture
def alert(town, screen):
    medical_visit(town, "a", UNINSURED)
    screen()
    with town.db.read() as session:
        return session.scalar(select(Alert.id))


@pytest.fixture
def post(client, signed):
    def post(path, body, role="township_officer", region="370281001", key=None, **more):
        headers = dict(signed(role, region, **more)) | ({"Idempotency-Key": key} if key else {})
        got = client.post(path, json=body, headers=headers)
        return got.status_code, got.get_json()

    return post


@pytest.fixture
def sent(alert, post, town):
    """The alert confirmed and referred; the referral's id."""
    post(f"/api/v1/alerts/{alert}/disposal", {"kind": "verify", "result": "confirmed"})
    status, body = post(f"/api/v1/alerts/{alert}/disposal", {"kind": "refer"})
    assert (status, body["status"]) == (200, "referred")
    return body["disposals"][-1]["detail"]["referral"]


@pytest.fixture
def answer(post, sent):
    def answer(action, key=None, department="medical", **body):
        path = f"/api/v1/referrals/{sent}/feedback"
        return post(path, {"action": action, **body}, "department_officer", COUNTY, key, department=department)

    return answer


def get(site, model, key):
    with site.db.read() as session:
        return session.get(model, (COUNTY, key))


def chain(site):
    with site.db.read() as session:
        assert verify(session, COUNTY) == []
        return [link.kind for link in session.scalars(select(Link).order_by(Link.n))]


@pytest.mark.requirement("REF-11")
def test_the_duty_goes_to_the_office_of_the_jurisdictions_table_and_the_department_of_the_plugin(town, sent):
    referral = get(town, Referral, sent)
    assert (referral.duty, referral.office, referral.department) == ("medical_insurance", "市医疗保障局", "medical")


@pytest.mark.requirement("ALR-03")
def test_the_departments_outcome_closes_the_alert_stands_on_the_chain_and_reaches_the_worker(town, alert, sent, answer):
    assert answer("accept")[1]["state"] == "accepted"
    status, body = answer("done", outcome={"资助金额": "400.00", "参保": "已办"})
    assert (status, body["state"]) == (200, "done")
    assert [event["state"] for event in body["events"]] == ["sent", "accepted", "done"]
    assert get(town, Alert, alert).status == "closed"
    assert chain(town)[-2:] == ["alert_closed", "referral_done"]
    with town.db.read() as session:
        link = session.scalars(select(Link).where(Link.kind == "referral_done")).one()
        assert link.content["outcome"]["资助金额"] == "400.00"
        assert session.scalars(select(Change.seq).where(Change.scope == 1, Change.record_id == sent)).all()


def test_what_a_department_reports_as_facts_becomes_facts_and_is_screened(town, answer, screen):
    assert answer("done", outcome={"facts": {"insured": True}})[0] == 200
    with town.db.read() as session:
        entry = facts.known(session, COUNTY, [uid("a/p1")])[uid("a/p1")].document["insured"]
    assert entry[:3:2] == [True, "department"]
    screen()


def test_a_fact_that_is_not_the_departments_to_tell_is_refused_by_name(answer):
    status, problem = answer("done", outcome={"facts": {"recognised_tier": "none", "no_such": 1}})
    assert (status, problem["code"], set(problem["errors"])) == (422, "unknown-fact", {"recognised_tier", "no_such"})


@pytest.mark.requirement("REF-03")
def test_returned_with_a_reason_resent_and_the_first_contact_stays(town, alert, sent, answer, post):
    assert answer("return")[1]["code"] == "reason-missing"
    assert answer("return", reason="缺少身份信息")[1]["state"] == "returned"
    assert get(town, Alert, alert).status == "verified"
    status, body = post(f"/api/v1/referrals/{sent}/resend", {"note": "已补充", "duty": "health"}, region="370281001")
    assert (status, body["state"], body["office"], body["first_contact_id"]) == (200, "sent", "市卫生健康局", 1)
    assert get(town, Alert, alert).status == "referred"
    assert post(f"/api/v1/referrals/{sent}/resend", {"note": "again"})[1]["code"] == "wrong-state"
    answer("done", outcome={"结果": "已办"})
    assert get(town, Alert, alert).status == "closed"
    assert get(town, Referral, sent).first_contact_id == 1


def test_feedback_said_again_is_one_feedback(town, answer):
    for _ in range(2):
        assert answer("accept")[0] == 200
    for _ in range(2):
        assert answer("done", key="k1", outcome={"a": "1"})[0] == 200
    status, problem = answer("done", key="k1", outcome={"a": "2"})
    assert (status, problem["code"]) == (409, "key-reused")
    assert chain(town).count("referral_done") == chain(town).count("referral_accepted") == 1


def test_steps_out_of_order_are_refused(answer):
    answer("accept")
    answer("done", outcome={})
    for action, body in (("accept", {}), ("return", {"reason": "x"}), ("done", {"outcome": {"other": "1"}})):
        status, problem = answer(action, **body)
        assert (status, problem["code"]) == (409, "wrong-state")


def test_only_the_department_it_was_sent_to_answers(answer, post, sent):
    assert answer("accept", department="housing")[0] == 404
    assert post(f"/api/v1/referrals/{sent}/feedback", {"action": "accept"})[0] == 403


@pytest.mark.requirement("ALR-05")
def test_a_department_asked_to_verify_answers_and_the_township_decides(town, alert, post):
    path = f"/api/v1/alerts/{alert}/disposal"
    post(path, {"kind": "verify", "result": "confirmed"})
    body = post(path, {"kind": "verify_and_end", "ask": "medical_insurance", "note": "请核查参保状态"})[1]
    assert body["status"] == "referred"
    sent = body["disposals"][-1]["detail"]["referral"]
    done = {"action": "done", "outcome": {"核查结果": "仍在参保"}}
    assert post(f"/api/v1/referrals/{sent}/feedback", done, "department_officer", COUNTY, department="medical")[0] == 200
    assert get(town, Alert, alert).status == "verified", "the answer comes back on the alert, the township disposes"
    assert post(path, {"kind": "verify_and_end", "findings": "部门回复仍在参保", "ended": False})[1]["status"] == "closed"


def test_an_officer_refers_a_household_without_an_alert(town, post):
    body = {"household_id": uid("b"), "person_id": uid("b/p1"), "duty": "health", "summary": "需急救"}
    status, made = post("/api/v1/referrals", body)
    assert (status, made["state"], made["department"]) == (201, "sent", "medical")
    assert made["first_contact_id"] == get(town, Referral, made["id"]).sent_by
    assert post("/api/v1/referrals", body | {"person_id": uid("a/p1")})[0] == 404
    assert post("/api/v1/referrals", body, region="370281999")[0] == 404
    assert post("/api/v1/referrals", body | {"duty": "no_such_duty"})[1]["code"] == "no-office"


def test_a_child_visits_alert_is_not_sent_to_a_department(town, alert, post):
    with town.db.write() as session:
        session.get(Alert, (COUNTY, alert)).klass = "child"
    path = f"/api/v1/alerts/{alert}/disposal"
    post(path, {"kind": "verify", "result": "confirmed"})
    assert post(path, {"kind": "refer"})[1]["code"] == "class-not-permitted"


def test_lists_within_scope_and_filters(sent, client, signed, town):
    def listed(role, region, query=None, **more):
        got = client.get("/api/v1/referrals", query_string=query, headers=signed(role, region, **more))
        return [item["id"] for item in got.get_json()["items"]]

    assert listed("township_officer", "370281001") == listed("department_officer", COUNTY, department="medical") == [sent]
    assert listed("township_officer", "370281002") == listed("department_officer", COUNTY, department="housing") == []
    assert listed("county_officer", COUNTY, {"state": "sent", "duty": "medical_insurance", "household_id": uid("a")}) == [sent]
    assert listed("county_officer", COUNTY, {"state": "done"}) == []


@pytest.mark.parametrize("role", list(ROLES))
@pytest.mark.parametrize("number", [1, 50])
def test_the_scope_as_sql_is_the_scope_function(town, sent, role, number):
    with town.db.write() as session:
        account(session, 50, role, "370281001")
        assign(session, uid("b"), 50)
    actor = Actor(COUNTY, number, "", role, "370281001", "medical")
    with town.db.read() as session:
        seen = {r.id for r in queries.page(session, actor, {}, None, 100)}
        one = session.get(Referral, (COUNTY, sent))
        item = Item(one.village_code, one.klass, number == 1, one.department == "medical", one.first_contact_id)
        assert (one.id in seen) == may_see(actor, item)


def test_a_household_that_changes_hands_takes_its_alerts_and_referrals_along(town, alert, sent):
    with town.db.read() as session:
        given = {(table, record) for table, record, _, _ in belongings(session, COUNTY, [uid("a")])}
    assert {("alerts", alert), ("referrals", sent)} <= given


def test_one_chain_shows_the_whole_story_to_those_who_may_see_it(client, signed, answer, town):
    answer("done", outcome={"facts": {"insured": True}})
    path = f"/api/v1/households/{uid('a')}/chain"
    items = client.get(path, headers=signed()).get_json()["items"]
    assert [i["n"] for i in items] == list(range(1, len(items) + 1))
    steps = ["alert_opened", "alert_verified", "referral_sent", "alert_disposed", "alert_closed", "referral_done"]
    assert [i["kind"] for i in items] == steps
    assert client.get(path, headers=signed(region="370281002")).status_code == 404
    assert client.get(path, headers=signed("department_officer", COUNTY, department="medical")).status_code == 403


@pytest.mark.requirement("CHN-01")
def test_aid_of_five_departments_stands_on_one_timeline(town, post, client, signed):
    duties = {"medical_insurance": "medical", "education": "education", "housing": "housing", "human_resources": "employment",
              "emergency_management": "disaster"}  # fmt: skip
    for duty, department in duties.items():
        made = post("/api/v1/referrals", {"household_id": uid("b"), "duty": duty, "summary": "需救助"})[1]
        path, done = f"/api/v1/referrals/{made['id']}/feedback", {"action": "done", "outcome": {"救助金额": "100.00"}}
        assert post(path, done, "department_officer", COUNTY, department=department)[0] == 200
    items = client.get(f"/api/v1/households/{uid('b')}/chain", headers=signed()).get_json()["items"]
    aid = [item for item in items if item["kind"] == "referral_done"]
    assert [item["content"]["duty"] for item in aid] == list(duties)
    assert len({item["content"]["office"] for item in aid}) == 5
    assert all(item["content"]["outcome"] == {"救助金额": "100.00"} for item in aid)


@pytest.mark.requirement("MON-01")
def test_one_visit_is_shared_warned_of_referred_and_judged_by_tier(town, alert, sent, screen):
    """数据共享、监测预警、转办推送、分层审核认定: the visit's fact reaches the medical plugin, which answers."""
    assert deliver_due(town, departments()) == 1
    referral = get(town, Referral, sent)
    assert referral.state == "sent", "the medical plugin has queued it for its officer: it was told that insurance is missing"
    with town.db.read() as session:
        rows = {row.subject_id: row for row in session.scalars(select(DeterminationRow).where(DeterminationRow.current))}
    assert rows[uid("a/p1")].tier == "dibao"
    assert get(town, Alert, alert).rule_id == referral.programme == "medical.insurance_subsidy"
