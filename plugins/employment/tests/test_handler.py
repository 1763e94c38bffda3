"""What the labour office and the union send back and what they take."""

import tomllib
from importlib.resources import files

import pytest
from fieldsvc_employment.plugin import fieldsvc_deliver_referral, fieldsvc_department

from fieldsvc.plugin_api.referral import ReferralView

FILED = {"migrant_worker": True, "labour_relation_since": "2021-03-01", "listed_major_disease": True}


def delivered(programme, facts):
    view = ReferralView("r1", "human_resources", programme, "h1", "p1", "王某", "620422001001", "转办", facts)
    return fieldsvc_deliver_referral(view)


@pytest.mark.parametrize(
    ("programme", "facts"),
    [
        ("employment.service", {"no_labour_capacity": False, "employment_willing": True}),
        ("employment.training", {"skill_training_wanted": True, "training_wish": "月嫂"}),
        ("employment.public_post", {"no_labour_capacity": False, "employment_status": "jobless"}),
        ("employment.loan_interest", {"start_up_loan": "100000"}),
        ("employment.public_post_subsidy", {"public_post_unit": "镇环卫所"}),
        ("employment.pension_paid", {"resident_pension_insured": True}),
        ("employment.worker_deep", FILED),
        ("employment.worker_deep", {"quarters_retiree": True, "listed_major_disease": False}),
        ("employment.zero_family", {}),
        (None, {}),
    ],
)
def test_what_is_complete_is_queued(programme, facts):
    assert delivered(programme, facts).state == "queued"


@pytest.mark.parametrize(
    ("programme", "facts", "words"),
    [
        ("employment.service", {}, ["劳动能力", "就业意愿"]),
        ("employment.service", {"no_labour_capacity": True, "employment_willing": True}, ["劳动能力"]),
        ("employment.training", {"skill_training_wanted": True, "training_wish": " "}, ["想学的技能"]),
        ("employment.training", {"training_wish": "月嫂"}, ["技能培训需求"]),
        ("employment.public_post", {"no_labour_capacity": False}, ["就业状况"]),
        ("employment.public_post_subsidy", {"public_post": True}, ["所在单位"]),
        ("employment.pension_paid", {}, ["城乡居民基本养老保险"]),
        ("employment.start_up_subsidy", {"business_started": False}, ["创业"]),
        ("employment.loan_interest", {"start_up_loan": "0"}, ["贷款"]),
        ("employment.loan_interest", {"start_up_loan": "NaN"}, ["贷款"]),
        ("employment.training_subsidy", {}, ["培训"]),
        (
            "employment.pension_paid",
            {"resident_pension_insured": True, "pension_contribution_paid": True},
            ["已经缴纳"],
        ),
        ("employment.worker_accident", {"migrant_worker": True}, ["劳动关系", "重大疾病"]),
    ],
)
def test_a_referral_lacking_something_is_returned_naming_all_of_it(programme, facts, words):
    answer = delivered(programme, facts)
    assert answer.state == "returned"
    assert answer.reason.count("；") == len(words) - 1
    assert all(word in answer.reason for word in words)
    assert answer == delivered(programme, facts)


@pytest.mark.requirement("EMP-07")
@pytest.mark.parametrize(
    ("kind", "state"), [("employer", "queued"), ("flexible", "queued"), ("none", "returned"), (None, "returned")]
)
def test_employer_and_self_employed_both_pass(kind, state):
    assert delivered("employment.social_insurance_subsidy", {"social_insurance_kind": kind}).state == state


def test_every_duty_the_rules_name_is_declared():
    read = [
        tomllib.loads(f.read_text(encoding="utf-8")) for f in files("fieldsvc_employment").joinpath("rules").iterdir()
    ]
    named = {p["duty"] for r in read for p in r.get("programme", []) + r.get("indicator", [])}
    assert named == set(fieldsvc_department().duties)
