"""An officer's care for what was set aside: tried again, corrected, refused; the author's words stay."""

import json

import orjson
import pytest
from sqlalchemy import select

from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.visits import service as visits
from fieldsvc.visits.models import SetAside, Visit
from fieldsvc.visits.quarantine import COLUMN
from tests.support import river
from tests.support.river import COUNTY, assign, uid


@pytest.fixture
def officer(field):
    """``officer(path, body)`` posts as a township officer; ``officer.as_(number)`` as somebody else."""
    with field.site.db.write() as session:
        river.account(session, 8, "township_officer", region="370281001")
        river.account(session, 9, "township_officer", region="370281002")

    def as_(number):
        phone = field.phone(number)
        return lambda path, body=None: field.client.post(
            f"/api/v1/quarantine/{path}", json=body or {}, headers=phone.headers
        )

    post = as_(8)
    post.as_ = as_
    return post


def aside(db, record_id):
    with db.read() as session:
        return session.scalars(select(SetAside).where(SetAside.record_id == record_id)).one()


def bad_visit(field, phone):
    visit = field.visit("h1", age=200, note="爱人住院")
    assert phone.verdict("visits", visit)["verdict"] == "quarantined"
    return visit


def test_a_visit_corrected_is_applied_as_its_authors_and_keeps_what_was_sent(field, phone, db, site, officer):
    visit = bad_visit(field, phone)
    held = aside(db, visit["id"])
    answer = officer(f"{held.id}/correct", {"changes": {"age": 20}, "reason": "电话核对，年龄误填"})
    assert answer.status_code == 200 and answer.json["state"] == "released", answer.text
    with db.read() as session:
        kept = session.get(Visit, (COUNTY, visit["id"]))
        told = json.loads(site.vault.open(kept.answers_sealed, visits.COLUMN))["answers"]
        assert (kept.author_id, told) == (1, {"age": 20, "note": "爱人住院"})
        assert session.get(DirtyHousehold, (COUNTY, uid("h1"))) is not None
        after = session.get(SetAside, (COUNTY, held.id))
        assert (after.resolved_by, after.resolution) == (8, "电话核对，年龄误填")
        assert orjson.loads(orjson.loads(site.vault.open(after.content_sealed, COLUMN))["answers"])["age"] == 200
    shown = phone.pull()["visits"]["updated"][visit["id"]]
    assert (shown["server_status"], json.loads(shown["answers"])["age"]) == ("applied", 20)


def test_a_correction_that_is_still_wrong_says_where_and_changes_nothing(field, phone, db, officer):
    visit = bad_visit(field, phone)
    held = aside(db, visit["id"])
    answer = officer(f"{held.id}/correct", {"changes": {"age": -1}, "reason": "更正"})
    assert (answer.status_code, answer.json["code"]) == (422, "still-unfit")
    assert answer.json["errors"] == {"age": "年龄应在 0 到 149 之间"}
    with db.read() as session:
        assert session.get(Visit, (COUNTY, visit["id"])) is None
    assert aside(db, visit["id"]).state == "quarantined"


def test_a_record_out_of_scope_is_taken_in_once_the_household_is_the_authors(field, phone, db, officer):
    visit = field.visit("h4", age=60)
    assert phone.verdict("visits", visit)["code"] == "out-of-scope"
    held = aside(db, visit["id"])
    assert officer(f"{held.id}/release").json["code"] == "still-unfit"
    with db.write() as session:
        assign(session, uid("h4"), 1)
    assert officer(f"{held.id}/release").json["state"] == "released"
    assert officer(f"{held.id}/release").json["code"] == "already-settled"


def test_a_refusal_has_a_reason_and_reaches_the_author(field, phone, db, officer):
    visit = bad_visit(field, phone)
    held = aside(db, visit["id"])
    assert officer(f"{held.id}/refuse", {}).status_code == 422
    assert officer(f"{held.id}/refuse", {"reason": "重复填报"}).json["state"] == "refused"
    assert phone.pull()["visits"]["updated"][visit["id"]]["server_status"] == "refused"
    assert phone.verdict("visits", visit)["first"] == "refused"


def test_only_officers_of_the_authors_region_settle(field, phone, db, officer):
    held = aside(db, bad_visit(field, phone)["id"])
    for verb, body in (
        ("release", {}),
        ("refuse", {"reason": "x"}),
        ("correct", {"changes": {"age": 1}, "reason": "x"}),
    ):
        foreign, missing = officer.as_(9)(f"{held.id}/{verb}", body), officer.as_(9)(f"{uid('no')}/{verb}", body)
        assert foreign.status_code == missing.status_code == 404
        assert {**foreign.json, "request_id": 0} == {**missing.json, "request_id": 0}
        assert officer.as_(1)(f"{held.id}/{verb}", body).status_code == 403
    assert aside(db, held.record_id).state == "quarantined"


def test_a_body_nobody_can_read_is_only_refused(field, phone, db, officer):
    phone.send(b'{"changes": {"visits"')
    with db.read() as session:
        held = session.scalars(select(SetAside).where(SetAside.tbl == "body")).one()
    assert officer(f"{held.id}/release").json["code"] == "unreadable-record"
    assert officer(f"{held.id}/refuse", {"reason": "无法读取"}).json["state"] == "refused"
