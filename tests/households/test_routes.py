"""The doors of the registry: scope, masks, access rows, and what an officer may assign."""

import pytest
from sqlalchemy import select

from fieldsvc.accounts.models import AccessEntry
from fieldsvc.accounts.rules import ROLES, Item, may_see
from fieldsvc.households import assignments, queries
from fieldsvc.households.models import Assignment, Household
from fieldsvc.kit.crypto import mask
from fieldsvc.kit.ids import new_id
from tests.households.conftest import OTHER, VILLAGE, actor_of, number

REGIONS = {"auditor": "370281", "township_officer": "370281001", "county_officer": "370281", "department_officer": "370281",
           "administrator": "370281"}  # fmt: skip


@pytest.fixture(autouse=True)
def _quiet(told):
    """Nobody else listens."""


@pytest.fixture
def everyone(make_account):
    """One account of each role, all of the first village or township, by role."""
    return {
        role: make_account(role, role=role, region=REGIONS.get(role, VILLAGE),
                           **({"department": "medical"} if role == "department_officer" else {}))
        for role in ROLES
    }  # fmt: skip


def give(site, account, *homes):
    with site.db.write() as session:
        assignments.grant(session, site.county, account.id, [home.id for home in homes])


def test_a_household_is_shown_masked_and_the_reading_is_written_down(site, make_home, make_account, client, bearer):
    officer = make_account("boss", role="township_officer", region="370281001")
    home, people = make_home("张三", persons=[("张三", number(1)), ("张小", number(3, "20200101"))], phone="13800001111")
    shown = client.get(f"/api/v1/households/{home.id}", headers=bearer("boss"))
    assert shown.status_code == 200
    text = shown.get_data(as_text=True)
    assert number(1) not in text and "13800001111" not in text
    assert shown.json["persons"][0]["id_number"] == mask(number(1)) and shown.json["phone"] == mask("13800001111")
    with site.db.read() as session:
        row = session.scalars(select(AccessEntry)).one()
    assert (row.account_id, row.purpose, row.minors) == (officer.id, "household", True)
    assert row.persons == sorted(p.id for p in people) and row.households == [home.id]


def test_the_list_finds_by_village_name_and_whole_number(make_home, make_account, client, bearer):
    make_account("boss", role="county_officer", region="370281")
    zhang, _ = make_home("张三", persons=[("张三", number(1)), ("王小妹", None)], ref="A-1")
    li, _ = make_home("李四", OTHER)
    headers = bearer("boss")

    def ids(**query):
        answer = client.get("/api/v1/households", query_string=query, headers=headers).json
        assert answer["total"] == len(answer["items"])
        return {one["id"] for one in answer["items"]}

    assert ids() == {zhang.id, li.id}
    assert ids(village=OTHER) == {li.id} and ids(q="王小") == {zhang.id} and ids(q="A-1") == {zhang.id}
    assert ids(q=number(1)) == {zhang.id} and ids(q=number(1)[:17]) == set()
    assert ids(q="%") == set() and ids(q="' OR 1=1 --") == set()


def test_who_sees_what_is_the_one_scope_function(site, everyone, make_home, client, bearer):
    near, far = make_home("近", VILLAGE)[0], make_home("远", OTHER)[0]
    give(site, everyone["grid_worker"], near)
    give(site, everyone["child_director"], far)
    for role, account in everyone.items():
        actor = actor_of(account)
        with site.db.read() as session:
            listed = {one.id for one in queries.page(session, site.vault, actor, None, None, 0, 50).rows}
            mine = queries.in_caseload(session, actor, [near.id, far.id])
            seen = {h.id for h in (near, far) if may_see(actor, Item(h.village_code, assigned=h.id in mine))}
        assert listed == seen, role
        headers = bearer(role)
        for home in (near, far):
            status = client.get(f"/api/v1/households/{home.id}", headers=headers).status_code
            if role in ("department_officer", "administrator", "reporter", "auditor"):
                assert status == 403
            else:
                assert status == (200 if home.id in seen else 404), (role, home.name)


def test_foreign_and_missing_answer_the_same_bytes(make_home, make_account, client, bearer):
    make_account("wang")
    home, _ = make_home("张三")
    headers = bearer("wang")
    answers = [client.get(f"/api/v1/households/{i}", headers=headers).json for i in (home.id, new_id(), "x' OR 1=1")]
    for answer in answers:
        answer.pop("request_id", None)
    assert answers[0] == answers[1] == answers[2] and answers[0]["status"] == 404


def test_an_officer_assigns_and_takes_back(site, make_home, make_account, client, bearer):
    make_account("boss", role="township_officer", region="370281001")
    wang = make_account("wang")
    home, _ = make_home("张三")
    pair = {"household_id": home.id, "account_id": wang.id}
    headers = bearer("boss")
    assert client.post("/api/v1/assignments", json={"grant": [pair]}, headers=headers).json == {"granted": 1, "revoked": 0}
    assert client.get(f"/api/v1/households/{home.id}", headers=bearer("wang")).status_code == 200
    assert client.post("/api/v1/assignments", json={"revoke": [pair]}, headers=headers).json == {"granted": 0, "revoked": 1}
    assert client.get(f"/api/v1/households/{home.id}", headers=bearer("wang")).status_code == 404


def test_one_pair_out_of_reach_and_nothing_is_changed(site, make_home, make_account, client, bearer):
    make_account("boss", role="township_officer", region="370281001")
    wang, far = make_account("wang"), make_account("far", region=OTHER)
    near, foreign = make_home("近")[0], make_home("远", OTHER)[0]
    good = {"household_id": near.id, "account_id": wang.id}
    bad = [{"household_id": foreign.id, "account_id": wang.id}, {"household_id": new_id(), "account_id": wang.id},
           {"household_id": near.id, "account_id": far.id}, {"household_id": near.id, "account_id": 999}]  # fmt: skip
    answers = set()
    for pair in bad:
        response = client.post("/api/v1/assignments", json={"grant": [good, pair]}, headers=bearer("boss"))
        answers.add((response.status_code, response.json["detail"]))
    assert len(answers) == 1 and answers.pop()[0] == 404
    with site.db.read() as session:
        assert session.scalars(select(Assignment)).all() == []


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"township_officer", "county_officer"}))
def test_nobody_else_assigns(everyone, make_home, client, bearer, role):
    home, _ = make_home("张三")
    body = {"grant": [{"household_id": home.id, "account_id": everyone["grid_worker"].id}]}
    assert client.post("/api/v1/assignments", json=body, headers=bearer(role)).status_code == 403


@pytest.mark.parametrize("body", [
    [], {"grant": 1}, {"grant": [{}]}, {"grant": [{"household_id": "x", "account_id": 1}]},
    {"grant": [{"household_id": "0" * 36, "account_id": 2**40}]}, {"grant": [{}] * 3000}, {"other": []},
])  # fmt: skip
def test_bad_bodies_are_422(make_account, client, bearer, body):
    make_account("boss", role="county_officer", region="370281")
    assert client.post("/api/v1/assignments", json=body, headers=bearer("boss")).status_code == 422


def test_the_access_row_is_a_condition_of_the_answer(site, make_home, make_account, client, bearer, monkeypatch):
    from fieldsvc.households import routes
    from fieldsvc.kit.errors import busy

    def refuse(*_):
        raise busy()

    make_account("boss", role="township_officer", region="370281001")
    home, _ = make_home("张三")
    headers = bearer("boss")
    monkeypatch.setattr(routes, "record_access", refuse)
    response = client.get(f"/api/v1/households/{home.id}", headers=headers)
    assert response.status_code == 503 and "张三" not in response.get_data(as_text=True)
    with site.db.read() as session:
        assert session.get(Household, (site.county, home.id)) is not None
