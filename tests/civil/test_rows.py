"""Rows of the requirement matrix that the civil office's rules show by themselves."""

from datetime import date, datetime

import pytest

from fieldsvc.eligibility.cases import Case, differences
from fieldsvc.facts.derive import Seen, derive
from fieldsvc.forms.load import load_department_forms

HUINING = {"jurisdiction": "huining", "on": date(2023, 6, 1)}
JIAOZHOU = {"jurisdiction": "jiaozhou", "on": date(2025, 6, 1)}
ZIBO = {"jurisdiction": "zibo", "on": date(2025, 6, 1)}
POOR = {"area": "urban", "financial_assets": "0", "owns_vehicle": False, "owns_second_home": False, "has_deductible_cost": False}
PLAIN = {
    "birth_date": date(1980, 3, 1), "recognised_tier": "none", "no_capable_supporter": False, "disability_certificate": False,
    "employment_status": "employed", "listed_major_disease": False, "single_household_applied": False,
    "has_uncounted_income": False,
}  # fmt: skip
HELD = {"disability_certificate": True, "single_household_applied": True}


def check(book, place, programme, person, household=POOR, others=(), **expected):
    persons = {"person": PLAIN | person} | {f"other{n}": PLAIN | each for n, each in enumerate(others)}
    case = Case("", True, household, persons, ())
    assert differences(book, case, place | {"programme": programme} | expected) == []


@pytest.mark.requirement("POP-03")
@pytest.mark.parametrize(("income", "verdict"), [("924", "eligible"), ("1056", "not_eligible")])
def test_income_at_1_4_times_the_standard_gives_margin_and_1_6_times_does_not(books, income, verdict):
    check(books[True], HUINING, "civil.dibao_margin", {"income_month": income}, verdict=verdict)


@pytest.mark.requirement("ELI-01")
@pytest.mark.parametrize(
    ("income", "assets", "verdict", "conditions"),
    [
        ("659.99", "15840", "eligible", {"income": True, "property": True}),
        ("660", "15840", "not_eligible", {"income": False, "property": True}),
        ("659.99", "15840.01", "not_eligible", {"income": True, "property": False}),
    ],
)
def test_dibao_wants_income_and_property_and_shows_both(books, income, assets, verdict, conditions):
    home = POOR | {"financial_assets": assets}
    check(books[True], HUINING, "civil.dibao", {"income_month": income}, home, verdict=verdict, conditions=conditions)


@pytest.mark.requirement("ELI-02")
@pytest.mark.parametrize(("place", "income"), [(JIAOZHOU, "1400"), (HUINING, "800")])
def test_severely_disabled_member_becomes_dibao_and_the_rest_stays_margin(books, place, income):
    disabled = HELD | {"disability_kind": "limb", "disability_grade": 1, "income_month": income}
    healthy = {"income_month": income}
    check(
        books[True], place, "civil.dibao_single_disabled", disabled, others=[healthy], verdict="eligible", tier="dibao"
    )
    check(
        books[True],
        place,
        "civil.dibao_single_disabled",
        healthy,
        others=[disabled],
        verdict="not_eligible",
        tier="dibao_margin",
    )


@pytest.mark.requirement("ELI-03")
def test_adult_jobless_grade_2_passes_in_jiaozhou_whatever_the_family_and_not_in_zibo(books):
    person = HELD | {"disability_grade": 2, "employment_status": "jobless", "income_month": "0"}
    rich = [{"income_month": "50000"}]
    check(books[True], JIAOZHOU, "civil.dibao_single_adult", person, others=rich, verdict="eligible", tier="dibao")
    check(books[True], ZIBO, "civil.dibao_single_adult", person, others=rich, verdict="silent")


@pytest.mark.requirement("ELI-04")
@pytest.mark.parametrize("place", [JIAOZHOU, HUINING])
@pytest.mark.parametrize(
    ("kind", "grade", "passes"),
    [("mental", 3, True), ("intellectual", 3, True), ("limb", 3, False), ("visual", 2, True), ("mental", 4, False)],
)
def test_grades_count_by_kind_and_certificate(books, place, kind, grade, passes):
    person = HELD | {"disability_kind": kind, "disability_grade": grade}
    check(books[True], place, "civil.dibao_single_disabled", person, conditions={"grade": passes})
    without = person | {"disability_certificate": False}
    check(books[True], place, "civil.dibao_single_disabled", without, conditions={"grade": False})


@pytest.mark.requirement("ELI-05")
@pytest.mark.parametrize(
    ("cost", "listed", "passes"), [("31000", False, True), ("30000", False, False), ("0", True, True)]
)
def test_severe_illness_is_listed_or_costs_more_than_last_years_income(books, cost, listed, passes):
    home = POOR | {"household_income_last_year": "30000"}
    person = {"own_borne_year": cost, "listed_major_disease": listed}
    check(books[True], HUINING, "civil.dibao_single_ill", person, home, conditions={"illness": passes})


@pytest.mark.requirement("MON-03")
def test_death_of_the_main_earner_alerts_and_of_another_member_does_not(books):
    died = {"died": True}
    check(books[True], JIAOZHOU, "civil.income_drop", died | {"main_labour": True}, alert="joint_study")
    check(books[True], JIAOZHOU, "civil.income_drop", died | {"main_labour": False}, alert="")


@pytest.mark.requirement("MON-07")
@pytest.mark.parametrize(("answer", "alert"), [("yes", "carry_out"), ("no", ""), ("unknown", "")])
def test_a_visit_saying_aid_was_not_received_gives_a_not_carried_out_alert(books, answer, alert):
    form = next(f for f in load_department_forms("fieldsvc.civil") if f.id == "civil_household_visit")
    values = form.validate({"policy_not_delivered": answer}, today=date(2025, 6, 1)).values
    seen = Seen("v1", 1, "h1", None, datetime(2025, 6, 1), values, frozenset())
    learned = derive(seen, form, books[True].vocabulary.facts)
    home = {name: value for _, _, name, value in learned.facts}
    check(books[True], JIAOZHOU, "civil.policy_not_delivered", {}, home, alert=alert)


def test_every_civil_condition_shows_its_text_or_the_local_setting(books):
    """No condition of a body rests on nothing; without a supplement what 现有规定 decides is named."""
    for rule in books[False].rules():
        for body in rule.bodies.values():
            assert all(c.cite and c.cite.clause and c.cite.quote for c in body.conditions), rule.id
