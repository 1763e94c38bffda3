"""What the housing department sends back and what it takes."""

import tomllib
from importlib.resources import files

import pytest
from fieldsvc_housing.plugin import fieldsvc_deliver_referral, fieldsvc_department

from fieldsvc.plugin_api.referral import ReferralView

WANTS = {"housing_difficulty": True, "house_tenure": "rent", "housing_form_wanted": "rental_subsidy"}
DANGEROUS = {"house_danger_grade": "D", "house_photo": "house.jpg"}
RENTS = {"house_tenure": "public_rental", "housing_rent_month": "250"}


def delivered(programme, facts):
    return fieldsvc_deliver_referral(
        ReferralView("r1", "housing", programme, "h1", None, "", "370281001001", "转办", facts)
    )


@pytest.mark.requirement("HOU-01")
def test_the_form_the_family_chose_is_the_one_that_is_queued():
    assert delivered("housing.rental_subsidy", WANTS).state == "queued"
    assert delivered("housing.public_rental", WANTS).reason == "退回补充：未记录该户选择配租公租房。"
    assert delivered("housing.public_rental", WANTS | {"housing_form_wanted": "public_rental"}).state == "queued"


@pytest.mark.parametrize(
    ("programme", "facts", "words"),
    [
        ("housing.rental_subsidy", {}, ["住房困难", "来源", "租赁补贴"]),
        ("housing.renovation", {"house_photo": "a.jpg"}, ["等级"]),
        ("housing.renovation", {"house_danger_grade": "D", "house_photo": ""}, ["照片"]),
        ("housing.rent_relief", {"house_tenure": "rent", "housing_rent_month": "250"}, ["配租"]),
        ("housing.rent_relief", {"house_tenure": "public_rental", "housing_rent_month": "NaN"}, ["月租金"]),
        ("housing.rent_relief", {"house_tenure": "public_rental", "housing_rent_month": True}, ["月租金"]),
        ("housing.found", {"house_tenure": "rent"}, ["住房困难"]),
        ("housing.safety", {}, ["住房状况"]),
    ],
)
def test_a_referral_lacking_something_is_returned_naming_all_of_it(programme, facts, words):
    answer = delivered(programme, facts)
    assert answer.state == "returned"
    assert answer.reason.count("；") == len(words) - 1
    assert all(word in answer.reason for word in words)
    assert answer == delivered(programme, facts)


@pytest.mark.parametrize(
    ("programme", "facts"), [("housing.renovation", DANGEROUS), ("housing.rent_relief", RENTS), (None, {})]
)
def test_what_is_complete_is_queued(programme, facts):
    assert delivered(programme, facts).state == "queued"


def test_every_duty_the_rules_name_is_declared():
    read = [tomllib.loads(f.read_text(encoding="utf-8")) for f in files("fieldsvc_housing").joinpath("rules").iterdir()]
    named = {p["duty"] for r in read for p in r.get("programme", []) + r.get("indicator", [])}
    assert named == set(fieldsvc_department().duties)
