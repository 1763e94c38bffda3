"""Which facts are asked for, in which order, and never twice."""

from datetime import UTC, date, datetime

import pytest

from fieldsvc.eligibility.questions import Question
from fieldsvc.tasks.rules import MOST_OPEN, Asked, Cycle, Place, due, shortest, turn, wanted

TODAY = date(2026, 3, 1)
FORM = Place("visit", "走访表", "general", ("q",), ("问题",))


def question(fact, settles=(), concerns=("r",), who="anna"):
    return Question(fact, fact, who, f"请核实：{fact}", tuple(settles), tuple(concerns))


def needs(*facts):
    return wanted([question(fact) for fact in facts], dict.fromkeys(facts, FORM), "home")


def test_what_settles_most_decisions_comes_first_and_persons_are_joined():
    asked = [question("b", ["r1"]), question("a"), question("b", ["r1", "r2"], who="ben"), question("nowhere", ["r1"] * 9)]
    first, second = wanted(asked, {"a": FORM, "b": FORM}, "home")
    assert (first.fact, first.persons, first.settles, first.rules) == ("b", ("anna", "ben"), 3, ("r1", "r", "r2"))
    assert (second.fact, second.settles) == ("a", 0)


def test_an_open_question_is_not_opened_again_and_an_answered_one_is_closed():
    found = turn(needs("a", "b"), [Asked("t1", "a", "open", None), Asked("t2", "c", "open", None)], TODAY)
    assert (found.close, [w.fact for w in found.open]) == (("t2",), ["b"])


@pytest.mark.parametrize("ended, again", [(date(2026, 2, 1), False), (date(2025, 8, 1), True), (None, True)])
def test_what_a_worker_closed_without_an_answer_rests(ended, again):
    found = turn(needs("a"), [Asked("t1", "a", "done", ended)], TODAY)
    assert [w.fact for w in found.open] == (["a"] if again else [])


def test_a_household_is_not_flooded():
    facts = [f"f{n:02}" for n in range(30)]
    standing = [Asked("t", "f00", "open", None)]
    assert len(turn(needs(*facts), standing, TODAY).open) == MOST_OPEN - 1


def test_the_shortest_of_two_periods_counts_and_a_visit_starts_the_next():
    cycles = [Cycle("home", "visit", "year", "每年", 12), Cycle("home", "visit", "half", "半年", 6), Cycle("anna", "child", "c", "巡访", 1)]
    assert [(c.subject_id, c.rule_id) for c in shortest(cycles)] == [("home", "half"), ("anna", "c")]
    visited = datetime(2026, 8, 30, 20, tzinfo=UTC)
    assert due(6, visited, TODAY) == date(2027, 2, 28)
    assert due(6, None, TODAY) == date(2026, 9, 1)
