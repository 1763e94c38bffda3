"""Rows of the requirement matrix shown by the rules of all places."""

from datetime import date, datetime

import pytest

from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.explain import explain
from fieldsvc.eligibility.standards import standard_findings
from fieldsvc.facts.derive import Seen, derive
from fieldsvc.forms.load import load_department_forms
from fieldsvc.policy.book import Found, Missing

ON = date(2023, 6, 1)
HOME = {
    "area": "urban", "financial_assets": "0", "owns_vehicle": False, "owns_second_home": False, "has_deductible_cost": False,
}  # fmt: skip
PERSON = {
    "birth_date": date(1980, 3, 1), "recognised_tier": "none", "income_month": "300", "has_uncounted_income": False,
    "no_capable_supporter": False, "no_labour_capacity": False, "disability_certificate": False,
    "listed_major_disease": False, "single_household_applied": False, "full_time_student": False,
}  # fmt: skip
DIBAO = {"recognised_tier": "dibao"}
TEKUN = {"recognised_tier": "tekun"}


@pytest.fixture
def book(books):
    return books[True]


def made(book, place, person=None, home=None, on=ON, plain=True):
    given = [(HOME if plain else {}) | (home or {}), (PERSON if plain else {}) | (person or {})]
    household, member = ({k: FactValue(v.isoformat() if isinstance(v, date) else v) for k, v in d.items()} for d in given)
    return explain(book, place, on, household, {"p": member}, "h")


def ruled(book, place, programme, person=None, home=None, on=ON):
    who = "p" if book.by_id[programme].subject == "person" else "h"
    return made(book, place, person, home, on).ruled(programme, who)


def verdict(*given, **more):
    return ruled(*given, **more).verdict


def yuan(*given, **more):
    return ruled(*given, **more).amount.yuan


def inputs(views):
    """Every input of these conditions, and what each was computed from."""
    waiting = [i for view in views for i in view.inputs]
    while waiting:
        found = waiting.pop()
        waiting += found.computed_from
        yield found


def seen(answers, member=None):
    """The facts a visit with the form 救助核查走访表 gives: of the household, and of the member."""
    form = next(f for f in load_department_forms("fieldsvc.civil") if f.id == "civil_aid_visit")
    given = answers | ({"members": [{"person_id": "p"} | member]} if member else {})
    values = form.validate(given, today=ON).values
    return values, form


def learned(book, answers, member=None):
    values, form = seen(answers, member)
    visit = Seen("v1", 1, "h", None, datetime(2023, 6, 1), values, frozenset({"p"}))
    facts = derive(visit, form, book.vocabulary.facts).facts
    of = {kind: {name: value for _, subject, name, value in facts if subject == kind} for kind in ("household", "person")}
    return of["household"], of["person"]


@pytest.mark.requirement("POP-01")
def test_register_offers_each_places_categories(book):
    def categories(place, on=ON):
        return book.policy.at(place, "monitoring_categories", on).value

    assert [len(categories(p)) for p in ("zibo", "puning", "huining")] == [7, 6, 4]
    assert len(categories("jiaozhou", date(2025, 6, 1))) == 6
    assert isinstance(book.policy.at("changle", "monitoring_categories", ON), Missing)
    assert verdict(book, "zibo", "civil.monitored", home={"special_hardship_family": True}) == "e"


@pytest.mark.requirement("POP-04")
@pytest.mark.parametrize("place", ["zibo", "puning", "changle"])
def test_a_family_brought_down_by_expenses_is_a_tier_and_gets_special_aid_without_dibao(book, place):
    home = {"rigid_expense_year": "50000", "household_income_last_year": "60000", "basic_life_hard": True}
    person = {"income_month": "1500"}
    assert made(book, place, person, home).ruled("civil.special_aid", "p").verdict == "e"
    assert next(s for s in made(book, place, person, home).subjects if s.id == "p").tier == "rigid_expense"
    assert verdict(book, place, "civil.dibao", person, home) == "n"
    assert verdict(book, place, "civil.special_aid", person, home | {"rigid_expense_year": "0"}) in "nu"


@pytest.mark.requirement("POP-05")
def test_tier_and_mark_stand_together_with_two_lists_of_measures(book):
    on = date(2025, 6, 1)
    both = made(book, "jiaozhou", DIBAO | {"anti_relapse_monitored": True, "other_hardship": False}, on=on)
    person = next(s for s in both.subjects if s.id == "p")
    offers = {(r.duty, r.office) for r in person.rules if r.kind == "programme" and r.verdict == "e"}
    assert person.tier == "dibao"
    assert {("civil", "市民政局"), ("anti_relapse", "市农业农村局")} <= offers


@pytest.mark.requirement("POP-06")
@pytest.mark.parametrize("place", ["zibo", "puning", "huining"])
def test_visit_answers_of_no_labour_capacity_and_no_steady_income_raise_a_candidate(book, place):
    for steady, alert in (("no", True), ("yes", False), ("unknown", False)):
        _, person = learned(book, {}, {"labour_loss": "partial", "steady_income": steady})
        found = ruled(book, place, "civil.out_of_poverty_candidate", person | {"out_of_poverty": True})
        assert found.alert is alert


@pytest.mark.requirement("POP-07")
def test_target_groups_are_the_places_list_and_a_migrant_worker_is_in_huinings(book):
    home, _ = learned(book, {"residence": "migrant", "target_group": "migrants_and_permit_holders"})
    assert "migrants_and_permit_holders" in book.policy.at("huining", "civil_target_groups", ON).value
    assert verdict(book, "huining", "civil.urban_plan", home=home) == "e"
    assert verdict(book, "huining", "civil.urban_plan", home=home | {"target_group": "outside"}) == "n"
    assert verdict(book, "zibo", "civil.urban_plan", home=home) == "s"


@pytest.mark.requirement("POP-08")
def test_permit_holders_apply_where_the_place_has_opened_it(book):
    home = {"residence": "permit"}
    assert verdict(book, "zibo", "civil.residence_permit", home=home) == "e"
    refused = ruled(book, "puning", "civil.residence_permit", home=home)
    assert refused.verdict == "n"
    assert [c.label for c in refused.conditions if c.result == "false"] == ["本地已开通"]


@pytest.mark.requirement("ELI-06")
@pytest.mark.parametrize(("kind", "grade", "letter"), [("visual", 1, "e"), ("visual", 2, "n"), ("mental", 3, "e"), ("limb", 3, "n")])
def test_grades_that_open_tekun_are_a_list_of_their_own(book, kind, grade, letter):
    held = {"disability_certificate": True, "disability_kind": kind, "disability_grade": grade, "no_capable_supporter": True}
    assert verdict(book, "huining", "civil.tekun_disabled", held) == letter


@pytest.mark.requirement("ELI-07")
@pytest.mark.parametrize(
    ("born", "full_time", "stage", "letter"),
    [
        (date(2006, 5, 1), False, "none", "e"), (date(2005, 6, 1), False, "none", "n"), (date(2004, 5, 1), True, "college", "e"),
        (date(2004, 5, 1), True, "postgraduate", "n"), (date(2004, 5, 1), False, "college", "n"),
    ],
)  # fmt: skip
def test_a_minors_tekun_aid_lasts_to_18_and_a_students_to_graduation(book, born, full_time, stage, letter):
    minor = {"birth_date": born, "full_time_student": full_time, "education_stage": stage, "no_capable_supporter": True}
    assert verdict(book, "changle", "civil.tekun_minor", minor) == letter


@pytest.mark.requirement("ELI-08")
@pytest.mark.parametrize("place", ["zibo", "puning"])
def test_bus_fares_entered_at_a_visit_lower_the_counted_income_by_the_set_rule(book, place):
    def counted(fares):
        home, _ = learned(book, {"has_deductible_cost": "yes", "cost_work_year": fares})
        rest = {name: "0" for name in book.vocabulary.facts if name.startswith("cost_") and name.endswith("_year")}
        found = ruled(book, place, "civil.dibao", {"income_month": "1000"}, rest | home)
        return found.verdict, next(i.value for i in inputs(found.conditions) if i.fact == "household_counted_income_year")

    assert counted(0) == ("n", 12000)
    assert counted(2400) == ("n", 10800)
    assert counted(2401) == ("e", "10799.5")


@pytest.mark.requirement("ELI-09")
def test_a_bill_thirteen_months_old_is_left_out_and_the_trace_names_tier_and_ratio(book):
    def trace(day, cost="4000"):
        rest = {name: "0" for name in book.vocabulary.facts if name.startswith("cost_") and name.endswith("_year")}
        bill = rest | {"has_deductible_cost": True, "cost_illness_year": cost, "cost_illness_on": day}
        found = ruled(book, "huining", "civil.dibao", {"income_month": "700"}, bill)
        given = list(inputs(found.conditions))
        named = {p.name: p.value for i in given for p in i.parameters}
        return found.verdict, next(i.value for i in given if i.fact == "income_deduction_year"), named

    assert trace(date(2022, 5, 1))[:2] == ("n", 0)
    verdict_, deducted, named = trace(date(2022, 6, 2))
    assert (verdict_, deducted) == ("e", 2000)
    assert (named["income_deduction_tier_limit"], named["income_deduction_low_ratio"]) == (10000, "0.5")
    assert trace(date(2022, 6, 2), "20000")[1] == 12000
    nutrition = {"cost_nutrition_child_year": "1000", "cost_care_elderly_year": "1000"}
    rest = {name: "0" for name in book.vocabulary.facts if name.startswith("cost_") and name.endswith("_year")}
    found = ruled(book, "huining", "civil.dibao", {"income_month": "700"}, rest | nutrition | {"has_deductible_cost": True})
    assert next(i.value for i in inputs(found.conditions) if i.fact == "income_deduction_year") == 1000


@pytest.mark.requirement("ELI-10")
def test_a_basic_pension_of_200_yuan_adds_nothing_in_puning_for_tekun_as_well(book):
    pension = {"has_uncounted_income": True, "basic_pension_month": "200", "own_insurance_month": "0"}
    others = ("preferential_pension_month", "family_planning_award_month", "scholarship_month", "bravery_award_month", "social_aid_month")
    zeros = dict.fromkeys(others, "0")
    for place, standard in (("zibo", 900), ("puning", 900), ("huining", 660)):
        for income, letter in ((standard + 199, "e"), (standard + 200, "n")):
            assert verdict(book, place, "civil.dibao", pension | zeros | {"income_month": str(income)}) == letter
    alone = pension | zeros | {"birth_date": date(1950, 1, 1), "no_capable_supporter": True}
    for place, letter in (("puning", "e"), ("zibo", "n")):
        assert verdict(book, place, "civil.tekun", alone | {"income_month": "1099"}) == letter


@pytest.mark.requirement("ELI-11")
def test_a_cargo_tricycle_marked_necessary_does_not_fail_the_property_rule(book):
    home, _ = learned(book, {"necessary_tools_only": "yes"})
    assert verdict(book, "huining", "civil.dibao", home=home | {"owns_vehicle": True}) == "e"
    assert verdict(book, "huining", "civil.dibao", home={"owns_vehicle": True, "necessary_tools_only": False}) == "n"


@pytest.mark.requirement("ELI-12")
def test_a_standard_of_24_percent_or_1_4_times_the_rural_one_warns_and_is_still_saved(book):
    found = {(f.standard, f.condition): f for f in standard_findings(book, "changle", ON)}
    assert found["civil.dibao_share", "urban"].state == found["civil.urban_rural_gap", "gap"].state == "outside"
    assert found["civil.dibao_share", "rural"].state == "within"
    assert {p.name for p in found["civil.dibao_share", "urban"].parameters} >= {"dibao_standard_urban", "consumption_per_head_urban"}
    saved = book.policy.at("changle", "dibao_standard", ON)
    assert isinstance(saved, Found)
    assert (saved.value["urban"], saved.value["rural"]) == (900, 640)
    assert verdict(book, "changle", "civil.dibao", {"income_month": "899"}) == "e"


@pytest.mark.requirement("ELI-13")
def test_1_5_times_is_accepted_in_zibo_and_flagged_in_puning(book):
    def urban(place):
        return {f.condition: f.state for f in standard_findings(book, place, ON) if f.standard == "civil.tekun_multiple"}["urban"]

    assert (urban("zibo"), urban("puning")) == ("within", "outside")


@pytest.mark.requirement("ELI-14")
def test_care_standard_follows_the_grade_found_at_the_visit(book):
    for answer, floor in (("half", "316.67"), ("full", "633.33")):
        _, person = learned(book, {}, {"self_care_grade": answer})
        assert yuan(book, "zibo", "civil.tekun_care", TEKUN | person) == floor
    _, person = learned(book, {}, {"self_care_grade": "full"})
    assert ruled(book, "zibo", "civil.tekun_care", TEKUN | person).amount.minimum


@pytest.mark.requirement("ELI-16")
def test_a_disabled_members_grant_rises_by_a_fifth_of_the_standard_and_the_others_do_not(book):
    assert yuan(book, "huining", "civil.disabled_uplift", DIBAO | {"disability_certificate": True}) == "132.00"
    assert ruled(book, "huining", "civil.disabled_uplift", DIBAO).amount.yuan is None


@pytest.mark.requirement("ELI-17")
def test_with_an_event_declared_the_reason_can_be_picked_and_last_years_income_is_not_used(book):
    _, person = learned(book, {}, {"public_event_unable_to_work": "yes"})
    found = ruled(book, "huining", "civil.dibao_public_event", person, {"household_income_last_year": "900000"}, date(2022, 12, 1))
    assert found.verdict == "e"
    assert "household_income_last_year" not in {i.fact for i in inputs(found.conditions)}
    assert verdict(book, "huining", "civil.dibao_public_event", person, on=ON) == "x"


@pytest.mark.requirement("ELI-18")
def test_a_tekun_record_without_an_agreement_is_listed(book):
    _, person = learned(book, {}, {"care_agreement_signed": "no"})
    on = date(2025, 6, 1)
    assert ruled(book, "jiaozhou", "civil.tekun_agreement", TEKUN | person, on=on).alert
    assert not ruled(book, "jiaozhou", "civil.tekun_agreement", TEKUN | {"care_agreement_signed": True}, on=on).alert
    assert not ruled(book, "jiaozhou", "civil.tekun_agreement", DIBAO | person, on=on).alert


@pytest.mark.requirement("EXI-01")
@pytest.mark.parametrize(("months", "letters"), [(2, "nne"), (3, "ene"), (6, "eee"), (7, "nnn")])
def test_puning_gives_six_months_zibo_three_to_six_huining_up_to_six(book, months, letters):
    home = {"gradual_exit_from": date(2023, 1, 15), "gradual_exit_until": date(2023, 1 + months, 15)}
    for place, letter in zip(("zibo", "puning", "huining"), letters, strict=True):
        assert verdict(book, place, "civil.gradual_exit_period", home=home) == letter
    assert verdict(book, "changle", "civil.gradual_exit_period", home=home) == "s"


@pytest.mark.requirement("EXI-02")
def test_what_opens_gradual_exit_is_the_places_own(book):
    rich, work = DIBAO | {"income_month": "2000"}, {"member_newly_employed": True, "economy_improved": False}
    none, rural = work | {"member_newly_employed": False}, {"area": "rural"}
    assert verdict(book, "huining", "civil.gradual_exit", rich, work) == "e"
    assert verdict(book, "huining", "civil.gradual_exit", rich, none | {"economy_improved": True}) == "n"
    assert verdict(book, "huining", "civil.gradual_exit", rich, none) == "n"
    assert verdict(book, "puning", "civil.gradual_exit", rich, none | rural) == "e"
    assert verdict(book, "zibo", "civil.gradual_exit", rich, none | rural) == "n"


@pytest.mark.requirement("EMG-11")
def test_the_multiple_stays_in_its_range_unless_decided_case_by_case(book):
    home = {
        "distress_kind": "expense", "member_major_illness": True, "schooling_cost_heavy": True, "case_by_case_decided": False,
    }  # fmt: skip
    illness, school = "civil.temporary_aid_illness", "civil.temporary_aid_education"
    assert yuan(book, "changle", illness, home=home | {"aid_multiple": "12"}) == "10800.00"
    assert verdict(book, "changle", illness, home=home | {"aid_multiple": "13"}) == "n"
    assert verdict(book, "changle", illness, home=home | {"aid_multiple": "13", "case_by_case_decided": True}) == "e"
    assert yuan(book, "changle", school, home=home | {"aid_multiple": "6", "area": "rural"}) == "5400.00"
    assert verdict(book, "changle", school, home=home | {"aid_multiple": "7"}) == "n"
    assert verdict(book, "changle", school, home=home | {"aid_multiple": "2"}) == "n"


@pytest.mark.requirement("EMG-12")
def test_standard_times_persons_times_months_and_seven_months_warn(book):
    home, _ = learned(book, {"distress": "yes", "distress_kind": "ordinary", "aided_persons": 3, "hardship_months": 4})
    assert yuan(book, "huining", "civil.temporary_aid_formula", home=home) == "7920.00"
    assert not ruled(book, "huining", "civil.temporary_aid_months", home=home).alert
    longer = home | {"hardship_months": 7}
    assert ruled(book, "huining", "civil.temporary_aid_months", home=longer).alert
    assert yuan(book, "huining", "civil.temporary_aid_formula", home=longer) == "11880.00"


@pytest.mark.requirement("EMG-15")
def test_the_visitors_verification_opens_temporary_aid_for_the_deposit(book):
    for answer, letter in (("yes", "e"), ("no", "n"), ("unknown", "u")):
        _, person = learned(book, {}, {"deposit_unaffordable": "yes", "deposit_verified": answer})
        found = ruled(book, "huining", "civil.hospital_deposit", TEKUN | {"tekun_support": "dispersed"} | person)
        assert found.verdict == letter
        assert found.alert is (letter == "e")


@pytest.mark.requirement("CHI-04")
def test_a_parents_return_raises_a_review_and_stops_nothing(book):
    child = {"birth_date": date(2015, 1, 1), "child_welfare_status": "de_facto_unattended", "child_parents_changed": True}
    found = ruled(book, "huining", "civil.child_exit", child)
    assert found.alert
    assert book.by_id["civil.child_exit"].alert.kind == "verify_and_end"
    assert verdict(book, "huining", "civil.child_protection", child) == "e"


@pytest.mark.requirement("CHI-07")
def test_children_in_key_distress_are_a_group_in_changle_and_not_in_huining(book):
    child = {"birth_date": date(2015, 1, 1), "child_welfare_status": "key_distressed"}
    assert verdict(book, "changle", "civil.child_protection", child) == "e"
    assert verdict(book, "huining", "civil.child_protection", child) == "n"
    assert [len(book.policy.at(p, "children_groups", ON).value) for p in ("changle", "huining")] == [3, 2]


@pytest.mark.requirement("CHI-10")
def test_the_three_care_programmes_stand_in_changles_catalogue(book):
    titles = {r.title for r in book.programmes if "changle" in r.bodies and len(r.bodies) == 1 and r.id.startswith("civil.child_")}
    assert titles == {"牵手关爱活动", "希望小屋", "春蕾计划"}
    child = {"birth_date": date(2015, 1, 1), "recognised_tier": "dibao"}
    for name in ("hand_in_hand", "hope_room", "spring_bud"):
        assert verdict(book, "changle", f"civil.child_{name}", child) == "e"


@pytest.mark.requirement("VAG-07")
def test_three_months_after_entry_the_application_is_due(book):
    stay = {"homeless": True, "identity_found": False, "household_registered": False, "station_entry_on": date(2023, 3, 1)}
    for on, due in ((date(2023, 5, 31), False), (ON, True)):
        assert ruled(book, "changle", "civil.vagrant_registration", stay, on=on).alert is due
    registered = stay | {"household_registered": True}
    assert not ruled(book, "changle", "civil.vagrant_registration", registered).alert


@pytest.mark.requirement("VIS-08")
def test_tekun_people_at_home_without_a_carer_are_named(book):
    _, person = learned(book, {}, {"carer_named": "no"})
    home = TEKUN | {"tekun_support": "dispersed"}
    assert ruled(book, "changle", "civil.tekun_carer", home | person).alert
    assert not ruled(book, "changle", "civil.tekun_carer", home | {"carer_named": True}).alert


def test_no_text_gives_a_yuan_amount_and_no_rule_carries_one(book):
    money = [p for p in book.policy.parameters if p.unit == "yuan" or p.unit.startswith("yuan_")]
    assert money
    assert all(p.reference and p.sample and not p.cite for p in money)


def test_every_condition_amount_and_parameter_of_the_texts_is_cited(books):
    bare = books[False]
    bodies = [b for r in (*bare.rules(), *bare.standards) for b in r.bodies.values()]
    parts = [c for b in bodies for c in b.conditions] + [b.amount for b in bodies if b.amount]
    assert len(parts) > 200
    assert all(part.cite and part.cite.clause and part.cite.quote for part in (*parts, *bare.policy.parameters))
    assert len(bare.policy.quotes) + len(bare.quotes) >= 500
