"""Gifts with their use, shown to the donor without names; points that never fall below nothing."""

import threading

import pytest

from fieldsvc.accounts.rules import Actor
from fieldsvc.charity import service
from fieldsvc.kit.errors import Problem
from tests.support.places import HOME, PERSON
from tests.support.river import COUNTY, uid


@pytest.fixture
def changle(county):
    found = county("changle")
    found.household("a", tier="dibao", area="urban")
    found.tell(**HOME, **PERSON)
    return found


GIFT = {"donor": "某企业", "kind": "money", "amount": "1000", "project": "寒冬送温暖"}


def give(found, gift, **more):
    return found.call("post", f"/gifts/{gift['id']}/uses", {"household_id": uid("a")} | more)


@pytest.mark.requirement("CHR-03")
def test_a_donor_sees_the_use_of_the_gift_without_names(changle):
    gift = changle.post("/gifts", GIFT, expect=(201,))
    assert give(changle, gift, amount="600", person_id=uid("a/p1"))[0] == 201
    assert give(changle, gift, amount="400.01")[1]["code"] == "gift-used-up"
    goods = changle.post("/gifts", {"donor": "爱心人士", "kind": "goods", "what": "棉被 20 床"}, expect=(201,))
    assert give(changle, goods, amount="5")[1]["code"] == "not-money"
    assert give(changle, goods, what="棉被 1 床")[0] == 201
    shown = changle.client.get(f"/api/v1/gifts/by-code/{gift['code']}/use").get_json()
    assert (shown["used"], len(shown["uses"]), shown["uses"][0]["township"]) == ("600", 1, "370281001")
    assert not {uid("a"), uid("a/p1"), "p1", "a户", "370281001001"} & set(str(shown).replace("'", " ").split())
    assert changle.client.get("/api/v1/gifts/by-code/nothing/use").status_code == 404
    told = [content for kind, content in changle.chain() if kind == "aid"]
    assert [(c.get("amount"), c.get("what"), c.get("project")) for c in told] == [("600", None, "寒冬送温暖"), (None, "棉被 1 床", None)]
    assert [g["donor"] for g in changle.get("/gifts")["items"]] == ["爱心人士", "某企业"]


@pytest.mark.requirement("CHR-02")
def test_points_are_earned_and_spent_and_the_balance_never_falls_below_nothing(changle):
    where = f"/households/{uid('a')}/points"
    assert changle.post(where, {"points": 30, "what": "参加清洁家园活动"})["balance"] == 30
    assert changle.post(where, {"points": -20, "what": "兑换洗衣液"})["balance"] == 10
    assert changle.refused(where, {"points": -11, "what": "兑换大米"}) == (409, "too-few-points")
    shown = changle.get(where)
    assert (shown["balance"], [line["points"] for line in shown["lines"]]) == (10, [30, -20])
    assert changle.refused(where, {"points": 0, "what": "x"})[0] == 422


def test_two_at_once_do_not_spend_the_same_points(changle):
    actor = Actor(COUNTY, 99, "王主任", "township_officer", "370281001")

    def book(points):
        with changle.site.db.write() as session:
            return service.book(session, actor, uid("a"), points, "兑换")

    book(10)
    refused = []

    def spend():
        try:
            book(-10)
        except Problem as problem:
            refused.append(problem.code)

    workers = [threading.Thread(target=spend) for _ in range(4)]
    [w.start() for w in workers]
    [w.join() for w in workers]
    assert refused == ["too-few-points"] * 3
    assert changle.get(f"/households/{uid('a')}/points")["balance"] == 0
