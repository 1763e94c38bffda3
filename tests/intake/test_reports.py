"""Reports of people in need: every way in, somebody sent to look, the same kind of alert, an answer that goes back."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import orjson
import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import Account
from fieldsvc.aidchain.models import Link
from fieldsvc.alerts.models import Alert
from fieldsvc.app import create_app
from fieldsvc.departments.load import load_departments
from fieldsvc.departments.web import KEY
from fieldsvc.households.models import Task
from fieldsvc.intake.models import Report
from fieldsvc.intake.signing import signature
from fieldsvc.kit import clock
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, VILLAGE, uid

ABOUT = {"channel": "petition", "about_name": "a户", "village_code": VILLAGE, "content": "家中有人重病，没有收入"}
WAYS = {"hotline", "application", "cadre", "screening", "petition", "volunteer"}


@pytest.fixture
def post(client, signed, town):
    def send(path, body, who=("township_officer", "370281001")):
        return client.post(f"/api/v1/reports{path}", json=body, headers=signed(*who))

    return send


def taken(answer, status=201):
    assert answer.status_code == status, answer.text
    return answer.json


@pytest.mark.requirement("MON-11")
def test_each_way_in_makes_the_same_kind_of_alert_which_names_it(post, town, screen, db, monkeypatch):
    monkeypatch.setattr("fieldsvc.intake.routes.hotlines", lambda: ("12345",))
    for number, way in enumerate(sorted(WAYS)):
        home = "a" if number % 2 else "b"
        line = {"line": "12345"} if way == "hotline" else {}
        report = taken(post("", ABOUT | line | {"channel": way, "household_id": uid(home)}))
        taken(post(f"/{report['id']}/send", {"account_id": 1}), 200)
        screen()
        with db.read() as session:
            alert = session.scalars(
                select(Alert).where(Alert.household_id == uid(home), Alert.rule_id == "civil.help_reported")
            ).one()
        assert way in {channel["channel"] for channel in alert.channels}
    with db.read() as session:
        ways = [session.scalars(select(Report.channel)).all(), session.scalars(select(Alert.kind)).all()]
    assert set(ways[0]) == WAYS and set(ways[1]) == {"carry_out"}


@pytest.mark.requirement("DSC-03")
def test_a_callers_report_becomes_a_visit_task_and_the_outcome_goes_back_to_it(
    post, town, db, client, signed, monkeypatch
):
    monkeypatch.setattr("fieldsvc.intake.routes.hotlines", lambda: ("12345", "12349"))
    call = ABOUT | {"channel": "hotline", "line": "12349", "household_id": uid("a"), "phone": "13800001234"}
    report = taken(post("", call))
    taken(post(f"/{report['id']}/send", {"account_id": 1}), 200)
    with db.read() as session:
        task = session.scalars(select(Task).where(Task.kind == "look_into")).one()
        stored = session.get(Report, (COUNTY, report["id"]))
    assert (task.account_id, task.household_id, task.about) == (1, uid("a"), report["id"])
    assert "家中有人重病" in task.detail and b"13800001234" not in stored.phone_sealed
    answered = taken(post(f"/{report['id']}/answer", {"result": "confirmed", "outcome": "已受理低保申请"}), 200)
    assert (answered["state"], answered["outcome"]) == ("done", "已受理低保申请")
    assert (
        taken(post(f"/{report['id']}/answer", {"result": "confirmed", "outcome": "又答"}), 409)["code"]
        == "report-answered"
    )
    with db.read() as session:
        kinds = session.scalars(select(Link.kind).where(Link.household_id == uid("a")).order_by(Link.n)).all()
    assert [kind for kind in kinds if kind.startswith("report")] == [
        "report_received",
        "report_sent",
        "report_answered",
    ]


@pytest.mark.requirement("DSC-03")
@pytest.mark.parametrize(("place", "lines"), [("puning", ("12345", "12349")), ("zibo", ("12345",)), ("jiaozhou", ())])
def test_a_place_has_the_lines_its_text_names(place, lines, site, make_account, bearer):
    held = replace(site, settings=replace(site.settings, jurisdiction=place))
    app = create_app(held)
    app.extensions[KEY] = load_departments(held.settings)
    make_account("liu", "township_officer", "370281001")
    client, headers = app.test_client(), bearer("liu")
    for line in ("12345", "12349"):
        answer = client.post("/api/v1/reports", json=ABOUT | {"channel": "hotline", "line": line}, headers=headers)
        assert answer.status_code == (201 if line in lines else 422), answer.text


@pytest.mark.requirement("DSC-02")
def test_a_worker_reports_later_what_was_found_without_a_network(post, db):
    found = clock.now() - timedelta(hours=5)
    report = taken(post("", ABOUT | {"found_at": found.isoformat()}, ("grid_worker", VILLAGE)))
    with db.read() as session:
        kept = session.get(Report, (COUNTY, report["id"]))
    assert (kept.found_at, kept.channel) == (found, "cadre") and kept.received_at - kept.found_at >= timedelta(hours=5)


def test_what_was_found_tomorrow_was_found_now(post, db):
    report = taken(post("", ABOUT | {"found_at": (clock.now() + timedelta(days=1)).isoformat()}))
    with db.read() as session:
        kept = session.get(Report, (COUNTY, report["id"]))
    assert kept.found_at == kept.received_at


@pytest.mark.requirement("DSC-05")
def test_an_outside_reporter_reports_and_sees_nothing_else(post, client, signed, town):
    who = ("reporter", "370281001")
    mine = taken(post("", ABOUT, who))
    taken(post("", ABOUT))
    assert mine["channel"] == "volunteer"
    seen = client.get("/api/v1/reports", headers=signed(*who)).json["items"]
    assert [each["id"] for each in seen] == [mine["id"]]
    for path in ("households", f"households/{uid('a')}", "alerts", "referrals", "quarantine", "sync/pull"):
        assert client.get(f"/api/v1/{path}", headers=signed(*who)).status_code == 403, path
    assert post(f"/{mine['id']}/send", {"account_id": 1}, who).status_code == 403
    assert post("", ABOUT | {"household_id": uid("a")}, who).status_code == 404


def test_another_townships_reports_are_as_if_there_were_none(post, client, signed):
    report = taken(post("", ABOUT))
    other = ("township_officer", "370281002")
    for verb, body in (("send", {"account_id": 1}), ("answer", {"result": "confirmed", "outcome": "x"})):
        foreign, missing = post(f"/{report['id']}/{verb}", body, other), post(f"/{uid('no')}/{verb}", body, other)
        assert foreign.status_code == missing.status_code == 404
    assert client.get("/api/v1/reports", headers=signed(*other)).json["items"] == []
    assert taken(post("", ABOUT, other), 422)["code"] == "foreign-village"


@pytest.fixture
def outside(site, town, tmp_path, make_account):
    """``outside(body, number, key)`` sends as 爱昌乐 does."""
    file = tmp_path / "intake.toml"
    file.write_text(
        '[source.aichangle]\ntitle = "爱昌乐"\nchannel = "application"\naccount = "aichangle"\nkey = "'
        + "k" * 32
        + '"\n'
    )
    make_account("aichangle", "reporter", "370281001")
    app = create_app(replace(site, settings=replace(site.settings, intake=file)))
    app.extensions[KEY] = departments()
    client = app.test_client()

    def send(body, number="m1", key=b"k" * 32, at=None, name="aichangle", sign=signature):
        stamp = str(int((at or clock.now()).timestamp()))
        raw = orjson.dumps(body)
        headers = {
            "webhook-id": number,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(key, number, stamp, raw),
        }
        return client.post(
            f"/api/v1/reports/outside/{name}", data=raw, content_type="application/json", headers=headers
        )

    return send


@pytest.mark.requirement("REF-10")
def test_a_signed_request_of_an_outside_app_makes_a_case_with_its_channel_once(outside, db):
    first, again = taken(outside(ABOUT)), taken(outside(ABOUT))
    assert first["id"] == again["id"] and first["channel"] == "application"
    with db.read() as session:
        (kept,) = session.scalars(select(Report)).all()
        assert kept.source == "aichangle"
        assert session.get(Account, (COUNTY, kept.author_id)).username == "aichangle"


def test_the_same_report_that_comes_several_times_at_once_is_one(outside, db):
    with ThreadPoolExecutor(8) as senders:
        for number in ("m1", "m2", "m3"):
            together = Barrier(8)

            def send(_, number=number, together=together):
                together.wait()
                return taken(outside(ABOUT, number=number))["id"]

            assert len(set(senders.map(send, range(8)))) == 1
    with db.read() as session:
        assert len(session.scalars(select(Report)).all()) == 3


def test_a_request_not_signed_so_is_not_taken(outside, db):
    late = clock.now() - timedelta(minutes=10)
    strange = {"sign": lambda *_: "v1,é"}
    for wrong in ({"key": b"x" * 32}, {"at": late}, {"name": "nobody"}, {"number": ""}, {"number": "m" * 65}, strange):
        assert taken(outside(ABOUT, **wrong), 401)["code"] == "bad-signature"
    with db.read() as session:
        assert session.scalars(select(Report)).all() == []


def test_an_outside_app_whose_account_was_stopped_hands_in_nothing(outside, db):
    with db.write() as session:
        session.scalars(select(Account).where(Account.username == "aichangle")).one().active = False
    assert taken(outside(ABOUT), 403)["code"] == "account-stopped"
    with db.read() as session:
        assert session.scalars(select(Report)).all() == []


def test_only_ones_own_workers_are_sent_and_numbers_do_not_travel_to_their_phones(post, db, make_account):
    number = "370281196005010018"
    report = taken(post("", ABOUT | {"content": f"身份证号{number}，没有收入"}))
    elsewhere = make_account("elsewhere", "grid_worker", "370281002001")
    assert taken(post(f"/{report['id']}/send", {"account_id": elsewhere.id}), 422)["code"] == "unknown-account"
    taken(post(f"/{report['id']}/send", {"account_id": 1}), 200)
    with db.read() as session:
        (task,) = session.scalars(select(Task).where(Task.about == report["id"])).all()
    assert number not in task.detail and "没有收入" in task.detail
