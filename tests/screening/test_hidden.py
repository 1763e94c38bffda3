"""What a 儿童主任 was told at a child visit never shows to a 网格员: no rule, no tier, no contradiction, no alert of it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from fieldsvc.accounts.rules import CHILD_DIRECTOR, GRID_WORKER, Actor
from fieldsvc.alerts.models import Alert
from fieldsvc.eligibility.vocabulary import Vocabulary
from fieldsvc.facts.service import record
from fieldsvc.kit import clock
from fieldsvc.kit.memory import forget
from fieldsvc.screening import determinations
from fieldsvc.screening.views import shown
from tests.support.jiaozhou import UNINSURED, departments, medical_visit
from tests.support.river import COUNTY, DAY, uid

WORKER = Actor(COUNTY, 1, "网格员", GRID_WORKER, "370281001001")
DIRECTOR = Actor(COUNTY, 5, "儿童主任", CHILD_DIRECTOR, "370281001001")


@pytest.fixture
def child(town):
    """Two sources differ on a child-class fact of a's first person."""
    with town.db.write() as session:
        for source, told in (("visit", True), ("department", False)):
            facts = (
                {"child_attends_school": told, "child_status_seen": "other"}
                if source == "visit"
                else {"child_attends_school": told}
            )
            record(session, COUNTY, uid("a"), uid("a/p1"), facts, as_of=DAY, source_kind=source, source_id=source,
                   declared=departments().vocabulary.facts)  # fmt: skip
    return town


def seen(site, actor, book, place="changle", on=None):
    with site.db.read() as session:
        found = determinations.computed(session, COUNTY, uid("a"), book, place, on or clock.today())
        differ = determinations.disagreements(session, COUNTY, uid("a"), book)
    return shown(found, actor, book, differ)


def rules(view):
    return {rule["id"] for subject in view["subjects"] for rule in subject["rules"]}


def test_a_rule_of_child_facts_shows_to_the_director_alone(child):
    book = departments().rulebook
    worker, director = seen(child, WORKER, book), seen(child, DIRECTOR, book)
    assert rules(director) - rules(worker) >= {"civil.child_candidate"}
    assert "child_status_seen" in str(director) and "child_" not in str(worker["contradictions"])
    assert [each["fact"] for each in director["contradictions"]] == ["child_attends_school"] and worker[
        "contradictions"
    ] == []


def test_what_holds_an_alert_back_hides_the_rule_too(child, monkeypatch):
    book = departments().rulebook
    rule = "medical.insurance_subsidy"
    held = replace(book.by_id[rule], alert=replace(book.by_id[rule].alert, unless="child_neglected"))
    made = replace(book, programmes=tuple(held if r.id == rule else r for r in book.programmes))
    assert rule in rules(seen(child, DIRECTOR, made, "jiaozhou"))
    assert rule not in rules(seen(child, WORKER, made, "jiaozhou"))


def test_facts_of_a_department_that_is_gone_stay_hidden(child):
    book = departments().rulebook
    without = {name: fact for name, fact in book.vocabulary.facts.items() if fact.sensitivity != "child"}
    now = replace(book, vocabulary=Vocabulary(without, book.vocabulary.derived))
    with child.db.read() as session:
        then = determinations.computed(session, COUNTY, uid("a"), book, "changle", clock.today())
        differ = determinations.disagreements(session, COUNTY, uid("a"), now)
    view = shown(then, WORKER, now, differ)
    assert "civil.child_candidate" not in rules(view) and view["contradictions"] == []


def test_an_alert_held_back_by_a_child_fact_is_of_the_child_class(child, screen, monkeypatch):
    book = departments().rulebook
    rule = "medical.insurance_subsidy"
    facts = book.vocabulary.facts
    secret = replace(facts["insured"], sensitivity="child")
    monkeypatch.setitem(facts, "insured", secret)
    forget(child.db.engine)
    medical_visit(child, "a", UNINSURED)
    screen()
    with child.db.read() as session:
        assert session.scalar(select(Alert.klass).where(Alert.rule_id == rule)) == "child"
