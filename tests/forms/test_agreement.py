"""Compiled, oracle and marshmallow agree on generated answer sets, each on what it can express."""

from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldsvc.forms.model import CompiledForm
from tests.forms.oracle import Compiled, day_count
from tests.forms.oracle_elementpath import Elementpath
from tests.forms.oracle_marshmallow import Marshmallow

QUICK = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
MANY = settings(QUICK, max_examples=400)


def answer_set(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=values)


YES_NO = st.sampled_from(["yes", "no"])
DAYS = st.sampled_from(["2023-12-31", "2024-01-01", "2025-03-02", "2025-03-03", "1960-01-01", "2024-02-29"])
MONEY = st.sampled_from([-1, 0, 0.5, 800, 2400, 12000.5, 10_000_000, 10_000_001])
MEMBER = answer_set(
    member_name=st.just("张三"), member_age=st.sampled_from([-1, 0, 5, 6, 16, 30, 31, 131]), member_student=YES_NO,
    member_income=MONEY,
)  # fmt: skip
VISITS = answer_set(
    visit_date=DAYS, met=YES_NO, not_met_reason=st.sampled_from(["不", "不在家"]),
    id_number=st.sampled_from(["37028119600101001X", "1"]), phone=st.sampled_from(["13800000000", "138"]),
    birth_date=DAYS, age=st.integers(0, 70), health=st.sampled_from(["well", "ill"]),
    illnesses=st.lists(st.sampled_from(["none", "cancer", "kidney"]), unique=True), self_paid=MONEY, self_borne=MONEY,
    household_size=st.integers(0, 4), income_month=MONEY, income_each=st.sampled_from([0, 400, 800, 1200, 2400]),
    area=st.sampled_from(["urban", "rural"]), dwelling=st.sampled_from(["flat", "public", "farmhouse"]),
    rooms=st.integers(0, 31), members=st.lists(MEMBER, max_size=3), member_count=st.integers(0, 3),
    members_income=MONEY, needs_help=YES_NO, help_kinds=st.lists(st.sampled_from(["money", "job"]), unique=True),
    started=st.sampled_from(["2025-03-02T23:59:58+08:00", "2025-03-03T00:00:01+08:00"]), consent=st.just("OK"),
)  # fmt: skip


def test_oracle_judges_a_visit_alike(visit_form: CompiledForm, today: date) -> None:
    compiled, oracle = Compiled(visit_form), Elementpath(visit_form)
    seen: set[str] = set()

    @QUICK
    @given(VISITS)
    def agree(answers: dict[str, Any]) -> None:
        ours, theirs = compiled.judge(answers, today), oracle.judge(answers, today)
        assert ours.problems == theirs.problems
        assert {place: day_count(text) for place, text in ours.calculated.items()} == theirs.calculated
        seen.update(code for _, code in ours.problems)

    agree()
    assert seen == {"required", "constraint", "calculation_differs", "choice_not_offered"}


def test_marshmallow_finds_the_same_places(plain_form: CompiledForm, today: date) -> None:
    compiled, other = Compiled(plain_form), Marshmallow(plain_form)
    anything = st.sampled_from([None, "x", 1.5, [], [1], {"a": 1}, "2025-13-01"])
    number = st.sampled_from([-1, 0, 1, 130, 131, 999_999, 1_000_000]) | anything.filter(lambda v: v != [])
    who = st.sampled_from(["张三", "a" * 4000, "a" * 4001, None, 5, {}])
    sets = answer_set(
        who=who, remark=who | st.just(""), age=number.filter(lambda v: v is not None),
        income=number, seen_on=DAYS | st.sampled_from([5, "2025-02-30", "x", {}]),
        alone=YES_NO | st.sampled_from(["maybe", 1, {}]),
        needs=st.lists(st.sampled_from(["money", "care"]), unique=True) | st.sampled_from(["money", ["no"], 5, None]),
        members=st.lists(answer_set(member=who, years=number, other=st.just(1)), max_size=2) | st.sampled_from([5, None]),
        unknown=st.just(1),
    )  # fmt: skip
    seen: set[str] = set()

    @MANY
    @given(sets)
    def agree(answers: dict[str, Any]) -> None:
        ours = {place for place, _ in compiled.judge(answers, today).problems}
        theirs = {place for place, _ in other.judge(answers, today).problems}
        assert ours == {"/".join(each.split("/")[:3]) for each in theirs if not _inside_list(each)} | {
            each.split("/")[0] for each in theirs if _inside_list(each)
        }
        seen.update(ours)

    agree()
    assert {"who", "age", "income", "seen_on", "alone", "needs", "members/0/member", "members/1/years"} <= seen


def _inside_list(place: str) -> bool:
    """marshmallow names the item of a multiple choice, we name the question."""
    return place.startswith("needs/") or place.endswith("/_schema")
