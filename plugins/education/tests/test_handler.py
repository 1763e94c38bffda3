"""What the education department sends back and what it takes."""

import tomllib
from importlib.resources import files

import pytest
from fieldsvc_education.plugin import fieldsvc_deliver_referral, fieldsvc_department

from fieldsvc.plugin_api.referral import ReferralView

AT = {"education_stage": "senior", "education_school": "县第一中学"}


def delivered(programme, facts):
    return fieldsvc_deliver_referral(
        ReferralView("r1", "education", programme, "h1", "p1", "王某", "370725001001", "转办", facts)
    )


def test_a_pupil_with_stage_and_school_is_queued():
    assert delivered("education.grant", AT).state == "queued"
    assert delivered(None, {}).state == "queued"


@pytest.mark.parametrize(
    ("programme", "facts", "words"),
    [
        ("education.grant", {"education_school": "甲"}, ["学段"]),
        ("education.grant", {"education_stage": "none", "education_school": " "}, ["学段", "学校"]),
        ("education.work_study", AT, ["勤工助学"]),
        ("education.scholarship", AT | {"education_apply_scholarship": False}, ["奖学金"]),
        ("education.new_student_travel", AT, ["新生", "路费"]),
        ("education.loan_relief", AT | {"has_student_loan": True}, ["代偿"]),
        ("education.loan_relief", AT | {"education_apply_loan_relief": True}, ["未还清"]),
        ("education.home_teaching", {"disability_certificate": True}, ["入学"]),
        ("education.home_teaching", {}, ["残疾人证", "入学"]),
    ],
)
def test_a_referral_lacking_something_is_returned_naming_all_of_it(programme, facts, words):
    answer = delivered(programme, facts)
    assert answer.state == "returned"
    assert answer.reason.count("；") == len(words) - 1
    assert all(word in answer.reason for word in words)
    assert answer == delivered(programme, facts)


@pytest.mark.parametrize("item", ["travel", "work_study", "scholarship", "loan_relief"])
@pytest.mark.requirement("EDU-05")
def test_each_item_applied_for_reaches_the_queue(item):
    programme = {"travel": "new_student_travel"}.get(item, item)
    facts = AT | {"school_new_student": True, "has_student_loan": True, f"education_apply_{item}": True}
    assert delivered(f"education.{programme}", facts).state == "queued"
    assert delivered(f"education.{programme}", facts | {f"education_apply_{item}": False}).state == "returned"


@pytest.mark.requirement("EDU-06")
def test_a_grant_from_donations_names_its_fund_and_its_rule():
    named = AT | {"donation_fund": "one_day_donation", "donation_rule": "“爱心一日捐”资金使用办法第三条"}
    assert delivered("education.donation", named).state == "queued"
    assert "哪一笔捐款" in delivered("education.donation", named | {"donation_fund": "其他"}).reason
    assert "使用规定" in delivered("education.donation", named | {"donation_rule": ""}).reason


def test_home_teaching_asks_for_no_school():
    assert (
        delivered("education.home_teaching", {"disability_certificate": True, "school_entry_difficult": True}).state
        == "queued"
    )


def test_every_duty_the_rules_name_is_declared():
    read = [
        tomllib.loads(f.read_text(encoding="utf-8")) for f in files("fieldsvc_education").joinpath("rules").iterdir()
    ]
    named = {p["duty"] for r in read for p in r.get("programme", []) + r.get("indicator", [])}
    assert named == set(fieldsvc_department().duties)
