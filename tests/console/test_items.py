"""Items of the one door in the browser: joined in batches per township, done in one go, proofs listed before the start."""

import pytest

from fieldsvc.accounts.regions import load_regions
from tests.support.desk import app, bearer, client, login, screen, signed, town  # noqa: F401
from tests.support.river import COUNTY, uid

NAMES = {"370281": "胶州市", "370281001": "甲街道", "370281002": "乙镇", "370281001001": "东村"}
ITEM = "medical.insurance_subsidy"


@pytest.fixture
def places(town):
    with town.db.write() as session:
        load_regions(session, COUNTY, NAMES)


@pytest.fixture
def county(places, officer):
    return officer("county_officer", COUNTY)


def items(client, headers):
    return {i["id"]: i for i in client.get("/api/v1/catalogue", headers=headers).json["items"]}


@pytest.mark.requirement("REF-07")
def test_an_item_switched_on_for_one_township_shows_there_only(county, officer, client, signed):
    here, there = officer("township_officer", "370281001"), officer("township_officer", "370281002")
    page = county.open(f"/console/items?item={ITEM}")
    title = page.html.split('id="h-one">')[1].split("<")[0]
    assert title in here.open("/console/items").text and title in there.open("/console/items").text
    page = county.press(page, "保存开通范围", township=["370281002"])
    assert "已在 1 个镇（街道）开通" in page.text and "1 个镇（街道）" in page.text
    assert title in there.open("/console/items").text and title not in here.open("/console/items").text
    assert ITEM in items(client, signed("township_officer", "370281002")) and ITEM not in items(client, signed())
    assert ITEM not in here.open(f"/console/households/{uid('a')}/refer").form("转办").choices["programme"]
    assert ITEM in items(client, signed("county_officer", COUNTY))
    county.press(county.open(f"/console/items?item={ITEM}"), "保存开通范围", township=[])
    assert title in here.open("/console/items").text


@pytest.mark.requirement("REF-09")
def test_the_catalogue_marks_what_is_done_in_one_go_and_lists_the_proofs_before_the_start(county, officer, client, signed):
    page = county.open(f"/console/items?item={ITEM}")
    page = county.press(page, "保存办理说明", in_one_go="true", proofs="身份证\n住院结算单\n\n身份证")
    assert "已保存" in page.text
    shown = officer("township_officer", "370281001").open("/console/items").text
    assert "一次办好" in shown and "身份证；住院结算单" in shown
    found = items(client, signed())
    assert (found[ITEM]["in_one_go"], found[ITEM]["proofs"]) == (True, ["身份证", "住院结算单"])
    assert not any(i["in_one_go"] or i["proofs"] for name, i in found.items() if name != ITEM)
    assert "证明材料：身份证；住院结算单" in officer("township_officer", "370281001").open(
        f"/console/households/{uid('a')}/refer").text  # fmt: skip


def test_a_strange_township_or_item_is_refused(county):
    page = county.open(f"/console/items?item={ITEM}")
    assert county.press(page, "保存开通范围", township=["370281999"]).status == 422
    page.form("保存办理说明").fields["item"] = ["no.such"]
    assert county.press(page, "保存办理说明").status == 404
