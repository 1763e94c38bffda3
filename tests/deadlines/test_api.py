"""Deadlines over the API: within everybody's own scope, on alerts and referrals as on their own list, and how long steps took."""

from datetime import datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.accounts.rules import DEPARTMENT, ROLES, WORKERS, Actor, Item, may_see
from fieldsvc.deadlines import queries
from fieldsvc.deadlines.models import Deadline
from fieldsvc.deadlines.report import by_step, first_day
from fieldsvc.deadlines.sweep import escalate_due
from fieldsvc.kit import clock
from fieldsvc.kit.clock import CHINA
from tests.support.river import COUNTY, VILLAGE, uid
from tests.support.statements import statements_of

LIST = "/api/v1/deadlines"
ELSEWHERE = "370281002001"


@pytest.fixture
def three(at, town, found):
    """Of household a (grave) and b in the first township, of c in the second; a is overdue after a day and a second."""
    return [found("a", severity="high"), found("b"), found("c", village_code=ELSEWHERE)]


def ids(answer):
    assert answer.status_code == 200, answer.json
    return [one["subject_id"] for one in answer.json["items"]]


def test_the_list_is_by_region_and_by_what_ends_first(at, client, signed, three):
    a, b, c = three
    at(hours=24, seconds=1)
    township, county = signed(), signed("county_officer", COUNTY)
    assert (ids(client.get(LIST, headers=township)), ids(client.get(LIST, headers=county))) == ([a, b], [a, b, c])
    assert ids(client.get(f"{LIST}?state=overdue", headers=county)) == [a]
    assert ids(client.get(f"{LIST}?state=due", headers=county)) == [b, c]
    assert ids(client.get(f"{LIST}?village={ELSEWHERE}", headers=county)) == [c]
    assert ids(client.get(f"{LIST}?kind=dispose", headers=county)) == []
    for other in (signed("grid_worker", VILLAGE), signed("department_officer", COUNTY, department="medical")):
        assert client.get(LIST, headers=other).status_code == 403


def test_pages_hang_together(client, signed, three):
    first = client.get(f"{LIST}?limit=2", headers=signed("county_officer", COUNTY)).json
    second = client.get(f"{LIST}?limit=2&cursor={first['next']}", headers=signed("county_officer", COUNTY)).json
    assert [one["subject_id"] for one in first["items"] + second["items"]] == three
    assert second["next"] is None


def test_a_line_says_what_by_when_and_who_says_so(at, client, signed, three):
    at(hours=1)
    line = client.get(LIST, headers=signed()).json["items"][0]
    assert {name: line[name] for name in ("subject_label", "label", "state_label", "due_at", "due_text", "remaining_seconds")} == {
        "subject_label": "预警", "label": "核实", "state_label": "办理中", "due_at": "2026-03-03T09:00:00+08:00",
        "due_text": "2026年3月3日09:00", "remaining_seconds": 23 * 3600,
    }  # fmt: skip
    assert line["source_text"] == "24小时（本地设定，样例：示例：办理时限规定（样例））"


def test_who_looked_is_recorded(town, client, signed, three):
    client.get(LIST, headers=signed())
    with town.db.read() as session:
        seen = session.scalars(select(AccessEntry).where(AccessEntry.purpose == "deadline-list")).one()
    assert set(seen.households) == {uid("a"), uid("b")}


@pytest.mark.requirement("REF-04")
def test_alerts_show_their_deadline_and_what_is_overdue_goes_up_to_the_county(at, town, client, signed, three):
    a, b, _ = three
    at(hours=24, seconds=1)
    escalate_due(town)
    alerts = {one["id"]: one for one in client.get("/api/v1/alerts", headers=signed()).json["items"]}
    assert [(alerts[key]["overdue"], alerts[key]["escalated_at"]) for key in (a, b)] == [
        (True, "2026-03-03T09:00:01+08:00"), (False, None)]  # fmt: skip
    assert alerts[b]["due_at"] == "2026-03-06T00:00:00+08:00"
    for overdue, expected in (("true", [a]), ("false", [b])):
        assert [one["id"] for one in client.get(f"/api/v1/alerts?overdue={overdue}", headers=signed()).json["items"]] == expected


@pytest.mark.requirement("REF-04")
def test_every_step_of_a_referral_shows_its_deadline_and_the_months_show_how_long_steps_took(at, client, signed, three):
    township, department = signed(), signed("department_officer", COUNTY, department="medical")
    path = f"/api/v1/alerts/{three[1]}/disposal"
    at(days=1)
    told = client.post(path, headers=township, json={"kind": "verify", "result": "confirmed"}).json
    assert [one["label"] for one in told["deadlines"]] == ["处置"]
    at(days=1)
    client.post(path, headers=township, json={"kind": "refer"})
    one = client.get("/api/v1/referrals", headers=department).json["items"][0]
    assert [(each["label"], each["due_text"]) for each in one["deadlines"]] == [
        ("部门受理", "2026年3月6日24:00"), ("部门答复", "2026年3月25日24:00")]  # fmt: skip
    at(days=5)
    told = client.post(f"/api/v1/referrals/{one['id']}/feedback", headers=department, json={"action": "accept"}).json
    assert [each["label"] for each in told["deadlines"]] == ["部门答复"]
    at(days=20)
    done = {"action": "done", "outcome": {"金额": "400.00"}}
    told = client.post(f"/api/v1/referrals/{one['id']}/feedback", headers=department, json=done).json
    assert (told["deadlines"], told["due_at"], told["overdue"]) == ([], None, False)
    steps = {one["kind"]: one for one in client.get(f"{LIST}/summary", headers=township).json["steps"]}
    assert [(steps[kind]["met"], steps[kind]["late"]) for kind in ("verify", "dispose", "accept", "answer")] == [
        (1, 0), (1, 0), (0, 1), (0, 1)]  # fmt: skip
    assert steps["verify"]["overdue"] == 1
    for kind, days in (("accept", "5.0"), ("answer", "25.0")):
        assert steps[kind]["months"] == [{"month": "2026-03", "answered": 1, "median_days": days}]


def test_a_township_counts_its_own_steps_only(at, client, signed, three):
    at(days=10)
    for region, number in (("370281001", 2), ("370281002", 1), ("370281003", 0)):
        steps = client.get(f"{LIST}/summary", headers=signed(region=region)).json["steps"]
        assert sum(step["overdue"] for step in steps) == number


def test_the_scope_of_the_list_is_may_see(town, found):
    for number, (klass, village) in enumerate(product(("general", "child"), (VILLAGE, ELSEWHERE))):
        found(f"h{number}", klass=klass, village_code=village)
    with town.db.read() as session:
        rows = session.scalars(select(Deadline)).all()
        for role in ROLES.keys() - WORKERS - {DEPARTMENT}:
            for region in (COUNTY, "370281001", "370281002", VILLAGE):
                actor = Actor(COUNTY, 9, "某人", role, region)
                listed = set(session.scalars(select(Deadline.id).where(queries.scope(actor))))
                assert listed == {row.id for row in rows if may_see(actor, Item(row.village_code, row.klass))}


def test_many_subjects_cost_one_query(at, site, found):
    alerts = [found(f"h{number}") for number in range(30)]
    with site.db.read() as session, statements_of(site.db) as asked:
        of_alerts = queries.running(session, COUNTY, alerts, clock.now())
    assert (len(asked), len(of_alerts)) == (1, 30)


def test_months_of_the_report_are_china_s():
    assert first_day(datetime(2026, 2, 28).date(), 3) == datetime(2025, 12, 1, tzinfo=CHINA)
    began = datetime(2026, 1, 30, 23, tzinfo=CHINA)
    took = [("verify", began, began + timedelta(days=days)) for days in (1, 2, 9)]
    nothing = {"verify": {"met": 0, "late": 0, "running": 0, "overdue": 0, "unset": 3}}
    assert by_step(nothing, took)[0]["months"] == [
        {"month": "2026-01", "answered": 1, "median_days": "1.0"}, {"month": "2026-02", "answered": 2, "median_days": "5.5"}]  # fmt: skip
