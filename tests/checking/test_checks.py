"""A check of a family's economic status: authorised, commissioned, sent, answered, and who saw it."""

from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.aidchain.models import Link
from fieldsvc.alerts.models import Alert
from fieldsvc.checking.models import Check
from fieldsvc.facts import queries as facts
from fieldsvc.kit import clock
from tests.support.river import COUNTY, publish_form, uid, visit

from .standin import IDENTITY, KEY_OF_OURS

VEHICLE = {"kind": "vehicle", "found": f"名下小型轿车 1 辆，车主证号 {IDENTITY}", "facts": {"owns_vehicle": True}}
MEDICAL = ("department_officer", COUNTY)


def taken(answer, status=201):
    assert answer.status_code == status, answer.text
    return answer.json["items"][0]["id"]


@pytest.mark.requirement("CHK-01")
@pytest.mark.parametrize(("jurisdiction", "level"), [("zibo", "city"), ("zibo", "ministry"), ("puning", "province")])
def test_a_request_comes_back_with_a_report_tied_to_the_case(checking, platform, jurisdiction, level, db):
    county = checking(jurisdiction, level=level)
    platform.parts = [{"kind": "commercial_insurance", "found": "无"}]
    county.authorise()
    check = taken(county.ask())
    county.run()
    assert platform.asked[0]["person"] == {"name": "p1", "identity": IDENTITY} and platform.keys == {
        f"Bearer {KEY_OF_OURS}"
    }
    report = county.report(check)
    assert report["state"] == "answered" and report["household_id"] == uid("a") and report["parts"][0]["found"] == "无"
    with db.read() as session:
        kinds = session.scalars(select(Link.kind).where(Link.household_id == uid("a"))).all()
    assert {"check_authorised", "check_requested", "check_answered"} <= set(kinds)


def test_where_neither_text_nor_setting_names_kinds_that_is_said(checking):
    assert checking("jiaozhou").ask().json["code"] == "no-kinds"


@pytest.mark.requirement("CHK-02")
def test_without_a_valid_authorisation_and_a_unit_nothing_goes_out(checking, platform):
    county, today = checking(), clock.today()
    days = lambda n: (today + timedelta(days=n)).isoformat()  # noqa: E731
    refused = lambda answer: (answer.status_code, answer.json["code"]) == (409, "authorisation-missing")  # noqa: E731
    assert refused(county.ask())
    county.authorise(signed_on=days(-60), valid_until=days(-1))
    assert refused(county.ask())
    county.authorise(scope=["tax"])
    assert refused(county.ask(kinds=["tax", "vehicle"]))
    assert (
        county.post("/checks", {"household_id": uid("a"), "purpose": "审核"}).status_code == 422
    )  # nobody commissions it
    given = county.authorise()
    waiting = taken(county.ask())
    assert county.post(f"/check-authorisations/{given}/withdrawal", {}).status_code == 200
    assert refused(county.ask())
    county.run()
    assert platform.asked == [] and county.report(waiting)["state"] == "cancelled"


def test_an_authorisation_that_ends_while_the_request_waits_sends_nothing(checking, platform, monkeypatch):
    county = checking()
    county.authorise()
    check = taken(county.ask())
    later = clock.now() + timedelta(days=40)
    monkeypatch.setattr("fieldsvc.kit.clock.now", lambda: later)
    county.run()
    monkeypatch.undo()
    assert platform.asked == [] and county.report(check)["state"] == "cancelled"


@pytest.mark.requirement("CHK-03")
def test_huinings_report_has_its_fourteen_parts_and_says_which_have_no_answer(checking, platform):
    county = checking("huining")
    platform.parts = [VEHICLE, {"kind": "tax", "found": "无纳税记录"}, {"kind": "not_asked", "found": "多出来的"}]
    county.authorise()
    check = taken(county.ask())
    county.run()
    parts = county.report(check)["parts"]
    assert len(parts) == 14 and parts[0]["title"] == "户籍" and parts[-1]["title"] == "证券"
    assert {part["kind"] for part in parts if part["answered"]} == {"vehicle", "tax"}


@pytest.mark.requirement("CHK-03")
def test_a_kind_is_added_by_the_deployments_settings(checking, platform, tmp_path):
    more = tmp_path / "more.toml"
    more.write_text("""jurisdiction = "huining"
[[parameter]]
name = "civil_check_more_kinds"
title = "本地增加的核对信息"
value = ["commercial_insurance", "internet_finance"]
labels = ["商业保险", "互联网金融"]
unit = "list"
from = 2022-01-01
reference = "县局通知"
""")
    county = checking("huining", supplements=(more,))
    platform.parts = [{"kind": "internet_finance", "found": "余额 0 元"}]
    county.authorise()
    check = taken(county.ask())
    county.run()
    parts = county.report(check)["parts"]
    assert len(parts) == 16 and [p["title"] for p in parts if p["answered"]] == ["互联网金融"]


def test_puning_and_zibo_add_the_kinds_their_texts_aim_at(checking):
    for jurisdiction in ("puning", "zibo"):
        told = checking(jurisdiction).get("/checks/kinds").json
        assert [kind["title"] for kind in told["kinds"]] == ["商业保险", "互联网金融"]


def test_a_platform_that_fails_is_asked_again_and_one_that_takes_time_is_asked_later(checking, platform):
    county = checking()
    platform.broken, platform.later = 1, True
    county.authorise()
    check = taken(county.ask())
    county.run()
    assert county.report(check)["error"] == "平台答复 503"
    county.run(again=True)
    assert county.report(check)["state"] == "sent" and len(platform.asked) == 2
    county.run(again=True)
    platform.later = False
    county.run(again=True)
    assert county.report(check)["state"] == "answered" and len(platform.asked) == 2


def test_rubbish_and_a_report_about_another_check_are_failed_tries(checking, platform, monkeypatch):
    county = checking()
    county.authorise()
    check = taken(county.ask())
    monkeypatch.setattr(type(platform), "report", lambda self, _id: b'{"format": "fieldsvc-check/1", "id": "other"}')
    county.run()
    told = county.report(check)
    assert told["state"] == "waiting" and told["error"] == "报告的 format 或 id 与请求不符"


def test_the_report_is_sealed_and_numbers_in_it_are_masked(checking, platform, db):
    county = checking()
    platform.parts = [VEHICLE]
    county.authorise()
    check = taken(county.ask())
    county.run()
    with db.read() as session:
        sealed = session.scalar(select(Check.report_sealed))
    assert IDENTITY.encode() not in sealed and "轿车".encode() not in sealed
    told = orjson.dumps(county.report(check)).decode()
    assert IDENTITY not in told and "370281********1236" in told


@pytest.mark.requirement("CHK-04")
def test_a_departments_user_asks_within_its_referral_and_each_is_logged(checking, platform, db):
    county = checking()
    county.authorise()
    sent = county.post(
        "/referrals",
        {"household_id": uid("a"), "person_id": uid("a/p1"), "duty": "medical_insurance", "summary": "参保"},
    )
    assert sent.status_code == 201, sent.text
    body = {"referral_id": sent.json["id"], "unit": "县医保局", "purpose": "医疗救助"}
    medical, education = ({"who": MEDICAL, "department": name} for name in ("medical", "education"))
    assert (
        county.post("/checks", body | {"household_id": uid("b"), "referral_id": uid("none")}, **medical).status_code
        == 404
    )
    assert (
        county.post("/checks", {"household_id": uid("a"), "unit": "县医保局", "purpose": "x"}, **medical).json["code"]
        == "referral-missing"
    )
    assert county.post("/checks", body, **education).status_code == 404
    check = taken(county.post("/checks", body, **medical))
    county.run()
    assert county.report(check, **medical)["referral_id"] == sent.json["id"]
    assert county.get(f"/checks/{check}", **education).status_code == 404
    mine = taken(county.ask())
    assert county.get(f"/checks/{mine}", **medical).status_code == 404
    with db.read() as session:
        purposes = [row.purpose for row in session.scalars(select(AccessEntry)) if uid("a") in row.households]
        actors = session.scalars(select(Link.actor).where(Link.kind == "check_requested")).all()
    assert "check-request" in purposes and "check-report" in purposes and len(actors) == 2 and len(set(actors)) == 2


@pytest.mark.requirement("CHK-05")
def test_what_a_report_tells_becomes_a_fact_and_raises_an_alert_at_once(checking, platform, screen, db):
    county = checking("huining")
    with db.read() as session:
        before = set(session.scalars(select(Alert.id)))
    platform.parts = [{"kind": "health", "found": "未参保", "facts": {"insured": False}}]
    county.authorise()
    taken(county.ask())
    county.run()
    screen()
    with db.read() as session:
        known = facts.known(session, COUNTY, [uid("a/p1")])[uid("a/p1")].document["insured"]
        news = [one.title for one in session.scalars(select(Alert)) if one.id not in before]
    assert known[0] is False and known[2] == "department" and known[3].startswith("check-")
    assert news


@pytest.mark.requirement("CHK-06")
def test_where_visit_and_check_differ_the_reviewer_sees_both_and_must_choose(checking, platform, screen, site, db):
    county = checking("huining")
    with db.write() as session:
        publish_form(session)
        visit(site, session, uid("a"), "seen", {"car": "no"})
    screen()
    platform.parts = [VEHICLE]
    county.authorise()
    application = county.post("/applications", {"household_id": uid("a"), "tier": "dibao"}).json["id"]
    check = taken(county.ask())
    county.run()
    screen()
    told = county.report(check)
    assert told["application_id"] == application
    (differs,) = told["differences"]
    assert (differs["visit"]["value"], differs["check"]["value"], differs["choice"]) == (False, True, None)

    def decide():
        body = {"kind": "override", "tier": "none", "reason": "有车"}
        return county.post(f"/applications/{application}/decision", body)

    assert decide().json["code"] == "check-differs"
    word = {"fact": "owns_vehicle", "taken": "visit"}
    assert county.post(f"/checks/{check}/choices", word).status_code == 422
    assert county.post(f"/checks/{check}/choices", word | {"reason": "车已过户，有证明"}).status_code == 204
    assert county.report(check)["differences"][0]["choice"]["reason"] == "车已过户，有证明"
    with db.read() as session:
        assert facts.known(session, COUNTY, [uid("a")])[uid("a")].document["owns_vehicle"][0] is False
    assert decide().json.get("code") != "check-differs"
    with db.write() as session:  # a later visit finds something else again
        visit(site, session, uid("a"), "seen later", {"car": "no"}, at=clock.now())
    screen()
    assert county.report(check)["differences"][0]["choice"] is None


@pytest.mark.requirement("CHK-07")
def test_every_view_of_a_report_is_in_the_access_log(checking, platform, db, make_account):
    county = checking()
    county.authorise()
    check = taken(county.ask())
    county.run()
    with db.read() as session:
        before = len(session.scalars(select(AccessEntry.id).where(AccessEntry.purpose == "check-report")).all())
    for _ in range(3):
        county.report(check)
    with db.read() as session:
        rows = session.scalars(select(AccessEntry).where(AccessEntry.purpose == "check-report")).all()
    assert len(rows) - before == 3 and rows[-1].persons == [uid("a/p1")] and rows[-1].account_id


def test_nobody_else_sees_it(checking):
    county = checking()
    given = county.authorise()
    check = taken(county.ask())
    far = {"who": ("township_officer", "370281999")}
    missing = county.get(f"/checks/{uid('nothing')}")
    for answer in (
        county.get(f"/checks/{check}", **far),
        county.post(f"/check-authorisations/{given}/withdrawal", {}, **far),
    ):
        assert answer.status_code == 404 and answer.json["code"] == missing.json["code"]
    assert county.get("/checks", **far).json["items"] == []


def test_a_deployment_without_a_platform_says_so(checking, tmp_path):
    county = checking()
    (tmp_path / "checking.toml").write_text("")
    from fieldsvc.checking.platforms import platforms

    platforms.cache_clear()
    county.authorise()
    assert county.ask().json["code"] == "no-platform"
