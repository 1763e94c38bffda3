"""A batch is looked at whole and worked out in parts: what did not change is not written, what did not come to its turn waits."""

import pytest
from sqlalchemy import func, select

from fieldsvc.aidchain.models import Link
from fieldsvc.alerts.models import Alert
from fieldsvc.facts.models import DirtyHousehold
from fieldsvc.facts.service import mark_dirty
from fieldsvc.feed.models import Change
from fieldsvc.households.models import Task
from fieldsvc.screening import examine, service, settle
from fieldsvc.screening.models import DeterminationRow
from fieldsvc.screening.service import screen_due
from tests.support.jiaozhou import INSURED, UNINSURED, departments, medical_visit, open_township
from tests.support.river import uid

NAMES = ("a", "b", "c", "d", "e")


@pytest.fixture
def town(site, monkeypatch):
    monkeypatch.setattr(service, "PART", 2)
    monkeypatch.setattr(settle, "SEEN_SLICE", 2)
    open_township(site, *NAMES)
    for name in NAMES:
        medical_visit(site, name, UNINSURED)
    return site


def counts(site):
    with site.db.read() as session:
        return {table.__name__: session.scalar(select(func.count()).select_from(table)) for table in
                (DeterminationRow, Alert, Task, Change, Link, DirtyHousehold)}  # fmt: skip


def again(site, *names):
    with site.db.write() as session:
        mark_dirty(session, site.county, [uid(name) for name in names])


def drain(site):
    while screen_due(site, departments()):
        pass


def test_the_same_again_explains_nothing_and_writes_nothing(town, monkeypatch):
    drain(town)
    before = counts(town)
    assert before["Alert"] == 5 and before["DirtyHousehold"] == 0
    again(town, *NAMES)
    monkeypatch.setattr(examine, "explained", lambda *_: pytest.fail("worked through for nothing"))
    assert screen_due(town, departments()) == 5
    assert counts(town) == before


def test_only_the_household_that_changed_is_worked_out(town, monkeypatch):
    drain(town)
    before, looked = counts(town), []
    explained = examine.explained
    monkeypatch.setattr(examine, "explained", lambda plan, judged: looked.append(judged.id) or explained(plan, judged))
    medical_visit(town, "c", INSURED, "later")
    again(town, *NAMES)
    drain(town)
    assert looked == [uid("c")]
    assert counts(town)["DeterminationRow"] == before["DeterminationRow"] + 2


def test_a_part_that_fails_costs_the_parts_before_it_nothing(town, monkeypatch):
    found = service.findings

    def findings(book, judged):
        return 1 / 0 if judged.id == uid("e") else found(book, judged)

    monkeypatch.setattr(service, "findings", findings)
    drain(town)
    with town.db.read() as session:
        (left,) = session.scalars(select(DirtyHousehold)).all()
    assert (left.household_id, left.set_aside, counts(town)["Alert"]) == (uid("e"), True, 4)


def test_what_did_not_come_to_its_turn_goes_back_and_is_done_later(town, monkeypatch):
    monkeypatch.setattr(service, "MOST_SECONDS", -1.0)
    assert screen_due(town, departments()) == 2, "at least one part, or nothing would ever be done"
    with town.db.read() as session:
        marks = session.scalars(select(DirtyHousehold)).all()
    assert [(m.lease, m.failures, m.set_aside) for m in marks] == [(None, 0, False)] * 3
    monkeypatch.setattr(service, "MOST_SECONDS", 25.0)
    drain(town)
    assert (counts(town)["Alert"], counts(town)["DirtyHousehold"]) == (5, 0)


def test_an_alert_whose_facts_were_forgotten_is_told_again_though_no_fact_changed(town):
    drain(town)
    with town.db.write() as session:
        for alert in session.scalars(select(Alert)):
            alert.fingerprint = ""
    again(town, *NAMES)
    drain(town)
    with town.db.read() as session:
        assert all(session.scalars(select(Alert.fingerprint)))
