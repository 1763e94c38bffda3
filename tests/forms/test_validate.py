"""What an answer set is told: the question, a stable code, the form's own Chinese sentence."""

from datetime import date
from typing import Any

import pytest

from fieldsvc.forms.compile import compile_form
from fieldsvc.forms.model import CompiledForm, Validation

Answers = dict[str, Any]


def codes(verdict: Validation) -> dict[str, str]:
    return {each.path: each.code for each in verdict.problems}


def test_a_correct_visit_has_no_problem(visit_form: CompiledForm, visit: Answers, today: date) -> None:
    verdict = visit_form.validate(visit, today=today)
    assert verdict.ok and verdict.values == visit


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"area": None, "dwelling": None}, {"area": "required"}),
        ({"health": ""}, {"health": "required"}),
        ({"consent": "no"}, {"consent": "not_a_choice"}),
        ({"visit_date": "2025-03-03", "birth_date": None, "age": None}, {"visit_date": "constraint"}),
        ({"visit_date": "2025-02-30"}, {"visit_date": "wrong_type"}),
        ({"visit_date": "20250302"}, {"visit_date": "wrong_type"}),
        ({"phone": "1380000000"}, {"phone": "constraint"}),
        ({"phone": "13800000000\n"}, {"phone": "constraint"}),
        ({"phone": 13800000000}, {"phone": "wrong_type"}),
        ({"age": 64}, {"age": "calculation_differs"}),
        ({"age": "65"}, {}),
        ({"income_each": 800.0000000001}, {}),
        ({"income_each": 800.01}, {"income_each": "calculation_differs"}),
        ({"income_each": None, "member_count": None}, {}),
        ({"illnesses": ["none", "cancer"]}, {"illnesses": "constraint"}),
        ({"illnesses": []}, {"illnesses": "required"}),
        ({"illnesses": "cancer"}, {"illnesses": "wrong_type"}),
        ({"illnesses": ["cancer", "cancer"]}, {"illnesses": "not_a_choice"}),
        ({"dwelling": "flat"}, {"dwelling": "choice_not_offered"}),
        ({"dwelling": "castle"}, {"dwelling": "not_a_choice"}),
        ({"rooms": 3.0}, {"rooms": "wrong_type"}),
        ({"rooms": True}, {"rooms": "wrong_type"}),
        ({"rooms": 10**5000}, {"rooms": "out_of_range"}),
        ({"self_paid": float("nan")}, {"self_paid": "wrong_type"}),
        ({"self_paid": float("inf")}, {"self_paid": "out_of_range"}),
        ({"self_paid": "12000.50"}, {}),
        ({"self_paid": "1e4"}, {"self_paid": "wrong_type"}),
        ({"self_borne": 5000}, {"self_borne": "constraint"}),
        ({"worry": 11}, {"worry": "out_of_range"}),
        ({"worry": 2.5}, {"worry": "out_of_range"}),
        ({"place": "91 120"}, {"place": "out_of_range"}),
        ({"place": "36,120"}, {"place": "wrong_type"}),
        ({"photo": "../etc/passwd"}, {"photo": "wrong_type"}),
        ({"next_time": "25:00"}, {"next_time": "wrong_type"}),
        ({"started": "2025-03-03T00:00:00+08:00"}, {"started": "constraint"}),
        ({"started": "2025-03-02T16:00:01Z"}, {"started": "constraint"}),
        ({"started": "2025-03-02T23:59:59"}, {}),
        ({"remark": "长" * 4001}, {"remark": "too_long"}),
        ({"remark": "a\0b"}, {"remark": "bad_text"}),
        ({"remark": "a\ud800b"}, {"remark": "bad_text"}),
        ({"remark": "第一行\n第二行\t😀"}, {}),
        ({"intro": "x"}, {"intro": "wrong_type"}),
        ({"nonsense": 1}, {"nonsense": "unknown_question"}),
        ({"person": {"phone": "1"}}, {"person": "unknown_question"}),
        ({"members": {}}, {"members": "wrong_type"}),
        ({"members": [5]}, {"members": "wrong_type"}),
        ({"members": [{"member_name": "甲"}] * 201}, {"members": "too_many_rows"}),
        ({"members": [{}], "member_count": 1, "members_income": None}, {"members/0/member_name": "required"}),
        ({"needs_help": "yes", "help_kinds": None}, {"help_kinds": "required"}),
        ({"met": "no", "help_kinds": None, "not_met_reason": "外出"}, {}),
    ],
)
def test_one_change(visit_form: CompiledForm, visit: Answers, today: date, change: Answers, problems: Answers) -> None:
    assert codes(visit_form.validate({**visit, **change}, today=today)) == problems


def test_messages_are_the_forms_own_or_a_chinese_default(visit_form: CompiledForm, visit: Answers, today: date) -> None:
    visit |= {"household_size": 21, "met": None, "area": None, "rooms": 0, "dwelling": None}
    found = {each.question: each for each in visit_form.validate(visit, today=today).problems}
    assert found["household_size"].message == "家庭人口应在1到20之间"
    assert found["met"].message == "请选择是否见到本人"
    assert found["area"].message == "“城乡”必须填写"
    assert found["rooms"].message == "“房间数”的答案不符合要求"
    assert found["rooms"].label == "房间数"


def test_answers_of_irrelevant_questions_are_dropped(visit_form: CompiledForm, visit: Answers, today: date) -> None:
    visit |= {"met": "no", "not_met_reason": "外出务工", "phone": 5, "self_borne": -1, "help_kinds": None}
    verdict = visit_form.validate(visit, today=today)
    assert verdict.ok
    assert not {"phone", "id_number", "age", "self_borne", "illnesses"} & set(verdict.values)


def test_irrelevant_answers_feed_nothing(visit_form: CompiledForm, visit: Answers, today: date) -> None:
    """A repeat switched off counts no rows, and a row's dropped income is in no sum."""
    verdict = visit_form.validate({**visit, "household_size": 1, "income_each": 2400}, today=today)
    assert codes(verdict) == {"member_count": "calculation_differs"}
    assert "members" not in verdict.values and verdict.values["member_count"] == 0
    visit["members"][1]["member_income"] = 500
    assert visit_form.validate(visit, today=today).values["members_income"] == 1000


def test_what_reads_an_unreadable_answer_is_not_judged(visit_form: CompiledForm, visit: Answers, today: date) -> None:
    verdict = visit_form.validate({**visit, "self_paid": "x", "household_size": "three"}, today=today)
    assert codes(verdict) == {"self_paid": "wrong_type", "household_size": "wrong_type"}


def test_problems_stand_in_form_order_and_are_bounded(visit_form: CompiledForm, visit: Answers, today: date) -> None:
    order = list(visit_form.questions)
    verdict = visit_form.validate({"consent": 1, "rooms": "x", "met": 2}, today=today)
    places = [order.index(each.question) for each in verdict.problems]
    assert places == sorted(places)
    many = visit_form.validate({**visit, "members": [{"member_age": "x"}] * 200}, today=today)
    assert len(many.problems) == 101 and many.problems[-1].code == "too_many_problems"
    flood = visit_form.validate({str(n): n for n in range(200_000)}, today=today)
    assert "too_many_answers" in codes(flood).values()


@pytest.mark.parametrize("answers", [None, 5, "x", [], [[]], True, float("nan")])
def test_an_answer_set_is_an_object(visit_form: CompiledForm, today: date, answers: Any) -> None:
    assert codes(visit_form.validate(answers, today=today)) == {"": "not_an_object"}


def small_form(*rows: str) -> CompiledForm:
    head = "| survey |\n| | type | name | label | calculation | repeat_count |\n"
    settings = "\n| settings | | | |\n| | form_title | form_id | version |\n| | 试 | trial | 1 |\n"
    return compile_form(head + "\n".join(f"| | {row} |" for row in rows) + settings, origin="small")


def test_what_the_server_cannot_repeat_is_taken_from_the_client(today: date) -> None:
    form = small_form("calculate | at | | once(now())", "calculate | day | | today()")
    answers = {"at": "2025-03-02T09:10:11+08:00", "day": "2025-03-02"}
    assert form.validate(answers, today=today).values == answers
    assert codes(form.validate({**answers, "day": "2025-03-01"}, today=today)) == {"day": "calculation_differs"}


def test_a_counted_repeat_has_its_count_of_rows(today: date) -> None:
    form = small_form("integer | n | N", "begin repeat | r | R | | ${n}", "integer | a | A", "end repeat | | ")
    assert form.validate({"n": 2, "r": [{"a": 1}, {"a": 2}]}, today=today).ok
    assert codes(form.validate({"n": 2, "r": [{"a": 1}]}, today=today)) == {"r": "row_count"}
    assert codes(form.validate({"n": 10**15}, today=today)) == {"r": "row_count"}


def test_large_calculated_numbers_agree_however_written(today: date) -> None:
    form = small_form("integer | n | N", "calculate | big | | ${n} * 1000")
    for sent in (3_000_000_000, 3e9, "3000000000", "3.0E9"):
        assert form.validate({"n": 3_000_000, "big": sent}, today=today).ok
    assert codes(form.validate({"n": 3_000_000, "big": "3.1E9"}, today=today)) == {"big": "calculation_differs"}


def test_nested_repeats_and_paths(today: date) -> None:
    form = small_form(
        "integer | top | T", "begin repeat | outer | O", "integer | a | A", "begin repeat | inner | I", "integer | b | B",
        "calculate | c | | ${b} + ${a} + ../../../top", "end repeat", "calculate | s | | sum(${b})", "end repeat",
        "calculate | all | | sum(/data/outer/inner/b)",
    )  # fmt: skip
    rows = [{"a": 10, "inner": [{"b": 1}, {"b": 2}]}, {"a": 20, "inner": [{"b": 3, "c": 0}]}]
    verdict = form.validate({"top": 100, "outer": rows}, today=today)
    assert codes(verdict) == {"outer/1/inner/0/c": "calculation_differs"}
    assert verdict.values["outer"] == [
        {"a": 10, "inner": [{"b": 1, "c": 111}, {"b": 2, "c": 112}], "s": 3},
        {"a": 20, "inner": [{"b": 3, "c": 123}], "s": 3},
    ]
    assert verdict.values["all"] == 6
