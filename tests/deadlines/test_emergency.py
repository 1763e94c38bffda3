"""24小时先行救助 (淄博 二(六)): the clock runs from the finding, through the night and 春节, and past it the case goes up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from fieldsvc.accounts.rules import Actor
from fieldsvc.aidchain.models import Link
from fieldsvc.alerts.disposal import dispose
from fieldsvc.alerts.kinds import Desk
from fieldsvc.alerts.models import Alert
from fieldsvc.deadlines.queries import running
from fieldsvc.deadlines.sweep import escalate_due
from fieldsvc.departments.web import KEY
from fieldsvc.emergency import service as emergency
from fieldsvc.facts.service import record
from fieldsvc.kit import clock
from fieldsvc.screening.service import screen_due
from tests.support.jiaozhou import ROOT, departments, load_departments, open_township
from tests.support.river import COUNTY, uid, visit

TOWNSHIP = Actor(COUNTY, 2, "王主任", "township_officer", "370281001")
URGENT = {"distress": "yes", "distress_kind": "emergency"}


@pytest.fixture
def place(site, at):
    """``place("zibo")`` → the township under that place's texts; nothing is due."""

    def opened(name):
        own = replace(site.settings, jurisdiction=name, supplements=(ROOT / f"fieldsvc/civil/sample/{name}.toml",))
        made = replace(site, settings=own)
        open_township(made, "a")
        screen(made)
        return made

    return opened


def rules_of(site):
    return load_departments(site.settings)


def screen(site):
    while screen_due(site, rules_of(site)):
        pass


def urgent(site, found_at):
    """A visit that finds a family in acute distress, screened when the server's clock says so."""
    with site.db.write() as session:
        visit(site, session, uid("a"), "v1", URGENT, form="civil_aid_visit", at=found_at)
    screen(site)
    with site.db.read() as session:
        return session.scalars(select(Alert.id).where(Alert.rule_id == "civil.advance_aid")).one()


def step(site, alert, **body):
    with site.db.write() as session:
        dispose(session, Desk(TOWNSHIP, site.settings.jurisdiction, rules_of(site)), alert, body)


def ups(site):
    with site.db.read() as session:
        return [link.content["step"] for link in session.scalars(select(Link).where(Link.kind == "deadline_overdue").order_by(Link.n))]


@pytest.mark.requirement("EMG-01")
def test_a_clock_runs_from_the_finding_and_past_24_hours_the_case_turns_red_and_goes_up(at, app, place, client, signed, clocks):
    """Found on the eve of 春节 at 21:10; the phone had no signal until two hours later."""
    at(2026, 2, 16, 23, 5)
    seen = at.time - timedelta(hours=1, minutes=55)
    zibo = place("zibo")
    app.extensions |= {KEY: rules_of(zibo)}
    alert = urgent(zibo, seen)
    path, officer = f"/api/v1/alerts/{alert}", signed()

    def shown():
        told = client.get(path, headers=officer).json
        return told, next(each for each in told["deadlines"] if each["kind"] == "aid_first")

    whole, aid = shown()
    assert (aid["started_at"], aid["due_at"]) == ("2026-02-16T21:10:00+08:00", "2026-02-17T21:10:00+08:00")
    assert (aid["label"], aid["state"], aid["remaining_seconds"]) == ("先行救助", "running", 22 * 3600 + 5 * 60)
    assert (aid["source"]["clause"], aid["source"]["quote"]) == ("二(六)", "全面落实急难对象24小时先行救助制度")
    assert (whole["overdue"], whole["due_at"]) == (False, aid["due_at"])
    at(2026, 2, 17, 21, 10)
    assert escalate_due(zibo) == 0
    at(seconds=1)
    assert shown()[1]["state"] == "overdue"
    assert escalate_due(zibo) == 1
    whole, aid = shown()
    assert (whole["overdue"], aid["escalated_at"], ups(zibo)) == (True, "2026-02-17T21:10:01+08:00", ["先行救助"])
    county = client.get("/api/v1/deadlines?state=overdue", headers=signed("county_officer", COUNTY)).json["items"]
    assert [(one["subject_id"], one["kind"]) for one in county] == [(alert, "aid_first")]


def test_found_longer_ago_than_24_hours_by_a_phone_that_was_offline_it_goes_up_at_once(at, place, clocks):
    at(2026, 3, 4, 9)
    zibo = place("zibo")
    alert = urgent(zibo, at.time - timedelta(hours=30))
    assert clocks(alert)["aid_first"].due_at == at.time - timedelta(hours=6)
    assert (escalate_due(zibo), ups(zibo)) == (1, ["先行救助"])


def test_it_runs_until_aid_was_given_not_until_it_was_verified(at, place, clocks):
    zibo = place("zibo")
    alert = urgent(zibo, at.time)
    at(hours=1)
    step(zibo, alert, kind="verify", result="confirmed")
    assert clocks(alert)["aid_first"].met_at is None
    given = at(hours=2)
    step(zibo, alert, kind="carry_out", carried_out="由临时救助备用金先行救助")
    assert clocks(alert)["aid_first"].met_at == given
    at(days=30)
    assert escalate_due(zibo) == 0


def open_case(site, found_at):
    desk = emergency.Desk(TOWNSHIP, site.settings.jurisdiction, rules_of(site), site.vault)
    body = {"household_id": uid("a"), "kind": "emergency", "cause": "fire", "residence": "registered", "found_at": found_at}
    with site.db.write() as session:
        return desk, emergency.open_case(session, desk, body).id


def aid(site, desk, case):
    with site.db.write() as session:
        emergency.pay(session, desk, case, {"kind": "advance", "amount": "1500"})


def test_a_case_takes_over_the_clock_of_the_alert_that_found_it(at, place, clocks):
    """One finding, one clock: it goes on though the alert is closed into the case, and ends with the first aid."""
    zibo = place("zibo")
    alert, found_at = urgent(zibo, at.time), at.time
    at(hours=1)
    desk, case = open_case(zibo, at.time)
    assert (clocks(case)["aid_first"].started_at, "aid_first" in clocks(alert)) == (found_at, False)
    step(zibo, alert, kind="verify", result="confirmed")
    step(zibo, alert, kind="carry_out", carried_out="转急难救助办理")
    screen(zibo)
    assert clocks(case)["aid_first"].met_at is None
    given = at(hours=1)
    aid(zibo, desk, case)
    assert clocks(case)["aid_first"].met_at == given


def test_a_case_that_an_officer_opens_has_the_only_clock(at, place, clocks):
    """What is written down of the case raises an alert; that begins no clock beside the case's, nor after aid was given."""
    zibo = place("zibo")
    found_at = at.time - timedelta(hours=20)
    desk, case = open_case(zibo, found_at)
    screen(zibo)
    with zibo.db.read() as session:
        alert = session.scalars(select(Alert.id).where(Alert.rule_id == "civil.advance_aid")).one()
    assert (clocks(case)["aid_first"].started_at, "aid_first" in clocks(alert)) == (found_at, False)
    aid(zibo, desk, case)
    screen(zibo)
    at(days=30)
    while escalate_due(zibo):
        pass
    assert "先行救助" not in ups(zibo)


def test_past_24_hours_a_case_goes_up_once(at, place, clocks):
    zibo = place("zibo")
    _, case = open_case(zibo, at.time)
    screen(zibo)
    at(hours=24, seconds=1)
    assert (escalate_due(zibo), escalate_due(zibo), ups(zibo)) == (1, 0, ["先行救助"])
    assert clocks(case)["aid_first"].escalated_at == at.time


def test_puning_gives_aid_first_but_sets_no_hours(at, place, clocks):
    puning = place("puning")
    alert = urgent(puning, at.time)
    row = clocks(alert)["aid_first"]
    assert (row.due_at, row.source) == (None, None)
    at(days=30)
    with puning.db.read() as session:
        shown = running(session, COUNTY, [alert], clock.now())[alert]
    aid = next(one for one in shown if one.kind == "aid_first")
    assert (aid.state, aid.due_text, aid.source_text, aid.remaining) == ("unset", "未设定时限", "未设定时限", None)


def test_an_officer_s_finding_starts_it_too(at, place, clocks):
    zibo = place("zibo")
    with zibo.db.write() as session:
        record(session, COUNTY, uid("a"), None, {"distress": True, "distress_kind": "emergency"}, as_of=clock.now(),
               source_kind="officer", source_id="2", declared=departments().vocabulary.facts)  # fmt: skip
    found_at = at.time
    at(minutes=3)
    screen(zibo)
    with zibo.db.read() as session:
        alert = session.scalars(select(Alert.id).where(Alert.rule_id == "civil.advance_aid")).one()
    assert clocks(alert)["aid_first"].started_at == found_at
