"""Zibo, Zhangdian and Puning leave special aid to each office: every plugin looks at the same record and says why."""

from datetime import date
from pathlib import Path

import pytest

from fieldsvc.departments.load import load_departments
from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.explain import explain
from fieldsvc.kit.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
OFFICES = ("education", "medical", "housing", "employment")
PERSON = {"recognised_tier": "dibao", "education_stage": "senior", "self_paid_year": "500", "employment_willing": False}
HOME = {"area": "rural", "housing_difficulty": True}


def special_aid(place, supplements):
    book = load_departments(Settings(Path("unused"), "sqlite://", supplements=supplements)).rulebook
    home, person = ({k: FactValue(v) for k, v in told.items()} for told in (HOME, PERSON))
    made = explain(book, place, date(2023, 6, 1), home, {"p": person}, "h")
    return {office: made.ruled(f"{office}.special_aid") for office in OFFICES}


@pytest.mark.requirement("REF-08")
@pytest.mark.parametrize(("place", "clause"), [("zibo", "二(五)"), ("zhangdian", "二(五)"), ("puning", "二(五)")])
def test_each_office_judges_the_same_record_by_its_own_rules(place, clause):
    ruled = special_aid(place, tuple(sorted(ROOT.glob(f"plugins/*/fieldsvc_*/sample/{place}.toml"))))
    assert {office: r.verdict for office, r in ruled.items()} == {
        "education": "e",
        "medical": "e",
        "housing": "e",
        "employment": "n",
    }
    for r in ruled.values():
        (condition,) = r.conditions
        assert condition.inputs and condition.authority.clause == clause and "相应救助范围" in condition.authority.quote


@pytest.mark.parametrize("place", ["zibo", "puning"])
def test_without_the_offices_rules_each_names_what_is_missing(place):
    ruled = special_aid(place, ())
    assert {r.verdict for r in ruled.values()} == {"u"}
    assert all(len(r.missing_supplements) == 1 for r in ruled.values())
