"""One open alert per rule and subject, whoever finds it and however often; the list within everybody's own scope."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from fieldsvc.accounts.rules import CLASSES, ROLES, Actor, Item, may_see
from fieldsvc.alerts import queries
from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.rules import Finding
from fieldsvc.alerts.service import close, forget, raise_alerts
from tests.support.jiaozhou import INSURED, UNINSURED, medical_visit
from tests.support.river import COUNTY, VILLAGE, account, assign, household, uid

FINDING = Finding("medical.x", "person", "p1", "h1", "p1", VILLAGE, "general", "carry_out", "high", "medical_insurance", "标题", "说明",
                  {"conditions": []}, "facts-1", ({"channel": "visit", "source": "v1"},))  # fmt: skip


def found(site, *findings):
    with site.db.write() as session:
        return raise_alerts(session, COUNTY, findings)


def only(site):
    with site.db.read() as session:
        return session.scalars(select(Alert)).one()


def shut(site):
    with site.db.write() as session:
        close(session.scalars(select(Alert)).one())


def test_the_same_finding_twice_is_one_alert(site):
    assert len(found(site, FINDING)) == 1
    assert (found(site, FINDING), only(site).status) == ([], "open")


@pytest.mark.requirement("MON-10")
def test_a_visit_and_a_match_merge_into_one_alert_with_two_sources(site):
    found(site, FINDING)
    found(site, replace(FINDING, channels=({"channel": "matching", "source": "list-7"},)))
    assert [c["channel"] for c in only(site).channels] == ["visit", "matching"]


def test_a_closed_alert_opens_again_only_when_its_facts_changed(site):
    found(site, FINDING)
    shut(site)
    assert found(site, FINDING) == []
    assert only(site).status == "closed"
    assert len(found(site, replace(FINDING, fingerprint="facts-2"))) == 1
    assert (only(site).status, only(site).verification, only(site).closed_at) == ("open", None, None)


def test_facts_that_went_away_and_came_back_count_as_changed(site):
    found(site, FINDING)
    shut(site)
    with site.db.write() as session:
        forget(session, COUNTY, [("medical.x", "p1"), ("medical.y", "p1")])
    assert len(found(site, FINDING)) == 1


def test_an_open_alert_keeps_its_reasons_up_to_date(site):
    found(site, FINDING)
    found(site, replace(FINDING, fingerprint="facts-2", message="新的说明"))
    assert (only(site).message, only(site).fingerprint) == ("新的说明", "facts-2")


def test_finders_at_once_open_one_alert(site):
    start = threading.Barrier(4)

    def find():
        start.wait()
        for number in range(5):
            found(site, replace(FINDING, subject_id=f"p{number}"))

    threads = [threading.Thread(target=find) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    with site.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Alert)) == 5


def test_screening_again_after_closing_stays_quiet_until_the_facts_change(town, screen):
    medical_visit(town, "a", UNINSURED)
    screen()
    shut(town)
    medical_visit(town, "a", UNINSURED, "same-facts")
    screen()
    assert only(town).status == "closed"
    medical_visit(town, "a", INSURED, "insured")
    screen()
    medical_visit(town, "a", UNINSURED, "lapsed")
    screen()
    assert only(town).status == "open"


@pytest.fixture
def desk(town, screen):
    """Alerts in three villages; household c is nobody's."""
    with town.db.write() as session:
        for name, village in (("c", "370281001002"), ("d", "370281002001")):
            household(session, name, tier="dibao", village=village)
    for name in "abcd":
        medical_visit(town, name, UNINSURED)
        screen()
    return town


@pytest.fixture
def listed(client, signed):
    def listed(role="township_officer", region="370281001", **query):
        got = client.get("/api/v1/alerts", query_string=query, headers=signed(role, region))
        assert got.status_code == 200, got.get_json()
        return got.get_json()

    return listed


def homes(page):
    return [item["household_id"] for item in page["items"]]


def test_a_township_sees_its_own_and_a_county_all_newest_first(desk, listed):
    assert homes(listed()) == [uid("c"), uid("b"), uid("a")]
    assert homes(listed(region="370281002")) == [uid("d")]
    assert len(homes(listed("county_officer", "370281"))) == 4
    assert homes(listed("grid_worker", "370281001001")) == []


def test_filters_and_pages(desk, listed):
    assert homes(listed(village="370281001002")) == [uid("c")]
    assert homes(listed(status="closed")) == homes(listed(severity="high")) == homes(listed(kind="joint_study")) == []
    assert len(homes(listed(status="active", severity="medium", kind="carry_out", duty="medical_insurance"))) == 3
    first = listed(limit=2)
    second = listed(limit=2, cursor=first["next"])
    assert homes(first) + homes(second) == [uid("c"), uid("b"), uid("a")]
    assert second["next"] is None


@pytest.mark.parametrize("query", [{"cursor": "!!!"}, {"cursor": "AAAA"}, {"limit": 0}, {"status": "x"}, {"household_id": "x"}])
def test_bad_queries_are_named(desk, client, signed, query):
    assert client.get("/api/v1/alerts", query_string=query, headers=signed()).status_code in (400, 422)


def test_reasons_are_shown_with_clause_and_quote(desk, client, signed, listed):
    one = listed()["items"][0]["id"]
    body = client.get(f"/api/v1/alerts/{one}", headers=signed()).get_json()
    assert body["reasons"]["conditions"][0]["authority"]["quote"]
    assert client.get(f"/api/v1/alerts/{one}", headers=signed(region="370281002")).status_code == 404


@pytest.mark.parametrize("role", list(ROLES))
def test_the_scope_as_sql_is_the_scope_function(desk, role):
    with desk.db.write() as session:
        session.scalars(select(Alert).where(Alert.household_id == uid("b"))).one().klass = "child"
        account(session, 50, role, "370281001")
        assign(session, uid("b"), 50)
        assign(session, uid("d"), 50)
    actor = Actor(COUNTY, 50, "", role, "370281001", "medical")
    with desk.db.read() as session:
        seen = {a.id for a in queries.page(session, actor, {}, None, 100)}
        for alert in session.scalars(select(Alert)):
            item = Item(alert.village_code, alert.klass, assigned=alert.household_id in (uid("b"), uid("d")))
            assert (alert.id in seen) == may_see(actor, item)
    assert role not in CLASSES or seen or role in ("administrator", "department_officer", "reporter")
