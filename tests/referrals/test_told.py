"""What a department may tell and see: facts of its own in their proper form, outcomes of a sane size, nothing of others."""

import json

import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.aidchain.models import Link
from fieldsvc.facts import queries as facts
from fieldsvc.referrals.models import OutboxItem, Referral
from fieldsvc.referrals.outbox import deliver_due
from tests.referrals.test_outbox import answers, item, make_due, referral
from tests.referrals.test_outbox import sent as sent
from tests.support.river import COUNTY, household, uid


@pytest.fixture
def post(client, signed):
    def post(path, body, role="township_officer", region="370281001", **more):
        got = client.post(path, json=body, headers=signed(role, region, **more))
        return got.status_code, got.get_json()

    return post


@pytest.fixture
def answer(post, sent):
    def answer(action, department="medical", **body):
        path = f"/api/v1/referrals/{sent}/feedback"
        return post(path, {"action": action, **body}, "department_officer", COUNTY, department=department)

    return answer


def known(site, name):
    with site.db.read() as session:
        return facts.known(session, COUNTY, [uid("a/p1")])[uid("a/p1")].document[name][0]


def test_a_number_is_stored_as_the_exact_text_rules_read(town, answer, screen, client, signed):
    assert answer("done", outcome={"facts": {"self_paid_year": 1200.5, "insured": True}})[0] == 200
    assert (known(town, "self_paid_year"), known(town, "insured")) == ("1200.5", True)
    screen()
    path = f"/api/v1/households/{uid('a')}/determinations"
    assert client.get(path, headers=signed()).status_code == 200


@pytest.mark.parametrize("told", [
    {"self_paid_year": "很多"}, {"self_paid_year": "0.001"}, {"self_paid_year": True}, {"insured": "maybe"},
    {"died": ["x"]}, {"birth_date": "2020-13-01"}, {"employment_status": "astronaut"}, {"disability_grade": 1.5}, {"insured": None},
])  # fmt: skip
def test_a_value_the_fact_cannot_take_is_refused_by_name(town, answer, told):
    status, problem = answer("done", outcome={"facts": told})
    assert (status, problem["code"], set(problem["errors"])) == (422, "unknown-fact", set(told))


@pytest.mark.parametrize("name", ["child_attends_school", "education_school", "rent_month"])
def test_facts_of_children_and_of_other_departments_are_not_this_ones_to_tell(town, answer, name):
    assert answer("done", outcome={"facts": {name: True}})[0] == 422


def test_an_outcome_has_a_bound(town, answer):
    assert answer("done", outcome={"说明": "长" * 20_000})[0] == 422
    assert answer("done", outcome={"facts": "insured"})[0] == 422
    assert answer("done", outcome={"说明": "长" * 1_000})[0] == 200


@pytest.mark.parametrize("answered", [
    {"state": "done", "outcome": {"编号": 2**70}}, {"state": "returned", "reason": "a\0b"}, {"state": "returned", "reason": 5},
    {"state": "done", "outcome": {"说明": "长" * 20_000}}, {"state": "returned", "reason": "长" * 2_000},
    {"state": "done", "outcome": {"说明": "\ud800"}}, {"state": "done", "outcome": ["facts"]},
])  # fmt: skip
def test_an_answer_that_cannot_be_stored_is_the_plugins_failure(town, sent, answered):
    assert deliver_due(town, answers(**answered)) == 1
    assert (item(town).state, item(town).attempts, referral(town, sent).state) == ("waiting", 1, "sent")
    assert item(town).last_error
    make_due(town)
    deliver_due(town, answers("accepted"))
    assert referral(town, sent).state == "accepted"


def test_a_fault_of_the_store_is_noted_without_what_it_was_given(town, sent, monkeypatch):
    from sqlalchemy.exc import DataError

    from fieldsvc.referrals import outbox

    def broken(*_):
        raise DataError("SELECT :name", {"name": "张三"}, ValueError("张三"))

    monkeypatch.setattr(outbox, "view_of", broken)
    deliver_due(town, answers("accepted"))
    assert item(town).last_error == "DataError"


def test_what_went_to_another_department_meanwhile_is_not_delivered_twice(town, sent, answer, post):
    assert answer("return", reason="不属本部门")[0] == 200
    assert post(f"/api/v1/referrals/{sent}/resend", {"note": "改转教育", "duty": "education"})[0] == 200
    fake = answers("accepted")
    deliver_due(town, fake)
    assert (len(fake.seen), referral(town, sent).state) == (1, "accepted")
    with town.db.read() as session:
        assert {(one.department, one.state, one.last_error) for one in session.scalars(select(OutboxItem))} == {
            ("medical", "delivered", None), ("education", "delivered", None)}  # fmt: skip


def test_a_department_sees_nothing_of_what_went_on_in_another(town, sent, answer, post, client, signed):
    answer("return", reason="此人在另案调查中")
    post(f"/api/v1/referrals/{sent}/resend", {"note": "请资助", "duty": "education"})
    path = f"/api/v1/referrals/{sent}"
    education = client.get(path, headers=signed("department_officer", COUNTY, department="education"))
    assert [e["state"] for e in education.get_json()["events"]] == ["sent"] and "另案" not in education.text
    assert "另案" in client.get(path, headers=signed()).text
    answered = post(f"{path}/feedback", {"action": "accept"}, "department_officer", COUNTY, department="education")[1]
    assert [e["state"] for e in answered["events"]] == ["sent", "accepted"]
    assert client.get(path, headers=signed("department_officer", COUNTY, department="medical")).status_code == 404


def test_a_foreign_person_and_a_missing_one_answer_the_same_bytes(town, post):
    with town.db.write() as session:
        household(session, "far", village="370281002001")
    body = {"household_id": uid("b"), "duty": "health", "summary": "需急救"}
    told = [post("/api/v1/referrals", body | {"person_id": uid(who)}) for who in ("far/p1", "nobody")]
    for _, problem in told:
        del problem["request_id"]
    assert told[0] == told[1] and told[0][0] == 404


def test_the_same_request_again_sends_nothing_twice(town, post, sent, answer):
    body = {"household_id": uid("b"), "person_id": uid("b/p1"), "duty": "health", "summary": "需急救"}
    first, second = post("/api/v1/referrals", body), post("/api/v1/referrals", body)
    assert first[1]["id"] == second[1]["id"] and second[0] == 201
    assert post("/api/v1/referrals", body | {"summary": "另一件事"})[1]["id"] != first[1]["id"]
    answer("return", reason="缺材料")
    for _ in range(2):
        assert post(f"/api/v1/referrals/{sent}/resend", {"note": "已补充"})[0] == 200
    with town.db.read() as session:
        assert len(session.scalars(select(OutboxItem).where(OutboxItem.referral_id == sent)).all()) == 2
        assert len(session.scalars(select(Link).where(Link.kind == "referral_resent")).all()) == 1
        assert len(session.scalars(select(Referral)).all()) == 3


def test_every_answer_with_a_referral_in_it_leaves_an_access_row(town, sent, answer, post):
    answer("return", reason="缺材料")
    post(f"/api/v1/referrals/{sent}/resend", {"note": "已补充"})
    with town.db.read() as session:
        rows = session.scalars(select(AccessEntry)).all()
    assert [row.purpose for row in rows] == ["referral", "referral"]
    assert json.dumps([row.households for row in rows]) == json.dumps([[uid("a")]] * 2)
