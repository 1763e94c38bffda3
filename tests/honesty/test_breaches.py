"""Deceit found by two, paid back, put on record and taken off it; kin stand aside; errors put right in the open."""

import pytest
from sqlalchemy import select

from fieldsvc.accounts.rules import Actor
from fieldsvc.aidchain.models import Link
from fieldsvc.applications import special
from fieldsvc.applications.service import Counter
from fieldsvc.honesty import service
from fieldsvc.honesty.models import Breach
from fieldsvc.households.models import Household, Person
from fieldsvc.kit.errors import Problem
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, uid

FOUND = {"finding": "隐瞒在外地的房产", "owed": "3000.00", "goods": "米面各一袋"}
LIU, MA = ("township_officer", "370281001"), ("county_officer", "370281")


@pytest.fixture
def post(client, signed, town):
    def send(path, body=None, who=LIU):
        answer = client.post(f"/api/v1/{path}", json=body or {}, headers=signed(*who))
        return answer.status_code, answer.json if answer.data else None

    return send


@pytest.fixture
def found(post):
    status, breach = post(f"households/{uid('a')}/breaches", FOUND)
    assert status == 201
    return breach["id"]


def tier(db, name):
    with db.read() as session:
        return session.get(Household, (COUNTY, uid(name))).tier


@pytest.mark.requirement("HON-02")
def test_a_finding_by_two_stops_aid_and_opens_what_is_owed(post, found, db):
    assert tier(db, "a") == "dibao"
    assert post(f"breaches/{found}/confirmation")[1]["code"] == "same-officer" and tier(db, "a") == "dibao"
    status, breach = post(f"breaches/{found}/confirmation", who=MA)
    assert (status, breach["state"], breach["owed"], tier(db, "a")) == (200, "open", "3000.00", "none")
    with db.read() as session:
        kinds = session.scalars(select(Link.kind).where(Link.household_id == uid("a")).order_by(Link.n)).all()
    assert kinds[-3:] == ["breach_found", "aid_ended", "breach_confirmed"]


@pytest.mark.requirement("HON-03")
def test_no_new_application_until_it_is_paid_back(post, found):
    asked = {"household_id": uid("a"), "tier": "dibao", "consent": {"scope": ["classification"]}}
    post(f"breaches/{found}/confirmation", who=MA)
    status, refused = post("applications", asked)
    assert (status, refused["code"], refused["breach"]) == (409, "repayment-open", found)
    assert post(f"breaches/{found}/repayments", {"amount": "3000.01"})[1]["code"] == "too-much"
    assert post(f"breaches/{found}/repayments", {"amount": "1000"})[1]["state"] == "open"
    assert post("applications", asked)[1]["code"] == "repayment-open"
    assert post(f"breaches/{found}/repayments", {"amount": "2000"})[1]["state"] == "repaid"
    assert post("applications", asked)[0] == 201


@pytest.mark.requirement("HON-04")
def test_after_review_it_is_exported_for_the_platform_and_an_annulled_one_withdrawn(post, found, officer):
    assert post(f"breaches/{found}/listing")[0] == 403
    assert post(f"breaches/{found}/listing", who=MA)[1]["code"] == "not-confirmed"
    post(f"breaches/{found}/confirmation", who=MA)
    assert post(f"breaches/{found}/listing", who=MA)[1]["listed_at"]
    county = officer(*MA)
    page = county.open("/console/breaches")
    taken = county.press(page, "导出 CSV", purpose="publicity").html.splitlines()
    assert "列入信用记录" in taken[0] and taken[1].split(",")[6] != "—" and taken[1].split(",")[7] == "—"
    assert post(f"breaches/{found}/annulment", {"reason": "房产为他人所有"})[1]["withdrawn_at"]
    taken = county.press(page, "导出 CSV", purpose="publicity").html.splitlines()
    assert taken[1].split(",")[4] == "已撤销" and taken[1].split(",")[7] != "—"


@pytest.mark.requirement("HON-05")
def test_a_good_record_shows_on_the_file(post, client, signed, found, officer):
    def record(name):
        return client.get(f"/api/v1/households/{uid(name)}/honesty", headers=signed(*LIU)).json["record"]

    assert (record("a"), record("b")) == ("nothing", "nothing")
    for name in ("a", "b"):
        assert post(f"households/{uid(name)}/promises", {"signed_by": "户主", "signed_on": "2026-01-05"})[0] == 204
    assert (record("a"), record("b")) == ("kept", "kept")
    post(f"breaches/{found}/confirmation", who=MA)
    assert (record("a"), record("b")) == ("broken", "kept")
    assert "守信" in officer(*LIU).open(f"/console/households/{uid('b')}/honesty").text


@pytest.mark.requirement("FUN-03")
def test_who_is_related_says_so_and_cannot_decide(post):
    _, application = post(
        "applications", {"household_id": uid("a"), "tier": "dibao", "consent": {"scope": ["classification"]}}
    )
    assert post(f"households/{uid('a')}/kin", {"relation": "表兄"})[0] == 204
    decision = {"kind": "override", "tier": "none", "reason": "不符合"}
    assert post(f"applications/{application['id']}/decision", decision)[1]["code"] == "kin-stands-aside"
    assert post(f"applications/{application['id']}/decision", decision, MA)[0] == 200


def test_who_is_related_neither_confirms_nor_annuls_a_finding(post, found, db):
    assert post(f"households/{uid('a')}/kin", {"relation": "表兄"}, MA)[0] == 204
    assert post(f"breaches/{found}/confirmation", who=MA)[1]["code"] == "kin-stands-aside"
    assert post(f"breaches/{found}/annulment", {"reason": "查无此事"}, MA)[1]["code"] == "kin-stands-aside"
    assert tier(db, "a") == "dibao"


def test_who_is_related_decides_nothing_specially(db, town):
    ma = Actor(COUNTY, 1, "马", "county_officer", COUNTY)
    with db.write() as session:
        service.stand_aside(session, ma, uid("a"), "表兄")
    with pytest.raises(Problem) as refused, db.write() as session:
        special.decide_specially(session, Counter(ma, "jiaozhou", departments()), uid("a"), uid("a/p1"), "orphan", "x")
    assert refused.value.code == "kin-stands-aside"


def test_each_tier_that_stood_ends_in_words(post, found, db):
    with db.write() as session:
        session.get(Person, (COUNTY, uid("a/p1"))).tier = "tekun"
    assert post(f"breaches/{found}/confirmation", who=MA)[0] == 200
    with db.read() as session:
        ended = session.scalars(
            select(Link.content).where(Link.household_id == uid("a"), Link.kind == "aid_ended")
        ).all()
        assert session.get(Person, (COUNTY, uid("a/p1"))).tier == "none"
    assert [each["tier"] for each in ended] == ["dibao", "tekun"]


@pytest.mark.requirement("TOL-02")
def test_a_correction_names_cause_and_days_and_overwrites_nothing(officer, post, found, db):
    with db.read() as session:
        before = [
            (link.n, bytes(link.hash))
            for link in session.scalars(select(Link).where(Link.household_id == uid("a")).order_by(Link.n))
        ]
    liu = officer(*LIU)
    page = liu.open(f"/console/households/{uid('a')}/honesty")
    told = {"cause": "金额录错", "corrected": "应为 300 元", "found_on": "2026-02-03", "corrected_on": "2026-02-01"}
    page = liu.press(page, "登记纠错", about_n=str(before[-1][0]), **told)
    assert page.status == 422 and "不能早于发现日期" in page.text
    page = liu.press(page, "登记纠错", corrected_on="2026-02-04")
    assert page.status == 200 and "2026-02-03 发现，2026-02-04 纠正" in page.text
    with db.read() as session:
        after = list(session.scalars(select(Link).where(Link.household_id == uid("a")).order_by(Link.n)))
        assert [(link.n, bytes(link.hash)) for link in after[:-1]] == before and after[-1].kind == "correction"
    assert "纠正为：应为 300 元" in liu.open(f"/console/households/{uid('a')}/chain").text


def test_another_townships_breaches_are_as_if_there_were_none(post, found, db):
    other = ("township_officer", "370281002")
    for verb, body in (("confirmation", {}), ("repayments", {"amount": "1"}), ("annulment", {"reason": "x"})):
        assert (
            post(f"breaches/{found}/{verb}", body, other)[0]
            == post(f"breaches/{uid('no')}/{verb}", body, other)[0]
            == 404
        )
    with db.read() as session:
        assert session.scalars(select(Breach.state)).all() == ["found"]
