"""A determination names for every condition what was read, from where, and under which text; and it replays."""

import json
from datetime import date
from decimal import Decimal

import pytest

from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.explain import explain
from fieldsvc.eligibility.replay import OtherRules, replay, snapshot
from fieldsvc.eligibility.rulebook import RuleBook

from .world import FACTS, ON, TIER, condition, parameter, programme, world

DERIVED = """
[[derived]]
name = "total"
label = "家庭收入"
subject = "household"
type = "money"
members = { op = "sum", of = "income" }
"""
RULES = (
    programme("p.poor", "total < :standard", "kind = 'a' OR :local_test", more='duty = "medical"\ntier = "first"')
    + '[programme.in.north.amount]\nvalue = "cost * :rate"\ncap = ":standard"\ncite = { clause = "二", quote = "给予资助" }\n'
    + programme("p.follows", "tier = 'first'")
    + programme("p.south", "ill", place="south")
    + '[[indicator]]\nid = "i.off"\ntitle = "未启用指标"\nneeds_parameter = "threshold"\n'
    + condition("north", "c", "cost > :threshold", "indicator")
)
PARAMETERS = (
    parameter("rate", '"70/100"', "ratio")
    + parameter("civil_classification_order", '["first", "second"]', "list")
    + '[[open]]\nname = "threshold"\ntitle = "数额"\nunit = "yuan"\ndocument = "north-1"\nclause = "三"\nquote = "一定数额"\n'
    + '[[open]]\nname = "standard"\ntitle = "标准"\nunit = "yuan"\n[[open]]\nname = "local_test"\ntitle = "按现有规定"\nunit = "test"\n'
)
LOCAL = """
jurisdiction = "north"
sample = true
[[parameter]]
name = "standard"
title = "北县标准"
value = { urban = "1000.50", rural = "800" }
by = "area"
unit = "yuan_per_month"
from = 2025-01-01
reference = "北县标准通知"
[[parameter]]
name = "local_test"
title = "按现有规定"
test = "ill AND cost > 0"
unit = "test"
from = 2025-01-01
reference = "北县认定办法"
"""


def make(root, supplement=LOCAL):
    return world(root, facts=FACTS + TIER + DERIVED, rules=RULES, parameters=PARAMETERS, supplement=supplement)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return make(tmp_path_factory.mktemp("north"))


def fact(value, visit="visit-7", as_of=date(2025, 5, 20)):
    return FactValue(value, as_of, "visit", visit)


HOME = {"area": fact("urban")}
MEMBERS = {
    "anna": {"income": fact("300.25"), "cost": fact("2000"), "kind": fact("b"), "ill": fact(True, "visit-8")},
    "bert": {"income": fact(Decimal("400")), "cost": fact("10")},
}


def told(book, place="north", on=ON, home=HOME, members=MEMBERS):
    return explain(book, place, on, home, members, "house")


def test_every_condition_names_input_source_parameter_dates_and_text(book):
    ruled = told(book).ruled("p.poor", "anna")
    assert (ruled.verdict, ruled.verdict_label, ruled.office) == ("e", "符合", "北县医保局")
    low, kind = ruled.conditions
    assert (low.label, low.test, low.result) == ("条件c0", "total < :standard", "true")
    assert (low.authority.title, low.authority.number, low.authority.clause, low.authority.quote) == (
        "北县文件", "北〔2024〕1号", "一", "引文",
    )  # fmt: skip
    (total,) = low.inputs
    assert (total.state, total.value, total.label) == ("computed", "700.25", "家庭收入")
    assert [(i.subject_id, i.value, i.as_of, i.source_kind, i.source_id) for i in total.computed_from] == [
        ("anna", "300.25", date(2025, 5, 20), "visit", "visit-7"), ("bert", 400, date(2025, 5, 20), "visit", "visit-7"),
    ]  # fmt: skip
    (standard,) = low.parameters
    assert (standard.state, standard.starts, standard.value) == ("in_force", date(2025, 1, 1), {"urban": "1000.5", "rural": 800})
    assert (standard.authority.label, standard.authority.reference, standard.authority.quote) == ("本地设定（样例）", "北县标准通知", "")
    assert {i.fact: i.source_id for i in kind.inputs} == {"kind": "visit-7", "ill": "visit-8", "cost": "visit-7"}
    assert [(p.name, p.value) for p in kind.parameters] == [("local_test", "ill AND cost > 0")]


def test_the_amount_is_exact_capped_and_cited(book):
    amount = told(book).ruled("p.poor", "anna").amount
    assert (amount.yuan, amount.authority.clause, amount.authority.quote) == ("1000.50", "二", "给予资助")
    assert told(book, members={**MEMBERS, "anna": {**MEMBERS["anna"], "cost": fact("0.05")}}).ruled("p.poor", "anna").amount.yuan == "0.04"


def test_an_unknown_fact_is_not_yet_known_and_named(book):
    ruled = told(book).ruled("p.poor", "bert")
    assert ruled.verdict == "u"
    assert {(m.fact, m.subject_id) for m in ruled.missing_facts} == {("kind", "bert"), ("ill", "bert")}
    assert all(m.ask for m in ruled.missing_facts) and not ruled.missing_supplements


def test_one_member_of_unknown_income_leaves_the_sum_unknown(book):
    ruled = told(book, members={"anna": MEMBERS["anna"], "bert": {}}).ruled("p.poor", "anna")
    assert ruled.conditions[0].result == "unknown"
    assert ("income", "bert") in {(m.fact, m.subject_id) for m in ruled.missing_facts}


def test_a_tier_says_whether_it_was_recognised_or_proposed(book):
    subject = next(s for s in told(book).subjects if s.id == "anna")
    assert (subject.tier, subject.tier_label, subject.tier_source, subject.tier_rule) == ("first", "第一档", "proposed", "p.poor")
    members = {**MEMBERS, "anna": {**MEMBERS["anna"], "recognised_tier": fact("second")}}
    subject = next(s for s in told(book, members=members).subjects if s.id == "anna")
    assert (subject.tier, subject.tier_source) == ("second", "recognised")
    assert told(book).ruled("p.follows", "anna").conditions[0].inputs[0].note == "建议（p.poor）"


def test_an_undecided_tier_leads_to_the_facts_below_it(book):
    missing = {m.fact for m in told(book).ruled("p.follows", "bert").missing_facts}
    assert missing == {"recognised_tier", "kind", "ill"}


def test_a_silent_text_is_said_to_be_silent(book):
    ruled = told(book).ruled("p.south", "anna")
    assert (ruled.verdict, ruled.verdict_label, ruled.conditions) == ("s", "此文件未规定", ())


def test_after_its_own_dates_a_text_is_out_of_period(book):
    ruled = told(book, "south", date(2024, 1, 1)).ruled("p.south", "anna")
    assert (ruled.verdict, ruled.verdict_label) == ("x", "不在施行期")
    assert "2022-01-01" in ruled.note and "2023-12-31" in ruled.note
    assert told(book, "south", date(2023, 12, 31)).ruled("p.south", "anna").verdict == "e"


def test_before_its_standard_a_rule_is_out_of_period(book):
    ruled = told(book, on=date(2024, 12, 31)).ruled("p.poor", "anna")
    assert ruled.verdict == "x"
    assert {(p.name, p.starts) for p in ruled.out_of_period} == {(n, date(2025, 1, 1)) for n in ("standard", "local_test")}


def test_a_place_that_forwards_a_text_names_both_documents(tmp_path):
    book = world(tmp_path, facts=FACTS, rules=programme("p", "ill"))
    assert told(book, "east", date(2024, 5, 31)).ruled("p", "anna").verdict == "x"
    ruled = told(book, "east", date(2024, 6, 1)).ruled("p", "anna")
    assert (ruled.verdict, ruled.conditions[0].authority.number) == ("e", "北〔2024〕1号")
    assert "东〔2024〕9号" in ruled.conditions[0].authority.via


def test_without_the_supplement_the_answer_names_what_is_missing(tmp_path):
    ruled = told(make(tmp_path, supplement="")).ruled("p.poor", "anna")
    assert ruled.verdict == "u"
    assert [p.title for p in ruled.missing_supplements] == ["标准", "按现有规定"]


def test_an_indicator_without_its_threshold_is_off_and_says_so(book):
    ruled = told(book).ruled("i.off", "anna")
    assert (ruled.verdict, ruled.verdict_label, ruled.note) == ("o", "未启用", "需先设定参数：数额")


def test_a_value_past_its_time_or_of_another_type_is_unknown_and_said_so(book):
    members = {"anna": {**MEMBERS["anna"], "income": fact("1", as_of=date(2024, 11, 30)), "kind": fact("gone")}}
    low, kind = told(book, members=members).ruled("p.poor", "anna").conditions
    assert low.inputs[0].computed_from[0].state == "expired"
    assert next(i for i in kind.inputs if i.fact == "kind").state == "unreadable"


def test_a_fact_given_for_the_wrong_subject_is_not_taken(book):
    home, members = {**HOME, "ill": fact(True)}, {"bert": {**MEMBERS["bert"], "kind": fact("b"), "area": fact("rural")}}
    ruled = told(book, home=home, members=members).ruled("p.poor", "bert")
    assert ruled.conditions[1].result == "unknown"
    assert next(i for i in ruled.conditions[1].inputs if i.fact == "ill").state == "unknown"


def test_a_stored_determination_replays_to_the_same_bytes(book):
    rules, facts = book.to_json(), snapshot(book, "north", ON, HOME, MEMBERS, "house").to_json()
    assert replay(rules, facts) == told(book).to_json()
    assert RuleBook.from_json(rules).to_json() == rules


def test_replay_refuses_other_rules(tmp_path, book):
    changed = make(tmp_path, LOCAL.replace("800", "801"))
    assert changed.hash != book.hash
    with pytest.raises(OtherRules):
        replay(changed.to_json(), snapshot(book, "north", ON, HOME, MEMBERS).to_json())


def test_the_hash_does_not_depend_on_where_the_files_lie(tmp_path, book):
    assert make(tmp_path / "elsewhere").hash == book.hash


def test_json_carries_no_float(book):
    def refuse(text):
        raise AssertionError(f"a float: {text}")

    json.loads(told(book).to_json(), parse_float=refuse)
