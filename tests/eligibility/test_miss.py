"""A refusal names the one fact, and its value, that would turn it; applying it does."""

from datetime import date

import pytest

from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.explain import worked_through
from fieldsvc.eligibility.miss import nearest_miss

from .test_agreement import DERIVED, PARAMETERS
from .world import FACTS, ON, TIER, parameter, programme, world

MONEY = parameter("hundred", "100", "yuan") + parameter("fifty", "50", "yuan")
RULES = "\n".join([
    programme("p.first", "ill", more='tier = "first"'),
    programme("p.poor", "income * 3 < :limit"),
    programme("p.exact", "cost * :rate >= :hundred"),
    programme("p.total", "total < :limit * people"),
    programme("p.dearest", "dearest <= :fifty"),
    programme("p.limit", ":limit > :hundred"),
    programme("p.two", "ill", "works"),
    programme("p.kind", "kind IN (:letters)"),
    programme("p.word", "label_text IN ('a:1', 'b:2')"),
    programme("p.old", "age >= 60"),
    programme("p.soon", "until_day > :on_date - INTERVAL '3' MONTH"),
    programme("p.both", "income < :hundred AND cost < :hundred"),
    programme("p.either", "income < :hundred OR cost < :hundred"),
    programme("p.open", "ill", "points > 3"),
    programme("p.square", "points * points > 50"),
])  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return world(tmp_path_factory.mktemp("miss"), facts=FACTS + TIER + DERIVED, rules=RULES, parameters=PARAMETERS + MONEY)


def miss(book, rule, area="urban", others=(), **known):
    people = {f"p{n}": {k: FactValue(v) for k, v in facts.items()} for n, facts in enumerate([known, *others])}
    home = {"area": FactValue(area)}
    found = nearest_miss(worked_through(book, "north", ON, home, people, "home"), book.by_id[rule], "p0")
    if found is None:
        return None
    if found.subject_id == "home":
        home[found.fact] = FactValue(found.value)
    else:
        people[found.subject_id][found.fact] = FactValue(str(found.value) if isinstance(found.value, date) else found.value)
    again = worked_through(book, "north", ON, home, people, "home")
    assert again.ruled(book.by_id[rule], "p0").verdict == found.becomes != "n"
    return found.fact, found.subject_id, str(found.value), found.becomes


def test_a_threshold_is_solved_to_the_fen(book):
    assert miss(book, "p.poor", income="400") == ("income", "p0", "333.33", "e")
    assert miss(book, "p.exact", cost="1") == ("cost", "p0", "300", "e")


def test_a_sum_over_members_names_whose_share_is_changed_least(book):
    alone = {"works": False, "kind": "a"}
    found = miss(book, "p.total", income="1500", **alone, others=[{"income": "600", **alone}])
    assert found == ("income", "p0", "1399.99", "e")


def test_the_dearest_of_two_goes_down_only_to_the_limit(book):
    assert miss(book, "p.dearest", cost="90", others=[{"cost": "20"}]) == ("cost", "p0", "50", "e")
    assert miss(book, "p.dearest", cost="90", others=[{"cost": "80"}]) is None


def test_two_refusing_facts_have_no_single_mend(book):
    assert miss(book, "p.two", ill=False, works=False) is None
    assert miss(book, "p.two", ill=False, works=True) == ("ill", "p0", "True", "e")
    assert miss(book, "p.both", income="200", cost="200") is None


def test_of_two_facts_the_smaller_change_is_told(book):
    assert miss(book, "p.either", income="120", cost="900") == ("income", "p0", "99.99", "e")
    assert miss(book, "p.either", income="900", cost="120") == ("cost", "p0", "99.99", "e")


def test_choices_texts_and_dates(book):
    assert miss(book, "p.kind", kind="c") == ("kind", "p0", "a", "e")
    assert miss(book, "p.word", kind="a", points=3) == ("points", "p0", "1", "e")
    assert miss(book, "p.old", born="1970-02-10") == ("born", "p0", "1965-06-01", "e")
    assert miss(book, "p.soon", until_day="2025-02-20") == ("until_day", "p0", "2025-03-02", "e")


def test_what_would_still_be_unknown_is_said(book):
    assert miss(book, "p.open", ill=False) == ("ill", "p0", "True", "u")


def test_what_is_no_refusal_has_no_miss(book):
    assert miss(book, "p.poor", income="10") is None
    assert miss(book, "p.poor") is None


def test_a_table_by_area_may_be_the_nearest(book):
    assert miss(book, "p.poor", area="rural", income="300") == ("income", "p0", "0.1", "e")
    assert miss(book, "p.limit", area="rural", points=5) == ("area", "home", "urban", "e")


def test_a_square_is_found_by_steps(book):
    found = miss(book, "p.square", points=7)
    assert found is not None and int(found[2]) >= 8
