"""A dirty household becomes determinations and alerts: once, with reasons, and again when a fact comes in meanwhile."""

import pytest
from sqlalchemy import func, select

from fieldsvc.alerts.models import Alert
from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.facts.service import mark_dirty
from fieldsvc.feed.models import Change
from fieldsvc.screening import service
from fieldsvc.screening.models import DeterminationRow, RuleSet
from fieldsvc.screening.service import screen_due
from tests.support.jiaozhou import INSURED, UNINSURED, departments, medical_visit, open_township
from tests.support.river import uid


@pytest.fixture
def town(site):
    open_township(site, "a", "b")
    return site


def alerts(site):
    with site.db.read() as session:
        return list(session.scalars(select(Alert).order_by(Alert.rule_id, Alert.subject_id)))


def marks(site):
    with site.db.read() as session:
        return dict(session.execute(select(DirtyHousehold.household_id, DirtyHousehold.generation)).all())


def count(site, model):
    with site.db.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def drain(site):
    while screen_due(site, departments()):
        pass


def test_a_visit_raises_an_alert_with_its_clause_and_tells_the_worker(town):
    drain(town)
    medical_visit(town, "a", UNINSURED)
    assert screen_due(town, departments()) == 1
    (alert,) = alerts(town)
    assert (alert.rule_id, alert.person_id, alert.status) == ("medical.insurance_subsidy", uid("a/p1"), "open")
    assert [(c["channel"], c["source"]) for c in alert.channels] == [("visit", uid("a-visit"))]
    condition = alert.reasons["conditions"][0]
    assert condition["authority"]["clause"] == "四(二)1" and condition["authority"]["quote"]
    assert marks(town) == {}
    with town.db.read() as session:
        assert session.scalar(select(func.count()).where(Change.scope == 1, Change.record_id == alert.id)) == 1


def test_nothing_known_asks_and_accuses_nobody(town):
    drain(town)
    assert alerts(town) == []
    with town.db.read() as session:
        row = session.scalar(select(DeterminationRow).where(DeterminationRow.subject_id == uid("a/p1")))
    assert "u" in row.verdicts and row.tier == "dibao"


def test_the_same_visit_again_changes_nothing_and_new_facts_make_a_new_row(town):
    drain(town)
    medical_visit(town, "a", UNINSURED)
    drain(town)
    rows = count(town, DeterminationRow)
    medical_visit(town, "b", INSURED)
    with town.db.write() as session:
        mark_dirty(session, town.county, [uid("a")])
    drain(town)
    assert (count(town, DeterminationRow), len(alerts(town))) == (rows + 2, 1)
    with town.db.read() as session:
        current = session.scalars(select(DeterminationRow.n).where(DeterminationRow.subject_id == uid("b/p1"), DeterminationRow.current))
        assert list(current) == [2]


def test_the_rule_set_is_stored_once(town):
    drain(town)
    with town.db.read() as session:
        assert list(session.scalars(select(RuleSet.hash))) == [departments().rulebook.hash]


def test_a_visit_pushed_while_its_household_is_screened_is_screened_again(town, monkeypatch):
    drain(town)
    medical_visit(town, "a", INSURED)
    examine = service.examine

    def examined_meanwhile(*args):
        judged = examine(*args)
        medical_visit(town, "a", UNINSURED, "later")
        return judged

    monkeypatch.setattr(service, "examine", examined_meanwhile)
    screen_due(town, departments())
    assert (alerts(town), list(marks(town))) == ([], [uid("a")])
    monkeypatch.setattr(service, "examine", examine)
    drain(town)
    assert (len(alerts(town)), marks(town)) == (1, {})


def test_a_mark_of_a_household_that_does_not_exist_goes_away(town):
    drain(town)
    with town.db.write() as session:
        mark_dirty(session, town.county, ["nobody"])
    drain(town)
    assert marks(town) == {}
