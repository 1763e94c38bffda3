"""What the medical rules answer, case by case, with their reasons."""

from datetime import date
from pathlib import Path

import pytest

from fieldsvc.eligibility.cases import Case, differences, read_cases

CASES = [case for file in sorted(Path(__file__).parent.joinpath("cases").glob("*.toml")) for case in read_cases(file)]
ASKED = [(case, each) for case in CASES for each in case.expect]
AID = {"programme": "medical.aid", "jurisdiction": "huining", "on": date(2023, 6, 1)}
SETTLED = {
    "recognised_tier": "dibao", "insured": True, "inpatient_year": True, "insurance_settled": True,
    "cost_within_policy": True, "hospital_designated": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "expected"), ASKED, ids=[f"{c.name}-{e['jurisdiction']}-{e['programme']}" for c, e in ASKED]
)
def test_case(books, case, expected):
    assert differences(books[case.samples], case, expected) == []


def test_every_body_is_asked_about(books):
    """Each programme in each place has a case that says yes."""
    bodies = {(r.id, place) for r in books[False].rules() if r.package == "fieldsvc_medical" for place in r.bodies}
    said_yes = {(e["programme"], e["jurisdiction"]) for _, e in ASKED if e["verdict"] == "eligible"}
    assert bodies <= said_yes
    assert len(bodies) == 9


def aid(books, self_paid, **expected):
    case = Case("", True, {"area": "urban"}, {"person": SETTLED | {"self_paid_year": self_paid}}, ())
    return differences(books[True], case, AID | expected)


@pytest.mark.requirement("MED-04")
def test_ten_thousand_left_gives_at_least_seven_thousand_cut_at_the_years_limit(books):
    assert aid(books, "10000", verdict="eligible", amount="7000") == []
    assert aid(books, "0.01", amount="0.01") == []
    assert aid(books, "100000", verdict="eligible", amount="30000") == []


@pytest.mark.requirement("MED-03")
def test_the_amount_is_worked_out_on_what_insurance_left(books):
    asked = {"programme": "medical.aid", "jurisdiction": "jiaozhou", "on": date(2025, 6, 1), "amount": "6400"}
    case = Case(
        "", True, {"area": "urban"}, {"person": SETTLED | {"self_paid_year": "8000", "own_borne_year": "90000"}}, ()
    )
    assert differences(books[True], case, asked) == []
    before = Case(
        "", True, {"area": "urban"}, {"person": SETTLED | {"self_paid_year": "8000", "insurance_settled": False}}, ()
    )
    assert differences(books[True], before, asked | {"amount": "None", "verdict": "not_eligible"}) == []


@pytest.mark.requirement("MON-02")
@pytest.mark.parametrize(("self_paid", "alert"), [("20000.01", "joint_study"), ("19999.99", "")])
def test_a_bill_above_the_set_amount_alerts_and_one_below_does_not(books, self_paid, alert):
    asked = {"programme": "medical.expense_surge", "jurisdiction": "jiaozhou", "on": date(2025, 6, 1), "alert": alert}
    case = Case("", True, {"area": "rural"}, {"person": {"self_paid_year": self_paid}}, ())
    assert differences(books[True], case, asked) == []


def test_a_wrong_expectation_is_seen(books):
    assert aid(books, "10000", amount="6999")
    assert aid(books, "10000", verdict="not_eligible")
    assert aid(books, "10000", conditions={"left": False})
    assert aid(books, "10000", alert="joint_study")
    assert aid(books, "10000", missing=["insured"])
