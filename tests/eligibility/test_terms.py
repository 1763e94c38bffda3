"""Conditional terms of derived facts, parts of table and range parameters, and the place's own standards."""

from itertools import product

import polars as pl
import pytest

from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.evaluate import evaluate
from fieldsvc.eligibility.explain import explain
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.eligibility.standards import standard_findings
from fieldsvc.policy.refusals import Refused

from .world import FACTS, ON, condition, parameter, programme, world

NET = """
[[derived]]
name = "net"
label = "计入的收入"
subject = "person"
type = "money"
terms = [
  { value = "income", where = "works" },
  { value = "cost * :half", where = "ill AND 'cost' IN (:counted)" },
]
"""
PARAMETERS = (
    parameter("half", '"1/2"', "ratio")
    + parameter("counted", '["cost"]', "list")
    + parameter("line", "100", "yuan")
    + parameter("ratio", '{ urban = ["1/4", "1/3"], rural = ["1/3", "1/2"] }', "ratio")
    + parameter("flat", '{ urban = "7", rural = "5" }', "yuan", 'by = "area"\n')
)


def net(root, **more):
    rules = programme("p", "net >= :line") + more.pop("rules", "")
    return world(root, facts=FACTS + NET, parameters=PARAMETERS + more.pop("parameters", ""), rules=rules, **more)


def asked(book, person, household=None):
    """The letter of rule p and the facts missing, where both engines agree."""
    shown = explain(book, "north", ON, {}, {"p": {k: FactValue(v) for k, v in person.items()}})
    frame = pl.DataFrame([{"person_id": "p", "household_id": "h", **person}])
    result = evaluate(book, "north", ON, frame, pl.DataFrame([{"household_id": "h", **(household or {})}]))
    ruled = shown.ruled("p", "p")
    assert result.persons["verdicts"][0][0] == ruled.verdict
    return ruled.verdict, {fact.fact for fact in ruled.missing_facts}


@pytest.mark.parametrize(
    ("person", "verdict", "missing"),
    [
        ({"works": True, "income": "60", "ill": True, "cost": "80"}, "e", set()),
        ({"works": True, "income": "60", "ill": True, "cost": "79.98"}, "n", set()),
        ({"works": False, "ill": True, "cost": "200"}, "e", set()),
        ({"works": False, "ill": False}, "n", set()),
        ({"works": False, "ill": True}, "u", {"cost"}),
        ({"works": False}, "u", {"ill"}),
        ({"income": "100", "ill": False}, "u", {"works"}),
    ],
)
def test_a_term_counts_where_its_test_holds_and_need_not_be_known_elsewhere(tmp_path, person, verdict, missing):
    assert asked(net(tmp_path), person) == (verdict, missing)


def test_both_engines_agree_on_every_mix_of_known_and_unknown(tmp_path):
    book = net(tmp_path)
    for works, ill, income, cost in product([True, False, None], [True, False, None], ["150", "0", None], ["300", None]):
        asked(book, {"works": works, "ill": ill, "income": income, "cost": cost})


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ('[{ value = "income" }]', "bad_terms"),
        ('[{ value = "points", where = "ill" }]', "type_error"),
        ('[{ value = "income", where = "points" }]', "type_error"),
        ('[{ value = "unheard", where = "ill" }]', "unknown_fact"),
    ],
)
def test_terms_are_checked_at_load(tmp_path, terms, code):
    bad = f'[[derived]]\nname = "bad"\nlabel = "x"\nsubject = "person"\ntype = "money"\nterms = {terms}\n'
    with pytest.raises(Refused) as found:
        world(tmp_path, facts=FACTS + bad)
    assert found.value.refusals[0].code == code


@pytest.mark.parametrize(
    ("test", "income", "verdict"),
    [
        ("income = :flat_urban", "7", "e"),
        ("income = :flat_rural", "7", "n"),
        ("income <= :line * :ratio_urban_max", "33.33", "e"),
        ("income >= :line * :ratio_rural_min", "33.33", "n"),
    ],
)
def test_a_part_of_a_table_or_range_has_a_name(tmp_path, test, income, verdict):
    book = world(tmp_path, parameters=PARAMETERS, rules=programme("p", test))
    assert asked(book, {"income": income})[0] == verdict


def test_a_part_that_no_table_has_is_refused(tmp_path):
    with pytest.raises(Refused) as found:
        world(tmp_path, parameters=PARAMETERS, rules=programme("p", "income = :flat_moon"))
    assert found.value.refusals[0].code == "unknown_parameter"


def test_facts_may_stand_in_files_of_a_folder(tmp_path):
    (tmp_path / "facts").mkdir()
    more = '[[fact]]\nname = "extra"\nlabel = "x"\nsubject = "person"\ntype = "bool"\n'
    (tmp_path / "facts" / "more.toml").write_text(more, encoding="utf-8")
    assert asked(world(tmp_path, rules=programme("p", "extra")), {"extra": True})[0] == "e"


def standard(*tests):
    head = '[[standard]]\nid = "s"\ntitle = "标准"\nsignal = "超出范围"\n'
    return head + "".join(condition("north", f"c{i}", test, "standard") for i, test in enumerate(tests))


def test_a_standard_warns_says_what_is_missing_and_is_kept_with_the_book(tmp_path):
    opened = '[[open]]\nname = "later"\ntitle = "待定"\nunit = "yuan"\n'
    rules = standard(":flat_urban > :flat_rural", ":flat_urban < :flat_rural", ":later > 0")
    book = net(tmp_path, parameters=opened, rules=rules)
    found = standard_findings(RuleBook.from_json(book.to_json()), "north", ON)
    assert [(f.condition, f.state) for f in found] == [("c0", "within"), ("c1", "outside"), ("c2", "unknown")]
    assert found[2].missing == ("later",)
    assert found[1].authority.quote == "引文"
    assert standard_findings(book, "bare", ON) == []


def test_a_standard_may_not_read_facts(tmp_path):
    with pytest.raises(Refused) as found:
        net(tmp_path, rules=standard("home_value > :line"))
    assert found.value.refusals[0].code == "unknown_fact"
