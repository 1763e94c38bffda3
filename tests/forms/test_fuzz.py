"""No JSON value makes validating or upcasting raise, and what is let through can be stored."""

import json
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldsvc.forms.model import CompiledForm
from fieldsvc.forms.upcast import upcast
from tests.forms.oracle import JUDGED
from tests.forms.samples import full_visit

CALM = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


SURROGATES = st.text(st.characters(codec=None) | st.sampled_from("\ud800\udfff\0\u202e٣"), max_size=40)
VALUES = (
    [10**4999, -(10**5000), float("nan"), float("inf"), -float("inf"), 1e308, 5e-324, -0.0, 2**53, True, "\ud800", "\0",
     "9" * 5000, "٣", "2025-01-01T00:00:00+99:99", "2025-W01-1", "0000-00-00", "10000-01-01", "-0", "1" * 400, deep(5000),
     {"a": deep(900)}, [None] * 20_000, "", [], {}, "24:00", "NaN", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]
)  # fmt: skip
NASTY = st.integers(0, len(VALUES) - 1).map(
    lambda index: VALUES[index]
)  # by index: hypothesis cannot print a 5000-digit integer
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | SURROGATES | NASTY,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(SURROGATES, inner, max_size=5),
    max_leaves=12,
)


def names(form: CompiledForm) -> st.SearchStrategy[str]:
    return st.sampled_from(list(form.questions)) | SURROGATES


def test_validating_never_raises(visit_form: CompiledForm, today: date) -> None:
    rows = st.lists(st.dictionaries(names(visit_form), JSON, max_size=5) | JSON, max_size=4)

    @CALM
    @given(st.dictionaries(names(visit_form), JSON, max_size=12), st.booleans(), JSON | rows, JSON)
    def holds(answers: dict[str, Any], whole: bool, members: Any, other: Any) -> None:
        answers = {**(full_visit() if whole else {}), **answers, "members": members}
        for each in (answers, other):
            verdict = visit_form.validate(each, today=today)
            stored = json.dumps(verdict.values, allow_nan=False, ensure_ascii=False).encode()
            assert b"\\u0000" not in stored
            json.dumps(
                [each.message + each.path + each.label for each in verdict.problems], ensure_ascii=False
            ).encode()

    holds()


def test_upcasting_never_raises(visit_form: CompiledForm, plain_form: CompiledForm) -> None:
    @CALM
    @given(st.dictionaries(names(visit_form), JSON, max_size=12) | JSON)
    def holds(answers: Any) -> None:
        upcast(answers, visit_form, visit_form)
        upcast(answers, visit_form, plain_form)

    holds()


def test_a_validated_answer_set_validates_to_itself(visit_form: CompiledForm, today: date) -> None:
    @CALM
    @given(st.dictionaries(names(visit_form), JSON, max_size=8))
    def holds(answers: dict[str, Any]) -> None:
        verdict = visit_form.validate({**full_visit(), **answers}, today=today)
        if {each.code for each in verdict.problems} <= {*JUDGED, "unknown_question"}:
            assert visit_form.validate(verdict.values, today=today).values == verdict.values

    holds()
