"""Referrals in the browser: the department's inbox and answer, the township's resending, what was not delivered."""

import re

import pytest
from sqlalchemy import select, update

from fieldsvc.aidchain.models import Aid
from fieldsvc.facts.models import FactRow
from fieldsvc.kit.backoff import DEAD
from fieldsvc.referrals.models import OutboxItem, Referral
from tests.support.desk import app, screen, town  # noqa: F401
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, uid


@pytest.fixture
def medical(town, officer):
    return officer("department_officer", "370281", department="medical")


@pytest.fixture
def liu(town, officer):
    return officer("township_officer", "370281001")


@pytest.fixture
def sent(liu, db):
    """A matter of person a/p1 referred to the medical-insurance office; its id."""
    page = liu.open(f"/console/households/{uid('a')}/refer")
    page = liu.press(
        page, "转办", duty="medical_insurance", person_id=uid("a/p1"), summary="住院花费大，请核实医疗救助"
    )
    assert page.status == 200 and "已转给市医疗保障局" in page.text, page.text
    with db.read() as session:
        return session.scalars(select(Referral.id)).one()


def state(db, referral):
    with db.read() as session:
        return session.get(Referral, (COUNTY, referral))


@pytest.mark.requirement("REF-01", "REF-03")
def test_a_department_accepts_and_answers_what_is_referred_to_it(medical, liu, sent, db):
    page = medical.open("/console/referrals")
    assert "已转办（1）" in page.text and "住院花费大" in page.text
    page = medical.open(f"/console/referrals/{sent}")
    assert "预警" not in page.links and "查看这一户" not in page.links
    page = medical.press(page, "受理")
    assert "部门已受理" in page.text
    page = medical.press(
        page, "办结", result="给予医疗救助", amount_yuan="24000", **{"fact:medical_aid_received": "true"}
    )
    assert page.status == 200 and "已办结" in page.text and "给予医疗救助" in page.text
    assert state(db, sent).outcome == {
        "result": "给予医疗救助",
        "amount_yuan": "24000.00",
        "facts": {"medical_aid_received": True},
    }
    with db.read() as session:
        told = session.scalars(select(FactRow).where(FactRow.name == "medical_aid_received")).one()
    assert (told.source_kind, told.subject_id) == ("department", uid("a/p1"))
    assert "办理" not in [words for form in page.forms for words in form.buttons]
    assert "给予医疗救助" in liu.open(f"/console/referrals/{sent}").text


def test_a_sum_given_for_a_programme_is_aid_so_that_nobody_pays_it_again(medical, liu, db):
    def answered(**more):
        page = liu.open(f"/console/households/{uid('a')}/refer")
        matter = {"duty": "medical_insurance", "person_id": uid("a/p1"), "programme": "medical.aid"}
        liu.press(page, "转办", summary=f"住院花费大{len(more)}", **matter)
        with db.read() as session:
            made = session.scalars(select(Referral.id).where(Referral.state == "sent")).one()
        page = medical.open(f"/console/referrals/{made}")
        return medical.press(page, "办结", result="给予医疗救助", amount_yuan="24000", **more)

    assert "已办结" in answered().text
    with db.read() as session:
        aid = session.scalars(select(Aid)).one()
    assert (aid.programme, aid.subject_id, aid.amount) == ("medical.aid", uid("a/p1"), "24000.00")
    assert "24000" in liu.open(f"/console/households/{uid('a')}").text
    again = answered(note="又一次")
    assert again.status == 409 and "同类或互斥" in again.text
    assert "已办结" in medical.press(again, "办结", justified="年度内第二次住院").text


def test_an_answer_without_a_result_is_asked_for_it(medical, sent, db):
    page = medical.press(
        medical.open(f"/console/referrals/{sent}"), "办结", result="", amount_yuan="12,5", note="电话已核"
    )
    assert page.status == 422 and page.form("办结").fields["note"] == ["电话已核"]
    assert state(db, sent).state == "sent"


def test_returned_with_a_reason_and_sent_again(medical, liu, sent, db):
    page = medical.press(medical.open(f"/console/referrals/{sent}"), "退回", reason="缺住院结算单")
    assert "已退回" in page.text
    page = liu.open(f"/console/referrals/{sent}")
    assert "缺住院结算单" in page.text
    page = liu.press(page, "重新转办", note="已补结算单")
    assert "已重新转办" in page.text and state(db, sent).state == "sent"
    assert "补充：已补结算单" in state(db, sent).summary


def test_another_department_sees_nothing_of_it(sent, officer, town):
    education = officer("department_officer", "370281", department="education")
    assert "没有符合条件的记录" in education.open("/console/referrals").text
    assert education.open(f"/console/referrals/{sent}").status == 404


def test_a_matter_for_no_office_or_of_a_stranger_is_not_sent(liu, db):
    page = liu.open(f"/console/households/{uid('a')}/refer")
    refused = liu.press(page, "转办", duty="", summary="x")
    assert refused.status == 422 and refused.form("转办").fields["summary"] == ["x"]
    assert liu.press(page, "转办", duty="medical_insurance", person_id=uid("b/p1"), summary="x").status == 404
    with db.read() as session:
        assert session.scalars(select(Referral.id)).all() == []


def test_what_was_not_delivered_is_listed_and_sent_again(sent, officer, db):
    with db.write() as session:
        session.execute(update(OutboxItem).values(state=DEAD, attempts=10, last_error="hangs：超过 15 秒没有结果"))
    county = officer("county_officer", "370281")
    page = county.open("/console/referrals/undelivered")
    assert "超过 15 秒没有结果" in page.text and "hangs" not in page.text
    assert "已重新送出" in county.press(page, "重新送出").text
    with db.read() as session:
        assert session.scalars(select(OutboxItem.state)).one() == "waiting"


def test_numbers_people_write_into_the_matter_are_masked(liu, medical, db):
    page = liu.open(f"/console/households/{uid('a')}/refer")
    page = liu.press(page, "转办", duty="medical_insurance", summary="身份证370281196001011234，住院")
    assert "370281196001011234" not in page.html and "370281********1234" in page.html
    assert "370281196001011234" not in medical.open("/console/referrals").html


@pytest.mark.requirement("REF-06")
def test_the_county_hands_a_stuck_matter_to_another_office_and_the_trace_keeps_it(medical, liu, sent, officer, db):
    medical.press(medical.open(f"/console/referrals/{sent}"), "受理")
    county, education = officer("county_officer", "370281"), officer("department_officer", "370281", department="education")
    page = county.open(f"/console/referrals/{sent}")
    refused = county.press(page, "改派", duty="medical_insurance", note="久未办理")
    assert refused.status == 422 and "请选择别的部门" in refused.text
    page = county.press(page, "改派", duty="education", note="久未办理，改由教体局")
    assert "已改派给" in page.text and state(db, sent).state == "sent"
    for kept in ("住院花费大", "部门已受理", "由市医疗保障局改派给", "久未办理，改由教体局", liu.account.name):
        assert kept in page.text, kept
    assert education.open(f"/console/referrals/{sent}").status == 200
    assert medical.open(f"/console/referrals/{sent}").status == 404
    with db.read() as session:
        assert {(i.department, i.state) for i in session.scalars(select(OutboxItem))} >= {("education", "waiting")}
    assert "改派部门" in liu.open(f"/console/households/{uid('a')}/chain").text
    assert "改派" not in [words for form in liu.open(f"/console/referrals/{sent}").forms for words in form.buttons]


def test_the_programmes_to_choose_from_are_those_of_the_place_by_office(liu):
    page = liu.open(f"/console/households/{uid('a')}/refer")
    groups = dict(re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', page.html, re.S))
    assert 'value="medical.aid"' in groups["市医疗保障局"]
    book = departments().rulebook
    here = {rule.id for rule in book.programmes if not rule.tier and book.body(rule, "jiaozhou")}
    offered = set(re.findall(r'value="([\w.]+)"', "".join(groups.values())))
    assert offered == here and len(here) < len([rule for rule in book.programmes if not rule.tier])
