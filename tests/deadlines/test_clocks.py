"""Which clock runs when: started by a step, met by the one that answers it, running again when that is undone."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from fieldsvc.accounts.rules import Actor
from fieldsvc.alerts.collapse import collapse, reopen
from fieldsvc.alerts.disposal import dispose
from fieldsvc.alerts.kinds import Desk
from fieldsvc.alerts.undo import undo
from fieldsvc.applications.service import Asked, Counter, decide, open_application
from fieldsvc.deadlines.sweep import compute_due
from fieldsvc.households.models import Household
from fieldsvc.households.service import update_household
from fieldsvc.kit.clock import CHINA
from fieldsvc.referrals.models import Referral
from fieldsvc.referrals.service import feedback, resend
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, uid

TOWNSHIP = Actor(COUNTY, 2, "王主任", "township_officer", "370281001")
OFFICER = Actor(COUNTY, 3, "李科长", "department_officer", COUNTY, "medical")
VERIFIED = {"kind": "verify", "result": "confirmed"}


def desk(actor=TOWNSHIP):
    return Desk(actor, "jiaozhou", departments())


@pytest.fixture
def step(site):
    def taken(alert, **body):
        with site.db.write() as session:
            dispose(session, desk(), alert, body)

    return taken


@pytest.fixture
def answer(site):
    """``answer("accept")`` is the department's step on the one referral; returns the referral's id."""

    def given(action=None, **body):
        with site.db.write() as session:
            key = session.scalars(select(Referral.id)).one()
            if action:
                feedback(session, desk(OFFICER), key, action, body)
            return key

    return given


def end(row):
    return row.due_at.astimezone(CHINA) if row.due_at else None


def test_an_open_alert_is_to_be_verified_in_the_time_of_its_severity(at, found, clocks):
    one, other = clocks(found("a"))["verify"], clocks(found("b", severity="high"))["verify"]
    assert (one.started_at, end(one)) == (at.time, datetime(2026, 3, 6, tzinfo=CHINA))
    assert (end(other), other.source["reference"]) == (at.time + timedelta(hours=24), "示例：办理时限规定（样例）")


def test_verified_it_is_to_be_disposed_of_and_closed_it_awaits_nothing(at, found, clocks, step):
    alert = found()
    verified = at(days=1)
    step(alert, **VERIFIED)
    assert (clocks(alert)["verify"].met_at, clocks(alert)["dispose"].started_at) == (verified, verified)
    closed = at(days=1)
    step(alert, kind="carry_out", carried_out="已发放")
    assert {row.kind: row.met_at for row in clocks(alert).values()} == {"verify": verified, "dispose": closed}


def test_one_that_proves_untrue_awaits_nothing(at, found, clocks, step):
    alert = found()
    step(alert, kind="verify", result="not_confirmed", note="本人已参保")
    assert list(clocks(alert)) == ["verify"] and clocks(alert)["verify"].met_at == at.time


def test_a_referral_is_to_be_accepted_and_answered(at, found, clocks, step, answer):
    alert = found()
    step(alert, **VERIFIED)
    sent = at(days=1)
    step(alert, kind="refer")
    referral = answer()
    assert clocks(alert)["dispose"].met_at == sent
    assert {kind: row.started_at for kind, row in clocks(referral).items()} == {"accept": sent, "answer": sent}
    assert end(clocks(referral)["accept"]) == datetime(2026, 3, 6, tzinfo=CHINA)
    accepted = at(hours=3)
    answer("accept")
    assert [clocks(referral)[kind].met_at for kind in ("accept", "answer")] == [accepted, None]
    done = at(days=2)
    answer("done", outcome={"金额": "400.00"})
    assert (clocks(referral)["answer"].met_at, clocks(alert)["dispose"].met_at) == (done, sent)


def test_a_returned_referral_is_the_township_s_turn_and_sent_again_the_department_s(at, site, found, clocks, step, answer):
    alert = found()
    step(alert, **VERIFIED)
    step(alert, kind="refer")
    returned = at(days=1)
    referral = answer("return", reason="缺少材料")
    assert all(row.met_at == returned for row in clocks(referral).values())
    assert (clocks(alert)["dispose"].started_at, clocks(alert)["dispose"].met_at) == (returned, None)
    again = at(days=1)
    with site.db.write() as session:
        resend(session, desk(), referral, "补了材料")
    assert {row.started_at for row in clocks(referral).values()} == {again}
    assert clocks(alert)["dispose"].met_at == again


def test_an_undone_step_lets_its_clock_run_on_from_its_old_start(at, site, found, clocks, step):
    alert = found()
    before = clocks(alert)["verify"]
    at(days=1)
    step(alert, **VERIFIED)
    at(hours=1)
    with site.db.write() as session:
        undo(session, desk(), alert, "选错了户")
    after = clocks(alert)
    assert list(after) == ["verify"]
    assert (after["verify"].met_at, after["verify"].due_at, after["verify"].id) == (None, before.due_at, before.id)


def test_a_worse_finding_shortens_the_time_from_the_same_start(at, found, clocks):
    alert, began = found(), at.time
    at(hours=2)
    found(severity="high", fingerprint="facts-2")
    assert (clocks(alert)["verify"].started_at, end(clocks(alert)["verify"])) == (began, began + timedelta(hours=24))


def test_an_alert_closed_into_another_awaits_nothing_until_they_are_two_again(at, site, found, clocks):
    first, second = found("a"), found("b")
    at(hours=1)
    with site.db.write() as session:
        done = collapse(session, TOWNSHIP, uid("a"), uid("b"))
    running = [key for key in (first, second) if clocks(key)["verify"].met_at is None]
    assert len(running) == len(done) == 1 and done[0]["into"] == running[0]
    with site.db.write() as session:
        reopen(session, TOWNSHIP, done)
    assert all(clocks(key)["verify"].met_at is None for key in (first, second))


def test_an_application_is_to_be_decided(at, town, clocks):
    with town.db.write() as session:
        counter = Counter(TOWNSHIP, "jiaozhou", departments())
        one = open_application(session, counter, Asked(uid("a"), None, "dibao", {"scope": ["classification"]})).id
    row = clocks(one)["decide"]
    assert (row.subject, row.started_at, row.source["title"]) == ("application", at.time, "申请审核认定的时限")
    decided = at(days=3)
    with town.db.write() as session:
        decide(session, Counter(TOWNSHIP, "jiaozhou", departments()), one, "override", "tekun", "入户核实")
    assert clocks(one)["decide"].met_at == decided


def test_where_the_limits_were_not_at_hand_the_worker_works_them_out(at, site, found, clocks, monkeypatch):
    monkeypatch.setattr("tests.deadlines.conftest.limits", lambda: None)
    alert = found()
    assert clocks(alert)["verify"].due_at is None
    assert [compute_due(site, departments().policy), compute_due(site, departments().policy)] == [1, 0]
    assert end(clocks(alert)["verify"]) == datetime(2026, 3, 6, tzinfo=CHINA)


def test_clocks_move_along_with_their_household(at, app, town, found, clocks):
    alert = found()
    with town.db.write() as session:
        update_household(session, town.vault, session.get(Household, (COUNTY, uid("a"))), {"village_code": "370281002001"})
    assert clocks(alert)["verify"].village_code == "370281002001"
