"""The education visit form (教育救助走访表): what it asks of whom, and what it saves."""

from datetime import date

import pytest

from fieldsvc.forms.load import load_department_forms

AT_SCHOOL = {"education_stage": "compulsory", "education_aid_needed": "yes"}


@pytest.fixture(scope="module")
def form():
    (only,) = load_department_forms("fieldsvc_education")
    return only


def checked(form, answers):
    return form.validate(answers, today=date(2025, 6, 1))


def problems(form, answers):
    return {p.question: p.message for p in checked(form, answers).problems}


def test_short_visit_is_valid(form):
    assert problems(form, AT_SCHOOL) == {}
    assert problems(form, {"education_stage": "none", "school_entry_difficult": "no"}) == {}


def test_a_child_not_at_school_is_asked_why(form):
    assert problems(form, {"education_stage": "none"}) == {
        "school_entry_difficult": "不在校的，请填是否因身心障碍入学困难"
    }


def test_what_does_not_concern_the_stage_is_not_kept(form):
    values = checked(form, AT_SCHOOL | {"school_new_student": "yes", "education_apply_travel": "yes"}).values
    assert not {"school_new_student", "education_apply_travel"} & set(values)


@pytest.mark.requirement("EDU-05")
def test_each_item_one_may_apply_for_has_its_question(form):
    told = {
        "education_stage": "college", "education_aid_needed": "yes", "school_new_student": "yes", "excellent_grades": "yes",
        "has_student_loan": "yes",
    }  # fmt: skip
    applied = {
        f"education_apply_{i}": "yes" for i in ("grant", "travel", "loan", "work_study", "scholarship", "loan_relief")
    }
    result = checked(form, told | applied)
    assert result.problems == ()
    assert applied.items() <= result.values.items()
    assert {name: form.questions[name].save_to for name in applied} == {name: name for name in applied}
