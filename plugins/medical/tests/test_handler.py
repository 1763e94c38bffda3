"""What the medical department sends back and what it takes."""

from decimal import Decimal

import pytest
from fieldsvc_medical.plugin import fieldsvc_deliver_referral, fieldsvc_department

from fieldsvc.plugin_api.referral import ReferralView

BILL = {"insurance_settled": True, "self_paid_year": "8000", "hospital_designated": True}


def referral(programme, facts, duty="medical_insurance"):
    return ReferralView("r1", duty, programme, "h1", "p1", "王某", "370281001001", "转办", facts)


def test_complete_bill_is_queued():
    assert fieldsvc_deliver_referral(referral("medical.aid", BILL)).state == "queued"


@pytest.mark.parametrize(
    ("missing", "words"),
    [("self_paid_year", "自付金额"), ("insurance_settled", "先行报销"), ("hospital_designated", "定点医药机构")],
)
def test_bill_lacking_one_thing_is_returned_naming_it(missing, words):
    answer = fieldsvc_deliver_referral(referral("medical.aid", {k: v for k, v in BILL.items() if k != missing}))
    assert answer.state == "returned"
    assert words in answer.reason
    assert sum(w in answer.reason for w in ("自付金额", "先行报销", "定点医药机构")) == 1


@pytest.mark.parametrize("value", [None, True, "", "NaN", "Infinity", "-1", "八千", "1e99x"])
def test_a_sum_that_is_no_sum_is_returned(value):
    assert fieldsvc_deliver_referral(referral("medical.aid", BILL | {"self_paid_year": value})).state == "returned"


@pytest.mark.parametrize("value", [0, 8000, "8000.50", Decimal("0.01")])
def test_a_stated_sum_is_taken(value):
    assert fieldsvc_deliver_referral(referral("medical.aid", BILL | {"self_paid_year": value})).state == "queued"


def test_own_borne_sum_does_not_stand_in_for_self_paid():
    facts = {k: v for k, v in BILL.items() if k != "self_paid_year"} | {"own_borne_year": "8000"}
    answer = fieldsvc_deliver_referral(referral("medical.aid", facts))
    assert answer.state == "returned"
    assert "不是自负" in answer.reason


def test_all_that_is_missing_is_named_at_once():
    reason = fieldsvc_deliver_referral(referral("medical.aid", {})).reason
    assert reason.count("；") == 2


def test_bill_without_insurance_settled_is_returned():
    answer = fieldsvc_deliver_referral(referral("medical.aid", BILL | {"insurance_settled": False}))
    assert answer.state == "returned"
    assert "先保险后救助" in answer.reason


def test_subsidy_wants_to_know_whether_insured():
    assert fieldsvc_deliver_referral(referral("medical.insurance_subsidy", {})).state == "returned"
    assert fieldsvc_deliver_referral(referral("medical.insurance_subsidy", {"insured": False})).state == "queued"


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"emergency_treatment": True, "identity_unknown": True}, "queued"),
        ({"emergency_treatment": True, "unable_to_pay": True}, "queued"),
        ({"emergency_treatment": True, "identity_unknown": False, "unable_to_pay": False}, "returned"),
        ({"identity_unknown": True}, "returned"),
    ],
)
def test_emergency_fund(facts, state):
    assert fieldsvc_deliver_referral(referral("medical.emergency_fund", facts, "health")).state == state


def test_same_referral_same_answer():
    asked = referral("medical.aid", {})
    assert fieldsvc_deliver_referral(asked) == fieldsvc_deliver_referral(asked)


def test_referral_without_programme_goes_to_the_officer():
    assert fieldsvc_deliver_referral(referral(None, {})).state == "queued"


def test_department_declares_every_duty_its_rules_name():
    import tomllib
    from importlib.resources import files

    rules = files("fieldsvc_medical").joinpath("rules")
    read = [tomllib.loads(f.read_text(encoding="utf-8")) for f in rules.iterdir() if f.name.endswith(".toml")]
    named = {p["duty"] for r in read for p in r.get("programme", []) + r.get("indicator", [])}
    assert named <= set(fieldsvc_department().duties)
    assert named == {"medical_insurance", "health", "women_screening"}
