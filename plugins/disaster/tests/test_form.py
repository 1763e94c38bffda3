"""The disaster visit form (灾情走访表): damage, needs and what was received, filled in without a network."""

from datetime import date

import pytest

from fieldsvc.forms.load import load_department_forms

CALM = {"disaster_hit": "no"}
HIT = {
    "disaster_hit": "yes", "disaster_on": "2025-05-25", "disaster_kind": "flood", "house_damage": "collapsed",
    "disaster_life_hard": "yes", "disaster_verified": "no",
}  # fmt: skip


@pytest.fixture(scope="module")
def form():
    (only,) = load_department_forms("fieldsvc_disaster")
    return only


def checked(form, answers):
    return form.validate(answers, today=date(2025, 6, 1))


def problems(form, answers):
    return {p.question: p.message for p in checked(form, answers).problems}


def test_a_household_not_hit_answers_one_question(form):
    assert problems(form, CALM) == {}
    assert "house_damage" not in checked(form, CALM | {"house_damage": "collapsed"}).values


def test_a_household_hit_tells_day_kind_damage_and_need(form):
    assert problems(form, HIT) == {}
    left_out = ("disaster_on", "disaster_kind", "house_damage", "disaster_life_hard", "disaster_verified")
    assert set(problems(form, {"disaster_hit": "yes"})) == set(left_out)


def test_a_day_to_come_is_refused_in_chinese(form):
    assert problems(form, HIT | {"disaster_on": "2025-06-02"}) == {"disaster_on": "受灾日期不能晚于今天"}


def test_drought_asks_about_food_and_water(form):
    assert "drought_life_hard" not in checked(form, HIT | {"drought_life_hard": "yes"}).values
    assert (
        checked(form, HIT | {"disaster_kind": "drought", "drought_life_hard": "yes"}).values["drought_life_hard"]
        == "yes"
    )


def test_a_payout_is_told_apart_from_the_aid(form):
    values = checked(form, HIT | {"disaster_aid_paid": 300, "disaster_insurance_paid": 5000}).values
    assert (values["disaster_aid_paid"], values["disaster_insurance_paid"]) == (300, 5000)
