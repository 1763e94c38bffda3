"""Help follows the stage of schooling, by each text's own list of items and groups."""

from datetime import date

import pytest

from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.explain import explain

DAYS = {"huining": date(2023, 6, 1)}
PUPIL = {
    "birth_date": "2009-09-01", "recognised_tier": "dibao", "disability_certificate": False, "education_aid_needed": True,
    "inclusive_kindergarten": True, "other_hardship": False,
}  # fmt: skip
APPLIES = {
    f"education_apply_{item}": True for item in ("grant", "travel", "loan", "work_study", "scholarship", "loan_relief")
}


def determined(book, place, person, area="urban"):
    told = {name: FactValue(value) for name, value in person.items()}
    return explain(book, place, DAYS.get(place, date(2025, 6, 1)), {"area": FactValue(area)}, {"p": told}, "h")


def offered(book, place, person, area="urban"):
    rules = [r for s in determined(book, place, person, area).subjects for r in s.rules]
    return {r.id.removeprefix("education.") for r in rules if r.id.startswith("education.") and r.verdict == "e"}


@pytest.mark.requirement("EDU-01")
@pytest.mark.parametrize(
    ("place", "stages"),
    [
        ("changle", {
            "preschool": {"care_fee", "preschool_grant"}, "compulsory": {"living_subsidy"}, "senior": {"tuition", "grant"},
            "vocational": {"tuition", "grant"}, "college": {"grant", "work_study"},
        }),
        ("huining", {
            "preschool": {"care_fee"}, "compulsory": {"living_subsidy"}, "senior": {"grant"}, "vocational": {"tuition", "grant"},
            "college": {"grant", "student_loan", "new_student_travel"},
        }),
    ],
)  # fmt: skip
def test_the_next_stage_brings_its_own_items_and_ends_the_last_ones(books, place, stages):
    applied = {f"education_apply_{item}": True for item in ("grant", "loan", "travel")} | {"school_new_student": True}
    given = {
        s: offered(books[True], place, PUPIL | applied | {"education_stage": s, "education_grant_received": True})
        for s in stages
    }
    assert given == stages


@pytest.mark.requirement("EDU-02")
@pytest.mark.parametrize("tier", ["dibao", "tekun", "dibao_margin", "rigid_expense"])
def test_a_pupil_of_each_listed_tier_gets_grant_subsidy_loan_and_fee_cut_in_jiaozhou(books, tier):
    def at(stage):
        return offered(books[True], "jiaozhou", PUPIL | {"recognised_tier": tier, "education_stage": stage}) - {
            "school_aid"
        }

    assert (at("preschool"), at("compulsory")) == ({"care_fee", "grant"}, {"living_subsidy"})
    assert (at("senior"), at("college")) == ({"tuition", "grant"}, {"grant", "student_loan"})


def test_rigid_expense_and_margin_pupils_are_named_by_jiaozhou_only(books):
    for tier in ("dibao_margin", "rigid_expense"):
        pupil = PUPIL | APPLIES | {"recognised_tier": tier, "education_stage": "senior"}
        verdicts = {
            place: determined(books[False], place, pupil).ruled("education.grant")
            for place in ("changle", "huining", "jiaozhou")
        }
        assert {place: next(c.result for c in r.conditions if c.id == "group") for place, r in verdicts.items()} == {
            "changle": "unknown", "huining": "unknown", "jiaozhou": "true",
        }  # fmt: skip
        assert [p.name for p in verdicts["changle"].missing_supplements] == ["education_other_groups_test"]


@pytest.mark.requirement("EDU-03")
def test_the_schools_own_aid_stands_beside_the_states(books):
    pupil = PUPIL | {"education_stage": "senior", "education_grant_received": True, "school_aid_received": False}
    made = determined(books[True], "jiaozhou", pupil)
    state, school = made.ruled("education.grant"), made.ruled("education.school_aid")
    assert (state.verdict, state.alert, school.verdict, school.alert) == ("e", False, "e", True)
    assert "校内提取经费" in school.conditions[-1].authority.quote


@pytest.mark.requirement("EDU-04")
@pytest.mark.parametrize(("place", "clause"), [("changle", "二(一)4"), ("huining", "二(三)二是3")])
def test_a_disabled_child_not_at_school_is_to_be_taught_at_home(books, place, clause):
    child = {
        "birth_date": "2012-09-01",
        "disability_certificate": True,
        "education_stage": "none",
        "school_entry_difficult": True,
    }
    ruled = determined(books[True], place, child | {"home_teaching_received": False}).ruled("education.home_teaching")
    assert (ruled.verdict, ruled.alert, ruled.duty) == ("e", True, "education")
    assert clause in {c.authority.clause for c in ruled.conditions}
    assert (
        not determined(books[True], place, child | {"home_teaching_received": True})
        .ruled("education.home_teaching")
        .alert
    )
    assert not determined(books[True], place, child).ruled("education.home_teaching").alert


def test_what_the_deployment_sets_is_shown_as_its_own_and_the_list_as_the_texts(books):
    ruled = determined(books[True], "changle", PUPIL | {"education_stage": "compulsory"}).ruled(
        "education.living_subsidy"
    )
    listed = next(c for c in ruled.conditions if c.id == "listed")
    assert "发放生活补助" in listed.parameters[0].authority.quote
    assert (ruled.amount.yuan, "样例" in ruled.amount.parameters[0].authority.label) == ("1000.00", True)
