"""Accounts as the command line manages them, and the tree of regions."""

import pytest
from sqlalchemy import select

from fieldsvc.accounts import service
from fieldsvc.accounts.access import record_access
from fieldsvc.accounts.models import AccessEntry
from fieldsvc.accounts.regions import in_region, load_regions
from fieldsvc.accounts.rules import Actor
from fieldsvc.kit.errors import Problem

TREE = {"370281": "胶州市", "370281001": "阜安街道", "370281002": "中云街道", "370281001001": "东社区", "370281001002": "西社区"}


def test_accounts_are_numbered_per_county_from_one(make_account):
    assert [make_account(name).id for name in ("a1", "a2")] == [1, 2]


@pytest.mark.parametrize("wrong", [
    {"role": "mayor"}, {"region": "370282001001"}, {"region": "3702810010"}, {"role": "township_officer"},
    {"role": "county_officer", "region": "370281001"}, {"department": "medical"}, {"username": "x"}, {"username": "a b"},
    {"role": "department_officer", "region": "370281"}, {"region": "37028100100１"}, {"supervisor_id": 9},
])  # fmt: skip
def test_what_cannot_be_an_account(make_account, wrong):
    with pytest.raises(Problem) as refused:
        make_account(**({"username": "wang"} | wrong))
    assert refused.value.code == "invalid-account"


def test_a_user_name_is_taken_whatever_its_width_and_case(make_account):
    make_account("wang")
    with pytest.raises(Problem, match="username-taken"):
        make_account("ＷＡＮＧ")


def test_only_a_child_supervisor_supervises(make_account, site):
    above = make_account("sun", role="child_supervisor", region="370281001")
    director = make_account("lin", role="child_director", supervisor_id=above.id)
    assert director.supervisor_id == above.id
    with pytest.raises(Problem, match="invalid-account"), site.db.write() as session:
        service.supervise(session, site.county, service.find(session, site.county, "sun"), director.id)


@pytest.mark.requirement("ORG-01")
def test_rights_and_lists_follow_the_tree_of_units(make_account, site, client, bearer):
    with site.db.write() as session:
        assert load_regions(session, site.county, TREE) == 5
        assert load_regions(session, site.county, TREE | {"370281002": "中云"}) == 1
    make_account("county", role="county_officer", region="370281")
    make_account("town", role="township_officer", region="370281001")
    make_account("grid", region="370281001001")
    seen = {name: client.get("/api/v1/regions", headers=bearer(name)).json["items"] for name in ("county", "town", "grid")}
    assert {name: [r["code"] for r in rows] for name, rows in seen.items()} == {
        "county": sorted(TREE), "town": ["370281001", "370281001001", "370281001002"], "grid": ["370281001001"]}  # fmt: skip
    assert {r["code"]: r["parent"] for r in seen["county"]} == {
        "370281": None, "370281001": "370281", "370281002": "370281", "370281001001": "370281001", "370281001002": "370281001"}
    assert [r["name"] for r in seen["county"] if not r["staffed"]] == ["西社区", "中云"]


@pytest.mark.parametrize("code", ["370282", "37028", "3702810010", "abcdef", ""])
def test_a_region_of_elsewhere_is_refused(site, code):
    with pytest.raises(Problem, match="invalid-region"), site.db.write() as session:
        load_regions(session, site.county, {code: "x"})


def test_in_region():
    assert in_region("370281001001", "370281001") and not in_region("370281001", "370281001001")
    assert not in_region("370281001001", "")


def test_one_access_row_a_page_and_none_for_an_empty_one(site):
    actor = Actor(site.county, 1, "王", "grid_worker", "370281001001")
    with site.db.write() as session:
        record_access(session, actor, "pull", ["p2", "p1", "p2"], ["h1"], minors=True)
        record_access(session, actor, "pull", [], [])
    with site.db.read() as session:
        row = session.scalars(select(AccessEntry)).one()
    assert (row.account_id, row.purpose, row.persons, row.households, row.minors) == (1, "pull", ["p1", "p2"], ["h1"], True)
