"""The medical home-visit form: what it asks, refuses and saves."""

import tomllib
from datetime import date
from importlib.resources import files

import pytest

from fieldsvc.forms.load import load_department_forms

TODAY = date(2025, 6, 1)
CALM = {"insured": "yes", "inpatient_year": "no", "emergency_treatment": "no"}
INPATIENT = CALM | {"inpatient_year": "yes", "insurance_settled": "yes"}


@pytest.fixture(scope="module")
def form():
    (only,) = load_department_forms("fieldsvc_medical")
    return only


def facts_of(package):
    read = tomllib.loads(files(package).joinpath("facts.toml").read_text(encoding="utf-8"))
    return {fact["name"]: fact for fact in read["fact"]}


def problems(form, answers):
    return {p.question: p.message for p in form.validate(answers, today=TODAY).problems}


def test_short_visit_is_valid(form):
    assert problems(form, CALM) == {}


def test_every_saved_question_is_a_fact_of_its_type(form):
    known = facts_of("fieldsvc.civil") | facts_of("fieldsvc_medical")
    kinds = {"bool": "select_one", "money": "decimal", "integer": "integer", "text": "text"}
    for name, question in form.facts.items():
        fact = known[question.save_to]
        assert question.type == kinds[fact["type"]], name
        assert fact["subject"] == "person"
        assert "visit" in fact["sources"]


def test_self_paid_and_own_borne_are_two_questions_with_their_own_hints(form):
    self_paid, own_borne = form.questions["self_paid_year"], form.questions["own_borne_year"]
    assert "自付" in self_paid.label and "自负" not in self_paid.label
    assert "自负" in own_borne.label and "自付" not in own_borne.label
    assert self_paid.save_to != own_borne.save_to
    assert "不扣商业保险和医疗救助" in self_paid.hint
    assert "并实施医疗救助后剩下" in own_borne.hint


@pytest.mark.parametrize("value", [-1, 10_000_001])
def test_sum_out_of_range_is_answered_in_chinese(form, value):
    assert problems(form, INPATIENT | {"self_paid_year": value}) == {"self_paid_year": "应为 0 至 1000 万元之间的金额"}


def test_both_sums_are_kept_apart(form):
    answers = INPATIENT | {"self_paid_year": 9000, "own_borne_year": 1200}
    values = form.validate(answers, today=TODAY).values
    assert (values["self_paid_year"], values["own_borne_year"]) == (9000, 1200)


def test_whether_insured_must_be_asked(form):
    assert problems(form, {k: v for k, v in CALM.items() if k != "insured"}) == {"insured": "请填是否参加基本医疗保险"}


def test_emergency_patient_of_known_identity_is_asked_about_payment(form):
    emergency = CALM | {"emergency_treatment": "yes", "identity_unknown": "no"}
    assert problems(form, emergency) == {"unable_to_pay": "请填是否无力支付费用"}
    assert problems(form, emergency | {"unable_to_pay": "yes"}) == {}
    assert problems(form, emergency | {"identity_unknown": "yes"}) == {}


def test_unknown_is_a_choice_of_every_yes_no_question(form):
    asked = [q for q in form.questions.values() if q.type == "select_one"]
    assert asked
    assert all([c.name for c in q.choices] == ["yes", "no", "unknown"] for q in asked)
