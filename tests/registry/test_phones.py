"""What phones hold is corrected, and what they still send by the old ids arrives: also at the very moment of the merge."""

import threading

import orjson
import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.households import assignments
from fieldsvc.households.models import Household, Person, Task
from fieldsvc.kit.db import retrying
from fieldsvc.registry.homes import merge_households
from fieldsvc.registry.people import merge_persons
from fieldsvc.registry.service import split
from fieldsvc.visits.models import SetAside, Visit
from tests.support.river import COUNTY, uid

A, B, P1, P2 = uid("a"), uid("b"), uid("a/p1"), uid("b/p1")
ANSWERS = {"insured": "yes", "inpatient_year": "no", "emergency_treatment": "no"}


def visit_of(field, home, person, **answers):
    return field.visit(home, person, form="medical_visit", **(ANSWERS | answers))


def merge(site, care):
    with site.db.write() as session:
        return merge_households(session, care, A, B, "同一户")


def test_both_workers_hold_the_survivor_and_lose_the_other(field, care):
    one, other = field.phone(1), field.phone(4)
    visit = visit_of(field, "b", P2)
    assert other.verdict("visits", visit)["verdict"] == "applied"
    one.pull(), other.pull()
    done = merge(field.site, care)
    got = other.pull()
    assert set(got["households"]["updated"]) == {A} and got["households"]["deleted"] == [B]
    assert got["persons"]["updated"][P2]["household_id"] == A and got["persons"]["deleted"] == []
    assert got["visits"]["updated"][visit["id"]]["household_id"] == A
    got = one.pull()
    assert {P2} <= set(got["persons"]["updated"]) and visit["id"] in got["visits"]["updated"]
    with field.site.db.write() as session:
        split(session, care, done.id, "两户")
    got = one.pull()
    assert got["persons"]["deleted"] == [P2] and got["visits"]["deleted"] == [visit["id"]]
    got = other.pull()
    assert set(got["households"]["updated"]) == {B} and A in got["households"]["deleted"]
    assert got["persons"]["updated"][P2]["household_id"] == B and P1 in got["persons"]["deleted"]


def test_unsent_work_is_taken_in_before_the_household_leaves(field, care):
    phone = field.phone(4)
    phone.pull()
    merge(field.site, care)
    assert phone.pull(pending=1)["households"]["deleted"] == []
    visit = visit_of(field, "b", P2)
    assert phone.verdict("visits", visit)["verdict"] == "applied"
    assert phone.verdict("visits", visit)["verdict"] == "duplicate"
    with field.site.db.read() as session:
        assert session.get(Visit, (COUNTY, visit["id"])).household_id == A
    assert phone.pull()["households"]["deleted"] == [B]


def test_a_worker_who_no_longer_holds_any_of_it_loses_what_went_along(field, care):
    phone = field.phone(4)
    visit = visit_of(field, "b", P2)
    phone.verdict("visits", visit)
    phone.pull()
    with field.site.db.write() as session:
        assignments.revoke(session, COUNTY, 4, [B])
    merge(field.site, care)
    got = phone.pull()
    assert got["households"]["deleted"] == [B] and got["persons"]["deleted"] == [P2] and visit["id"] in got["visits"]["deleted"]


def test_late_work_of_who_once_had_the_household_is_still_a_handover(field, care):
    phone = field.phone(4)
    phone.pull()
    with field.site.db.write() as session:
        assignments.revoke(session, COUNTY, 4, [B])
    merge(field.site, care)
    visit = visit_of(field, "b", P2)
    assert phone.verdict("visits", visit)["verdict"] == "applied"
    with field.site.db.read() as session:
        row = session.get(Visit, (COUNTY, visit["id"]))
        assert (row.household_id, row.handover) == (A, True)


def test_records_by_the_old_ids_reach_the_survivor(field, care):
    phone = field.phone(4)
    phone.pull()
    merge(field.site, care)
    with field.site.db.write() as session:
        merge_persons(session, care, P1, P2, "同一人")
    task = {"id": uid("t"), "household_id": B, "person_id": P2, "title": "送材料", "status": "open"}
    assert phone.verdict("tasks", task)["verdict"] == "applied"
    child = {"id": uid("new"), "household_id": B, "name": "小孩"}
    assert phone.verdict("persons", child)["verdict"] == "applied"
    whole = {"id": B, "name": "b户", "village_code": "370281001001", "address": "西街"}
    assert phone.verdict("households", whole)["code"] == "merged-away"
    changed = whole | {"_changed": "address", "address": "西街 9 号"}
    assert phone.verdict("households", changed)["verdict"] == "applied"
    head = {"id": P2, "household_id": B, "name": "p1", "relation": "户主", "_changed": "relation"}
    assert phone.verdict("persons", head)["verdict"] == "applied"
    with field.site.db.read() as session:
        task, child = session.get(Task, (COUNTY, uid("t"))), session.get(Person, (COUNTY, uid("new")))
        assert (task.household_id, task.person_id, child.household_id) == (A, P1, A)
        assert session.get(Household, (COUNTY, A)).address == "西街 9 号" and session.get(Household, (COUNTY, B)) is None
        assert session.get(Person, (COUNTY, P1)).relation == "户主" and session.get(Person, (COUNTY, P2)) is None
    assert P2 in phone.pull()["persons"]["deleted"]


@pytest.mark.parametrize("round_", range(3))
def test_pushes_during_the_merge_lose_nothing(field, care, screen, round_):
    """Phones push to both households while one is merged away: every applied visit is the survivor's in the end."""
    phones = [field.phone(4, f"d{n}") for n in range(3)]
    sent = [[visit_of(field, "b", P2, insured="yes") for _ in range(6)] for _ in phones]
    taken, start = [], threading.Barrier(len(phones) + 1)

    def push(phone, visits):
        start.wait()
        for visit in visits:
            body = orjson.dumps({"changes": {"visits": {"created": [visit]}}, "last_pulled_at": 1})
            for _ in range(8):
                answer = field.app.test_client().post("/api/v1/sync/push", data=body, headers=phone.headers)
                if answer.status_code == 200 and answer.json["verdicts"][0]["verdict"] != "retry":
                    break
            taken.append((visit["id"], answer.json["verdicts"][0]))

    def do_merge():
        start.wait()
        retrying(lambda: merge(field.site, care), tries=8)

    threads = [threading.Thread(target=push, args=pair) for pair in zip(phones, sent, strict=True)] + [threading.Thread(target=do_merge)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    screen()
    with field.site.db.read() as session:
        assert session.scalars(select(SetAside)).all() == []
        rows = {v.id: v.household_id for v in session.scalars(select(Visit))}
    assert {verdict["verdict"] for _, verdict in taken} <= {"applied", "duplicate"}, taken
    assert rows == {visit["id"]: A for visits in sent for visit in visits}


def test_what_a_push_stored_under_the_old_id_is_adopted(field, care, screen):
    """The push had looked before the merge and wrote after it: the stray is found by its mark."""
    from tests.support.river import visit

    merge(field.site, care)
    with field.site.db.write() as session:
        visit(field.site, session, B, "stray", ANSWERS, person=P2, form="medical_visit")
    screen()
    with field.site.db.read() as session:
        assert session.get(Visit, (COUNTY, uid("stray"))).household_id == A
    assert uid("stray") in field.phone(1).pull()["visits"]["updated"]


def test_officers_find_compare_merge_and_split_over_the_api(field, care, screen):
    from tests.support.river import account

    with field.site.db.write() as session:
        account(session, 7, "township_officer", "370281002")
        for name in ("a", "b"):
            session.get(Household, (COUNTY, uid(name))).name = "王户"
            session.get(Household, (COUNTY, uid(name))).address = "东街 1 号"
    client, officer, foreign = field.client, field.phone(2).headers, field.phone(7).headers
    listed = client.get("/api/v1/registry/duplicates?kind=household", headers=officer).json
    assert listed["total"] == 1 and "户主姓名、住址相同" in listed["items"][0]["why"]
    assert client.get("/api/v1/registry/duplicates?kind=household", headers=foreign).json["total"] == 0
    query = {"kind": "household", "one": A, "other": B}
    shown = client.get("/api/v1/registry/compare", query_string=query, headers=officer).json
    assert [side["id"] for side in shown["sides"]] == [A, B] and shown["differing"] == []
    body = {"kind": "household", "survivor": A, "merged": B, "reason": "同一户登记两次"}
    refused = client.post("/api/v1/registry/merge", json=body, headers=foreign)
    missing = client.post("/api/v1/registry/merge", json=body | {"merged": uid("none")}, headers=officer)
    assert refused.status_code == missing.status_code == 404 and refused.json["detail"] == missing.json["detail"]
    assert client.post("/api/v1/registry/merge", json=body | {"reason": ""}, headers=officer).status_code == 422
    assert client.post("/api/v1/registry/merge", json=body, headers=field.phone(1).headers).status_code == 403
    done = client.post("/api/v1/registry/merge", json=body, headers=officer)
    assert done.status_code == 201 and done.json["moved"]["persons"] == 1
    led = client.get(f"/api/v1/households/{B}", headers=officer)
    assert led.status_code == 200 and led.json["id"] == A and len(led.json["persons"]) == 2
    chain = client.get(f"/api/v1/households/{A}/chain", headers=officer).json
    other = client.get(f"/api/v1/households/{B}/chain", headers=officer).json
    assert chain["merged"] == [B] and (other["household_id"], other["items"][-1]["kind"]) == (B, "merged_away")
    assert chain["items"][-1]["content"]["hash"] == other["items"][-1]["hash"]
    assert client.get(f"/api/v1/households/{B}/chain", headers=foreign).status_code == 404
    path = f"/api/v1/registry/merges/{done.json['id']}/split"
    assert client.post(path, json={"reason": "x"}, headers=foreign).status_code == 404
    assert client.post(path, json={"reason": "核实为两户"}, headers=officer).json["state"] == "split"
    assert [m["state"] for m in client.get("/api/v1/registry/merges", headers=officer).json["items"]] == ["split"]
    assert client.get(f"/api/v1/households/{B}", headers=officer).json["id"] == B
    with field.site.db.read() as session:
        purposes = {row.purpose for row in session.scalars(select(AccessEntry))}
    assert {"duplicates", "compare", "merge", "merges"} <= purposes
