"""The civil office's visit forms."""

import tomllib
from datetime import date, datetime
from importlib.resources import files

import pytest

from fieldsvc.eligibility.vocabulary import Fact
from fieldsvc.facts.derive import Seen, derive
from fieldsvc.forms.load import load_department_forms

TODAY = date(2025, 6, 1)
CHILD = {"met_child": "yes", "child_guardian": "grandparent", "child_neglected": "no"}


@pytest.fixture(scope="module")
def forms():
    return {form.id: form for form in load_department_forms("fieldsvc.civil")}


@pytest.fixture(scope="module")
def facts():
    root = files("fieldsvc.civil")
    read = [root / "facts.toml", *(file for file in (root / "facts").iterdir() if file.name.endswith(".toml"))]
    given = [fact for file in read for fact in tomllib.loads(file.read_text(encoding="utf-8")).get("fact", ())]
    return {fact["name"]: fact for fact in given}


def problems(form, answers):
    return {p.question: p.message for p in form.validate(answers, today=TODAY).problems}


def test_only_the_child_form_is_of_class_child(forms):
    assert {form.id: form.klass for form in forms.values()} == {
        "civil_household_visit": "general",
        "civil_aid_visit": "general",
        "civil_supply_visit": "general",
        "civil_child_visit": "child",
        "civil_match_check": "general",
    }


def test_saved_questions_are_facts_of_their_type_that_a_visit_may_give(forms, facts):
    kinds = {"bool": ["yes", "no", "unknown"]}
    for question in (q for form in forms.values() for q in form.facts.values()):
        fact = facts[question.save_to]
        assert "visit" in fact["sources"], question.name
        if question.type in ("select_one", "select_multiple"):
            assert (question.type == "select_multiple") == (fact["type"] == "text"), question.name
            expected = kinds.get(fact["type"]) or list(fact["choices"])
            assert [c.name for c in question.choices] == expected, question.name
        else:
            assert question.type == {"money": "decimal", "integer": "integer", "text": "text", "date": "date"}[fact["type"]]


@pytest.mark.parametrize("form", ["civil_household_visit", "civil_aid_visit", "civil_supply_visit"])
def test_general_form_saves_nothing_of_class_child(forms, facts, form):
    saved = [facts[q.save_to] for q in forms[form].facts.values()]
    assert saved
    assert all(fact.get("class", "general") == "general" for fact in saved)


def test_child_form_saves_only_facts_of_class_child(forms, facts):
    saved = [facts[q.save_to] for q in forms["civil_child_visit"].facts.values()]
    assert saved
    assert all(fact.get("class") == "child" for fact in saved)


def test_grade_is_asked_only_of_certificate_holders_and_lies_between_1_and_4(forms):
    def faults(**member):
        return problems(forms["civil_household_visit"], {"members": [{"person_id": "p1"} | member]})

    held = {"disability_certificate": "yes", "disability_kind": "mental"}
    assert faults(disability_certificate="no") == {}
    assert set(faults(disability_certificate="yes")) == {"disability_kind", "disability_grade"}
    assert faults(**held, disability_grade=3) == {}
    assert faults(**held, disability_grade=5) == {"disability_grade": "残疾等级应为 1 至 4"}


def test_a_member_row_must_name_its_member(forms):
    assert problems(forms["civil_household_visit"], {"members": [{"income_month": 900}]}) == {
        "person_id": "请选择家庭成员"
    }


def test_each_members_answers_become_facts_of_that_member(forms, facts):
    declared = {name: Fact(name, name, fact["subject"], fact["type"]) for name, fact in facts.items()}
    form = forms["civil_household_visit"]
    answers = {
        "area": "rural",
        "members": [{"person_id": "p1", "income_month": 900}, {"person_id": "p2", "insured": "no"}],
    }
    values = form.validate(answers, today=TODAY).values
    learned = derive(Seen("v1", 1, "h1", None, datetime(2025, 6, 1), values, frozenset({"p1", "p2"})), form, declared)
    assert sorted(learned.facts) == [
        ("h1", "household", "area", "rural"),
        ("p1", "person", "income_month", "900"),
        ("p2", "person", "insured", False),
    ]


def test_costs_and_their_dates_are_asked_only_where_there_are_any(forms):
    form = forms["civil_aid_visit"]
    assert problems(form, {"has_deductible_cost": "yes", "cost_illness_year": 4000, "cost_illness_on": "2025-05-01"}) == {}
    late = {"has_deductible_cost": "yes", "cost_illness_year": 4000, "cost_illness_on": "2025-06-02"}
    assert problems(form, late) == {"cost_illness_on": "不能晚于今天"}
    answers = {"has_deductible_cost": "no", "cost_illness_year": 4000}
    assert "cost_illness_year" not in form.validate(answers, today=TODAY).values


def test_neglect_must_be_described(forms):
    form = forms["civil_child_visit"]
    assert problems(form, CHILD) == {}
    assert problems(form, CHILD | {"child_neglected": "yes"}) == {"neglect_detail": "发现迹象的，请写明具体情况"}


def test_child_not_met_needs_a_reason(forms):
    form = forms["civil_child_visit"]
    assert problems(form, CHILD | {"met_child": "no"}) == {"not_met_reason": "未见到儿童本人的，请写明原因"}
