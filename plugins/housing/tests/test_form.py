"""The housing visit form (住房救助走访表): the house's state at every visit, the form of aid the family chooses."""

from datetime import date

import pytest

from fieldsvc.forms.load import load_department_forms

CALM = {"house_tenure": "own", "house_state": "safe", "house_worse": "no", "housing_difficulty": "no"}
NEEDY = CALM | {"house_state": "dangerous", "house_worse": "yes", "housing_difficulty": "yes"}


@pytest.fixture(scope="module")
def form():
    (only,) = load_department_forms("fieldsvc_housing")
    return only


def checked(form, answers):
    return form.validate(answers, today=date(2025, 6, 1))


def problems(form, answers):
    return {p.question: p.message for p in checked(form, answers).problems}


@pytest.mark.requirement("HOU-04")
def test_each_visit_asks_the_state_of_the_house(form):
    assert problems(form, CALM) == {}
    left_out = {k: v for k, v in CALM.items() if k not in ("house_state", "house_worse")}
    assert problems(form, left_out) == {"house_state": "每次走访都要填住房状况", "house_worse": "请填住房状况是否变差"}


@pytest.mark.requirement("HOU-01")
def test_a_family_in_difficulty_chooses_its_form_of_aid(form):
    assert problems(form, NEEDY) == {"housing_form_wanted": "住房困难的，请填希望的救助方式"}
    assert form.questions["housing_form_wanted"].save_to == "housing_form_wanted"
    assert (
        checked(form, NEEDY | {"housing_form_wanted": "rental_subsidy"}).values["housing_form_wanted"]
        == "rental_subsidy"
    )


def test_photo_and_grade_are_saved_as_facts(form):
    told = NEEDY | {"housing_form_wanted": "renovation", "house_danger_grade": "D", "house_photo": "house.jpg"}
    result = checked(form, told)
    assert result.problems == ()
    assert {form.questions[q].save_to for q in ("house_photo", "house_danger_grade")} == {
        "house_photo",
        "house_danger_grade",
    }
    assert result.values["house_photo"] == "house.jpg"


@pytest.mark.parametrize("area", [0, -3, 2001])
def test_impossible_areas_are_answered_in_chinese(form, area):
    assert problems(form, CALM | {"house_area_sqm": area}) == {"house_area_sqm": "面积应大于 0、不超过 2000 平方米"}


def test_rent_is_asked_of_public_rental_only(form):
    assert "housing_rent_month" not in checked(form, CALM | {"housing_rent_month": 250}).values
    assert (
        checked(form, CALM | {"house_tenure": "public_rental", "housing_rent_month": 250}).values["housing_rent_month"]
        == 250
    )
