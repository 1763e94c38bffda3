"""What the medical rules answer, case by case, with their reasons."""

from datetime import date
from pathlib import Path

import pytest

from fieldsvc.eligibility.cases import Case, differences, read_cases
from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.explain import explain

CASES = [case for file in sorted(Path(__file__).parent.joinpath("cases").glob("*.toml")) for case in read_cases(file)]
ASKED = [(case, each) for case in CASES for each in case.expect]
AID = {"programme": "medical.aid", "jurisdiction": "huining", "on": date(2023, 6, 1)}
SETTLED = {
    "recognised_tier": "dibao", "insured": True, "inpatient_year": True, "insurance_settled": True,
    "cost_within_policy": True, "hospital_designated": True,
}  # fmt: skip

AT_HOME = {
    "birth_date": "1980-03-01", "income_month": "5000", "no_capable_supporter": False, "no_labour_capacity": False,
    "disability_certificate": False, "listed_major_disease": False, "full_time_student": False,
}  # fmt: skip
OWN_HOME = {
    name: FactValue(value)
    for name, value in {
        "financial_assets": "0", "owns_vehicle": False, "owns_second_home": False, "rigid_expense_year": "0",
        "household_income_last_year": "60000", "basic_life_hard": False,
    }.items()
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
    assert len(bodies) == 15


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


def ruled(books, place, on, programme, person, household=None):
    given = {name: FactValue(value) for name, value in person.items()}
    made = explain(books[True], place, on, {"area": FactValue("urban"), **(household or {})}, {"p": given})
    return made.ruled(programme, "p")


@pytest.mark.requirement("MED-01")
def test_a_tier_changed_in_the_core_is_on_the_departments_list_at_once(books):
    on = date(2023, 6, 1)
    for tier, letter in (("none", "n"), ("dibao", "e"), ("tekun", "e"), ("dibao_margin", "n")):
        person = AT_HOME | {"recognised_tier": tier}
        assert ruled(books, "changle", on, "medical.recognition", person, OWN_HOME).verdict == letter


@pytest.mark.requirement("MED-06")
def test_with_an_event_declared_treatment_comes_first_and_the_sum_names_the_limit_waived(books):
    person = {"emergency_treatment": True, "epidemic_patient": True, "epidemic_limit": "payment_limit", "epidemic_limited_cost": "1800"}
    declared, over = date(2022, 12, 1), date(2023, 6, 1)
    assert ruled(books, "changle", declared, "medical.treat_first", person).alert
    waived = ruled(books, "changle", declared, "medical.epidemic_waiver", person)
    assert waived.alert
    assert waived.amount.yuan == "1800.00"
    assert [i.shown for c in waived.conditions if c.id == "limit" for i in c.inputs] == ["支付限额"]
    assert not ruled(books, "changle", over, "medical.treat_first", person).alert


@pytest.mark.requirement("MED-08")
def test_urban_and_rural_households_go_through_the_same_rule(books):
    bill = SETTLED | {"self_paid_year": "8000"}
    given = [
        ruled(books, "jiaozhou", date(2025, 6, 1), "medical.aid", bill, {"area": FactValue(area)})
        for area in ("urban", "rural")
    ]
    assert [(r.verdict, r.amount.yuan) for r in given] == [("e", "6400.00")] * 2


@pytest.mark.requirement("MED-09")
@pytest.mark.parametrize(
    ("born", "wanted", "letter"),
    [
        ("1990-06-01", True, "e"), ("1990-06-02", True, "n"), ("1958-06-02", True, "e"), ("1958-06-01", True, "n"),
        ("1980-06-01", False, "n"), ("1980-06-01", None, "u"),
    ],
)  # fmt: skip
def test_women_of_33_to_64_are_offered_the_check_of_their_own_will(books, born, wanted, letter):
    woman = {"sex": "female", "birth_date": born, "recognised_tier": "dibao", "women_screening_wanted": wanted}
    found = ruled(books, "huining", date(2023, 6, 1), "medical.women_screening", woman)
    assert found.verdict == letter
    assert [f.fact for f in found.missing_facts] == ([] if wanted is not None else ["women_screening_wanted"])


def test_a_wrong_expectation_is_seen(books):
    assert aid(books, "10000", amount="6999")
    assert aid(books, "10000", verdict="not_eligible")
    assert aid(books, "10000", conditions={"left": False})
    assert aid(books, "10000", alert="joint_study")
    assert aid(books, "10000", missing=["insured"])
