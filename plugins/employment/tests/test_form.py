"""The employment visit form and the union's form: what they ask of whom, and what they save."""

from datetime import date

import pytest

from fieldsvc.forms.load import load_department_forms

JOBLESS = {"employment_status": "jobless", "employment_willing": "yes", "skill_training_wanted": "no"}
AT_WORK = {"employment_status": "employed"}


@pytest.fixture(scope="module")
def forms():
    return {form.id: form for form in load_department_forms("fieldsvc_employment")}


def checked(form, answers):
    return form.validate(answers, today=date(2025, 6, 1))


def problems(form, answers):
    return {p.question: p.message for p in checked(form, answers).problems}


def test_short_visits_are_valid(forms):
    assert problems(forms["employment_visit"], JOBLESS) == problems(forms["employment_visit"], AT_WORK) == {}
    assert problems(forms["worker_visit"], {"quarters_retiree": "yes"}) == {}


def test_who_is_at_work_is_not_asked_for_a_wish(forms):
    values = checked(forms["employment_visit"], AT_WORK | {"employment_willing": "yes"}).values
    assert "employment_willing" not in values
    assert "employment_willing" in problems(forms["employment_visit"], {"employment_status": "laid_off"})


def test_a_wish_to_learn_names_the_skill(forms):
    wants = JOBLESS | {"skill_training_wanted": "yes"}
    assert problems(forms["employment_visit"], wants) == {"training_wish": "想参加培训的，请填想学的技能"}
    assert checked(forms["employment_visit"], wants | {"training_wish": "电工"}).values["training_wish"] == "电工"


@pytest.mark.requirement("EMP-07")
@pytest.mark.parametrize("kind", ["employer", "flexible"])
def test_both_kinds_of_insurance_payers_pass_the_form(forms, kind):
    result = checked(
        forms["employment_visit"], AT_WORK | {"social_insurance_kind": kind, "employment_hard_recognised": "yes"}
    )
    assert result.problems == ()
    assert result.values["social_insurance_kind"] == kind
    assert forms["employment_visit"].questions["social_insurance_kind"].save_to == "social_insurance_kind"


def test_who_paid_the_pension_contribution_is_asked(forms):
    paid = AT_WORK | {"resident_pension_insured": "yes", "pension_contribution_paid": "yes"}
    assert problems(forms["employment_visit"], paid) == {"pension_payer": "已缴费的，请填由谁缴纳"}
    assert problems(forms["employment_visit"], paid | {"pension_payer": "county"}) == {}


@pytest.mark.requirement("EMP-10")
def test_the_unions_form_takes_a_migrant_worker(forms):
    told = {
        "quarters_retiree": "no", "migrant_worker": "yes", "resides_in_county_seat": "yes", "worker_life_difficult": "yes",
        "labour_relation_since": "2021-03-01", "listed_major_disease": "yes",
    }  # fmt: skip
    assert problems(forms["worker_visit"], told) == {}
    assert problems(forms["worker_visit"], told | {"labour_relation_since": "2025-06-02"}) == {
        "labour_relation_since": "日期不能晚于今天"
    }
