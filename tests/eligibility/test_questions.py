"""What to ask next: the unknown facts that would settle most decisions come first."""

import pytest

from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.explain import Explanation, explain
from fieldsvc.eligibility.planner import make_plan
from fieldsvc.eligibility.questions import candidates, questions, weighed

from .world import ON, parameter, programme, world

RULES = (
    programme("p.ill", "ill")
    + programme("p.both", "ill AND works")
    + programme("p.cost", "cost > :limit OR ill")
    + programme("p.kind", "kind IN ('a', 'b')", "works")
    + programme("p.waits", "works AND :local")
)
PARAMETERS = parameter("limit", "{ urban = 100, rural = 50 }", "yuan", 'by = "area"\n') + '[[open]]\nname = "local"\nunit = "test"\n'


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return world(tmp_path_factory.mktemp("world"), rules=RULES, parameters=PARAMETERS)


def asked(book, **known):
    members = {"anna": {n: FactValue(v) for n, v in known.items()}}
    return questions(explain(book, "north", ON, {"area": FactValue("urban")}, members, "house"))


def test_what_alone_settles_most_comes_first(book):
    first, *_ = asked(book, cost="10", works=True)
    assert (first.fact, first.subject_id) == ("ill", "anna")
    assert set(first.settles) == {"p.ill", "p.both", "p.cost"}
    assert first.ask == "请核实：患病"


def test_what_a_supplement_must_give_is_not_asked_of_a_visitor(book):
    (left,) = asked(book, cost="10", works=True, ill=False)
    assert (left.fact, left.settles) == ("kind", ("p.kind",))


def test_nothing_is_asked_when_all_is_decided(book):
    assert asked(book, cost="10", works=False, ill=False) == []


def test_trying_answers_counts_what_any_answer_would_settle(book):
    plan = make_plan(book, "north", ON)
    tried = weighed(Explanation(plan, {"area": FactValue("urban")}, {"anna": {}}, "house"))
    settles = {q.fact: set(q.settles) for q in tried}
    assert settles["works"] == {"p.both", "p.kind", "p.waits"}
    assert settles["ill"] == {"p.ill", "p.both", "p.cost"}
    assert settles["cost"] == {"p.cost"}
    assert tried[0].fact in ("ill", "works")


def test_values_to_try_stand_on_both_sides_of_every_turning_point(book):
    plan = make_plan(book, "north", ON)
    tried = {str(v) for v in candidates(plan, book.vocabulary.facts["cost"])}
    assert {"9999/100", "100", "10001/100", "4999/100", "50", "5001/100"} <= tried
    assert candidates(plan, book.vocabulary.facts["kind"]) == ["a", "b", "c"]
