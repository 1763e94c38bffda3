"""What the rules do not know becomes a task on the phone, naming the form question; known facts are not asked."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from fieldsvc.facts.service import mark_dirty
from fieldsvc.feed.models import Change
from fieldsvc.households.models import Assignment, Task
from fieldsvc.tasks import rules
from fieldsvc.tasks.rules import ASK
from tests.support.jiaozhou import INPATIENT, INSURED, UNINSURED, medical_visit
from tests.support.river import COUNTY, DAY, uid


@pytest.fixture(autouse=True)
def everything_at_once(monkeypatch):
    monkeypatch.setattr(rules, "MOST_OPEN", 100)


def asked(site, name="a", status="open"):
    with site.db.read() as session:
        wanted = select(Task).where(Task.household_id == uid(name), Task.kind == ASK, Task.status == status)
        return {task.about: task for task in session.scalars(wanted)}


def screened_again(site, screen, name="a"):
    with site.db.write() as session:
        mark_dirty(session, COUNTY, [uid(name)])
    screen()


def test_an_unknown_fact_becomes_one_task_with_its_form_question_and_reaches_the_worker(town):
    tasks = asked(town)
    insured = tasks["insured"]
    assert (insured.form_id, insured.questions, insured.person_id) == ("civil_household_visit", ["insured"], uid("a/p1"))
    assert "本年度是否参加基本医疗保险？" in insured.detail and "入户走访表" in insured.detail
    with town.db.read() as session:
        assert session.scalar(select(Change.seq).where(Change.scope == 1, Change.record_id == insured.id))


def test_those_that_settle_most_have_the_highest_priority(town, client, signed):
    got = client.get(f"/api/v1/households/{uid('a')}/questions", headers=signed()).get_json()["items"]
    assert [q["priority"] for q in got] == sorted((q["priority"] for q in got), reverse=True)
    assert {q["fact"] for q in got} == set(asked(town)) and got[0]["form_id"] and got[0]["questions"]


def test_nothing_is_asked_twice_and_the_answer_closes_the_task(town, screen):
    before = {fact: task.id for fact, task in asked(town).items()}
    screened_again(town, screen)
    assert {fact: task.id for fact, task in asked(town).items()} == before
    medical_visit(town, "a", INSURED)
    screen()
    assert "insured" not in asked(town)
    closed = asked(town, status="done")["insured"]
    assert (closed.id, closed.closed_by) == (before["insured"], "engine") and closed.done_at


def test_a_known_fact_is_never_asked(town, screen):
    medical_visit(town, "b", INPATIENT)
    screen()
    assert not asked(town, "b").keys() & {"insured", "self_paid_year", "hospital_designated"}
    assert "insured" in asked(town, "a")


def test_what_a_worker_closed_without_an_answer_is_left_in_peace(town, screen):
    with town.db.write() as session:
        session.execute(update(Task).where(Task.household_id == uid("a"), Task.about == "insured").values(status="done"))
    screened_again(town, screen)
    assert "insured" not in asked(town)


def test_a_household_nobody_answers_for_gets_no_tasks(town, screen):
    with town.db.write() as session:
        session.execute(update(Task).values(status="cancelled", closed_by="engine"))
        session.execute(update(Assignment).values(active=False))
    medical_visit(town, "a", UNINSURED, at=DAY + timedelta(days=2))
    screen()
    assert asked(town) == {}
