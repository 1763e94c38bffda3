"""The same inpatient under two texts: every condition names input, source visit, document, clause and quote."""

from datetime import date

import pytest

from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.explain import explain

TOLD = {
    "insured": True, "inpatient_year": True, "insurance_settled": True, "hospital_designated": True,
    "cost_within_policy": True, "self_paid_year": "10000", "medical_aid_received": False,
}  # fmt: skip


def determined(book, place, on):
    told = {name: FactValue(value, on, "visit", "visit-7") for name, value in TOLD.items()}
    person = told | {"recognised_tier": FactValue("dibao", on, "officer", "decision-1")}
    home = {"area": FactValue("urban", on, "registry", "row-3")}
    return explain(book, place, on, home, {"p1": person}, "h1").ruled("medical.aid")


@pytest.mark.parametrize(
    ("place", "on", "document", "clause", "yuan", "minimum"),
    [
        ("jiaozhou", date(2025, 6, 1), "jiaozhou-2024-61", "四(二)1", "8000.00", False),
        ("huining", date(2023, 6, 1), "huining-2022", "二(三)一是4", "7000.00", True),
    ],
)
def test_each_condition_names_input_source_and_text(books, place, on, document, clause, yuan, minimum):
    ruled = determined(books[True], place, on)
    assert (ruled.verdict, ruled.amount.yuan, ruled.amount.minimum) == ("e", yuan, minimum)
    assert {(c.authority.document, c.authority.clause) for c in ruled.conditions} == {(document, clause)}
    assert all(c.result == "true" and c.authority.quote and c.inputs for c in ruled.conditions)
    bill = next(c for c in ruled.conditions if c.id == "left")
    assert [(i.fact, i.value, i.source_kind, i.source_id) for i in bill.inputs] == [
        ("self_paid_year", 10000, "visit", "visit-7")
    ]


def test_what_the_deployment_sets_is_shown_as_its_own(books):
    ruled = determined(books[True], "jiaozhou", date(2025, 6, 1))
    labels = {p.name: p.authority.label for p in ruled.amount.parameters}
    assert set(labels) == {"medical_aid_ratio_by_tier", "medical_aid_yearly_limit"}
    assert all("本地设定" in label and "样例" in label for label in labels.values())


def test_huinings_share_is_the_texts_and_its_limit_the_deployments(books):
    ruled = determined(books[True], "huining", date(2023, 6, 1))
    shown = {p.name: p.authority for p in ruled.amount.parameters}
    assert "不低于70%" in shown["medical_aid_ratio"].quote
    assert "本地设定" in shown["medical_aid_yearly_limit"].label


@pytest.mark.parametrize("place", ["zibo", "zhangdian", "puning", "changle"])
def test_where_the_text_is_silent_it_says_so(books, place):
    ruled = determined(books[True], place, date(2025, 6, 1))
    assert (ruled.verdict, ruled.verdict_label, ruled.conditions) == ("s", "此文件未规定", ())


def test_after_2023_huining_is_out_of_period(books):
    ruled = determined(books[True], "huining", date(2024, 1, 1))
    assert (ruled.verdict, ruled.verdict_label) == ("x", "不在施行期")
    assert "2023-12-31" in ruled.note
