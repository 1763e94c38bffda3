"""What the emergency department sends back and what it takes."""

import tomllib
from importlib.resources import files

import pytest
from fieldsvc_disaster.plugin import fieldsvc_deliver_referral, fieldsvc_department

from fieldsvc.plugin_api.referral import ReferralView

LOSS = {"disaster_on": "2025-05-25", "disaster_kind": "flood", "house_damage": "collapsed", "disaster_life_hard": True}


def delivered(programme, facts):
    view = ReferralView("r1", "emergency_management", programme, "h1", None, "", "370281001001", "转办", facts)
    return fieldsvc_deliver_referral(view)


@pytest.mark.parametrize(
    "programme", ["emergency", "transition", "house_rebuilding", "aid", "insurance", "unverified", "goods_missing"]
)
def test_a_loss_told_in_full_is_queued(programme):
    assert delivered(f"disaster.{programme}", LOSS).state == "queued"


@pytest.mark.parametrize(
    ("programme", "facts", "words"),
    [
        ("disaster.emergency", {}, ["受灾日期", "灾害种类", "基本生活"]),
        ("disaster.emergency", LOSS | {"disaster_life_hard": None}, ["基本生活"]),
        ("disaster.house_rebuilding", LOSS | {"house_damage": "slight"}, ["倒塌或严重损坏"]),
        ("disaster.drought", LOSS, ["因旱"]),
        ("disaster.winter_spring", LOSS, ["冬春"]),
        ("disaster.aid", {k: v for k, v in LOSS.items() if k != "house_damage"}, ["损坏程度"]),
        ("disaster.unverified", {"disaster_kind": "flood"}, ["受灾日期"]),
    ],
)
def test_a_referral_lacking_something_is_returned_naming_all_of_it(programme, facts, words):
    answer = delivered(programme, facts)
    assert answer.state == "returned"
    assert answer.reason.count("；") == len(words) - 1
    assert all(word in answer.reason for word in words)
    assert answer == delivered(programme, facts)


def test_its_own_duty_is_declared_and_what_social_aid_takes_up_goes_to_the_civil_office():
    read = [
        tomllib.loads(f.read_text(encoding="utf-8")) for f in files("fieldsvc_disaster").joinpath("rules").iterdir()
    ]
    rules = [p for r in read for p in r.get("programme", []) + r.get("indicator", [])]
    civil = {"disaster.handover", "disaster.loss_uncovered"}
    assert {p["id"] for p in rules if p["duty"] == "civil"} == civil
    assert {p["duty"] for p in rules if p["id"] not in civil} == set(fieldsvc_department().duties)
