"""The pull: the caseload and nothing else, page by page; households given and taken; epochs; masks; access rows."""

from datetime import timedelta
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import select, text, update

from fieldsvc.accounts.models import AccessEntry, Account
from fieldsvc.facts.service import mark_dirty
from fieldsvc.feed import queries as feed
from fieldsvc.feed.models import Counter, Removal
from fieldsvc.households import assignments
from fieldsvc.kit import clock
from fieldsvc.kit.notify import on_collect_belongings, on_household_changed
from fieldsvc.visits.models import SetAside, Visit
from fieldsvc.visits.queries import belongings
from tests.support import river
from tests.support.river import COUNTY, uid


@pytest.fixture(autouse=True)
def connected():
    on_household_changed(mark_dirty)
    on_collect_belongings(belongings)


@pytest.fixture
def grant(db):
    def give(account, *homes):
        with db.write() as session:
            assignments.grant(session, COUNTY, account, [uid(home) for home in homes])

    return give


@pytest.fixture
def revoke(db):
    def take(account, *homes):
        with db.write() as session:
            assignments.revoke(session, COUNTY, account, [uid(home) for home in homes])

    return take


def ids(pulled, table):
    return set(pulled[table]["updated"])


@pytest.mark.requirement("ROL-01")
def test_a_worker_receives_the_own_caseload_and_nothing_else(field, grant, db):
    with db.write() as session:
        for home in ("a", "b", "c"):
            river.household(session, home, persons=("p1", "p2"))
    grant(1, "a", "b")
    grant(2, "c")
    got = field.phone(1).pull()
    assert ids(got, "households") == {uid("a"), uid("b")}
    assert ids(got, "persons") == {uid(f"{home}/{p}") for home in "ab" for p in ("p1", "p2")}
    assert {form["form_id"] for form in got["forms"]["updated"].values()} == {"plain"}


def test_nothing_new_is_an_empty_page_with_the_same_cursor(field, phone):
    phone.verdict("visits", field.visit())
    phone.pull()
    before = phone.cursor
    assert all(not kept["updated"] and not kept["deleted"] for kept in phone.pull().values())
    assert phone.cursor == before >= 1


def test_pages_killed_and_asked_again_end_in_the_same_state(field, grant, db):
    with db.write() as session:
        for n in range(25):
            river.household(session, f"x{n}")
    grant(1, *[f"x{n}" for n in range(25)])
    whole = field.phone(1).pull()
    patient, more, found = field.phone(1, "d2"), True, {}
    while more:
        lost, answer = patient.page(limit=7).json, patient.page(limit=7).json
        assert lost["changes"] == answer["changes"]
        for table, changes in answer["changes"].items():
            found.setdefault(table, {}).update({record["id"]: record for record in changes["updated"]})
        patient.cursor, patient.epoch, more = answer["timestamp"], answer["epoch"], answer["more"]
    assert found == {table: kept["updated"] for table, kept in whole.items()}


@pytest.mark.requirement("ROL-02")
def test_child_answers_reach_the_director_and_the_supervisor_only(field, db):
    with db.write() as session:
        session.execute(update(Account).where(Account.id == 3).values(supervisor_id=4))
    director = field.phone(3)
    visit = field.visit(form="child")
    assert director.verdict("visits", visit)["verdict"] == "applied"
    assert visit["id"] in ids(director.pull(), "visits")
    assert visit["id"] in ids(field.phone(4).pull(), "visits")
    worker = field.phone(1).pull()
    assert visit["id"] not in ids(worker, "visits")
    assert "child" not in {form["form_id"] for form in worker["forms"]["updated"].values()}


def test_a_given_household_arrives_whole_however_old(field, phone, grant):
    other = field.phone(2)
    old = field.visit("h4")
    other.verdict("visits", old)
    phone.pull()
    grant(1, "h4")
    got = phone.pull()
    assert (ids(got, "households"), ids(got, "visits")) == ({uid("h4")}, {old["id"]})
    assert ids(got, "persons") == {uid("h4/p1")}


def test_a_taken_household_waits_for_unsent_work_and_is_dropped_until_acknowledged(field, phone, revoke, db):
    seen = field.visit()
    phone.verdict("visits", seen)
    phone.pull()
    revoke(1, "h1")
    assert phone.pull(pending=3)["households"]["deleted"] == []
    assert phone.pull(pending=None)["households"]["deleted"] == []
    late = field.visit()
    verdict = phone.verdict("visits", late)
    assert verdict["verdict"] == "applied"
    with db.read() as session:
        assert session.get_one(Visit, (COUNTY, late["id"])).handover is True
    lost = phone.page(pending=0).json
    assert lost["changes"]["households"]["deleted"] == [uid("h1")]
    got = phone.pull(pending=0)
    assert got["households"]["deleted"] == [uid("h1")]
    assert set(got["visits"]["deleted"]) == {seen["id"], late["id"]}
    assert got["persons"]["deleted"] == [uid("h1/p1")]
    assert phone.pull(pending=0)["households"]["deleted"] == []
    with db.read() as session:
        assert session.scalars(select(Removal.done)).all() == [True]


def test_late_work_is_seen_by_the_new_worker_and_credited_to_its_author(field, phone, grant, revoke):
    phone.pull()
    grant(2, "h1")
    revoke(1, "h1")
    late = field.visit()
    phone.verdict("visits", late)
    got = field.phone(2).pull()
    assert got["visits"]["updated"][late["id"]]["author_id"] == 1


def test_work_made_after_the_removal_was_told_is_quarantined(field, phone, revoke):
    phone.pull()
    revoke(1, "h1")
    phone.pull()
    verdict = phone.verdict("visits", field.visit() | {"finished_at": (clock.now() + timedelta(hours=1)).isoformat()})
    assert (verdict["verdict"], verdict["code"]) == ("quarantined", "out-of-scope")


def test_a_household_given_back_before_it_left_stays(field, phone, grant, revoke):
    phone.pull()
    revoke(1, "h1")
    phone.pull(pending=2)
    grant(1, "h1")
    got = phone.pull(pending=0)
    assert (got["households"]["deleted"], ids(got, "households")) == ([], {uid("h1")})


def test_each_device_is_owed_its_own_removal(field, revoke, phone):
    second = field.phone(1, "d2")
    phone.pull(), second.pull()
    revoke(1, "h1")
    assert phone.pull()["households"]["deleted"] == second.pull()["households"]["deleted"] == [uid("h1")]


@pytest.mark.parametrize("change", ["epoch", "future"])
def test_an_unknown_epoch_or_a_future_cursor_starts_again_and_deletes_nothing(field, phone, db, change):
    visit = field.visit()
    phone.verdict("visits", visit)
    phone.pull()
    with db.write() as session:
        if change == "epoch":
            session.execute(update(Counter).values(epoch="restored"))
    if change == "future":
        phone.cursor = 10**9
    answer = phone.page().json
    assert answer["resync"] is True
    assert [record["id"] for record in answer["changes"]["visits"]["updated"]] == [visit["id"]]
    assert not any(changes["deleted"] for changes in answer["changes"].values())


def test_a_quarantined_visit_comes_back_to_its_author_with_the_reason(field, phone):
    visit = field.visit(age=500)
    phone.verdict("visits", visit)
    shown = phone.pull()["visits"]["updated"][visit["id"]]
    assert shown["server_status"] == "quarantined"
    assert "年龄应在 0 到 149 之间" in shown["problems"]
    fixed = visit | {"answers": '{"age":50}'}
    assert phone.verdict("visits", fixed)["verdict"] == "applied"
    assert phone.pull()["visits"]["updated"][visit["id"]]["server_status"] == "applied"


def test_identifiers_are_masked_in_pulls_and_sealed_at_rest(field, phone, db, site):
    number = "370281199001011239"
    visit = field.visit(age=50, note=f"证号{number}", holder=number)
    phone.verdict("visits", visit)
    shown = phone.pull()["visits"]["updated"][visit["id"]]
    answers = orjson.loads(shown["answers"])
    assert answers["holder"] == "370281********1239"
    with db.read() as session:
        assert number.encode() not in session.scalars(select(Visit.answers_sealed)).one()
    edited = visit | {"answers": orjson.dumps(answers | {"age": 51}).decode()}
    assert phone.verdict("visits", edited)["revision"] == 2
    with db.read() as session:
        kept = orjson.loads(site.vault.open(session.scalars(select(Visit.answers_sealed)).one(), "visits.content"))
    assert kept["answers"]["holder"] == number
    foreign = field.visit(age=50, holder="370281********1239")
    assert phone.verdict("visits", foreign)["code"] == "masked-number"


def test_a_page_of_personal_data_leaves_one_access_row(field, phone, grant, db):
    grant(1, "h4")
    phone.pull()
    phone.pull()
    with db.read() as session:
        rows = session.scalars(select(AccessEntry)).all()
    assert [(row.account_id, row.purpose, row.persons, row.households) for row in rows] == [
        (1, "pull", [uid("h4/p1")], [uid("h4")])
    ]


def test_officers_do_not_sync(field, db):
    with db.write() as session:
        river.account(session, 9, "township_officer", region="370281001")
    answer = field.phone(9).page()
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def test_quarantine_is_listed_for_its_author_and_the_township(field, phone, db):
    bad = field.visit(age=500)
    phone.verdict("visits", bad)
    phone.verdict("visits", field.visit() | {"household_id": str(uuid4())})
    with db.write() as session:
        river.account(session, 9, "township_officer", region="370281001")
        river.account(session, 10, "township_officer", region="370281002")
    seen = [field.client.get("/api/v1/quarantine", headers=field.phone(n).headers).json["items"] for n in (1, 9, 10, 2)]
    assert [len(items) for items in seen] == [2, 2, 0, 0]
    held = field.client.get("/api/v1/quarantine?state=held", headers=field.phone(9).headers).json["items"]
    assert [item["awaits_table"] for item in held] == ["households"]
    with db.read() as session:
        assert session.query(SetAside).count() == 2


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_supervisor_s_page_is_merged_and_nothing_is_sorted(db):
    scopes = {f"s{i}": i for i in range(20)}
    with db.read() as session:
        asked = text("EXPLAIN QUERY PLAN " + feed.page_of("sqlite", 20).text)
        plan = str(session.execute(asked, {"county": COUNTY, "after": 1, "upto": 9, "most": 500, **scopes}).all())
    assert "MERGE (UNION ALL)" in plan and "TEMP B-TREE" not in plan, plan
