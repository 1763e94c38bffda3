"""Rules and facts that cannot be used are refused at load with file, line and mend; a department's never stop the others."""

import pytest

from fieldsvc.eligibility.load import load_rulebook
from fieldsvc.policy.load import load_policies
from fieldsvc.policy.refusals import Refused
from fieldsvc.policy.source import Package

from .world import FACTS, TIER, condition, parameter, programme, world

DERIVED = '[[derived]]\nname = "{name}"\nlabel = "推"\nsubject = "{subject}"\ntype = "{type}"\n{form}\n'


def derived(name="made", subject="person", type="bool", form='test = "ill"'):
    return DERIVED.format(name=name, subject=subject, type=type, form=form)


def refused(root, **files):
    with pytest.raises(Refused) as found:
        world(root, **files)
    for each in found.value.refusals:
        assert each.file and each.mend
    return found.value.refusals


@pytest.mark.parametrize(
    ("test", "code"),
    [
        ("unheard_of", "unknown_fact"), ("COALESCE(income, 0) = 0", "not_admitted"), ("income > points", "type_error"),
        ("income = NULL", "not_admitted"), ("share > 1.5", "float_literal"), ("kind = 'zz'", "unknown_choice"),
        ("income > :unheard_of", "unknown_parameter"), ("income > 100", "type_error"), ("ill AND", "syntax"), ("income", "type_error"),
    ],
)  # fmt: skip
def test_a_bad_test_is_refused_at_its_line(tmp_path, test, code):
    (found,) = refused(tmp_path, rules=programme("p", "ill", test))
    assert (found.code, found.line) == (code, 14)
    assert found.file.endswith("rules.toml")


@pytest.mark.parametrize(("day", "code"), [("unheard_of", "unknown_fact"), ("income", "type_error"), ("born OR ill", "type_error")])
def test_a_sum_is_worked_out_by_the_standard_of_a_day_and_of_nothing_else(tmp_path, day, code):
    cite = '{ clause = "一", quote = "引文" }'
    amount = f'[programme.in.north.amount]\nvalue = "income"\nas_of = "{day}"\ncite = {cite}\n'
    (found,) = refused(tmp_path, rules=programme("p", "ill") + amount)
    assert found.code == code and found.file.endswith("rules.toml")


def test_a_condition_without_a_citation_is_refused(tmp_path):
    text = programme("p", "ill").replace('cite = { clause = "一", quote = "引文" }\n', "")
    (found,) = refused(tmp_path, rules=text)
    assert (found.code, found.line) == ("missing_citation", 6)


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (programme("p", "ill") + programme("p", "works"), "duplicate_id"),
        (programme("p", "ill") + condition("north", "c0", "works"), "duplicate_id"),
        (programme("p", "ill", place="nowhere"), "unknown_jurisdiction"),
        (programme("p", "ill", more='tier = "first"'), "unknown_choice"),
        (programme("p", "ill", subject="village"), "bad_subject"),
        (programme("p", "ill", subject="household"), "unknown_fact"),
        (programme("p", "ill", more='[programme.alert]\nunless = "unheard_of"'), "unknown_fact"),
        (programme("p", "ill", more='[programme.alert]\nwhen = "perhaps"'), "bad_when"),
        (programme("p", "ill") + '[programme.in.south]\nsame_as = "north"\n', "missing_citation"),
        (programme("p", "ill") + '[programme.in.south]\nsame_as = "west"\n', "unknown_body"),
        ('[[indicator]]\nid = "i"\ntitle = "i"\nneeds_parameter = "unheard_of"\n', "unknown_parameter"),
    ],
)
def test_a_bad_rule_is_refused(tmp_path, rules, code):
    assert code in [found.code for found in refused(tmp_path, rules=rules)]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (derived() + derived(), "duplicate_id"), (derived(name="ill"), "duplicate_id"), (derived(form=""), "bad_derived"),
        (derived(form='test = "ill"\nvalue = "income"'), "bad_derived"), (derived(form='test = "income"'), "type_error"),
        (derived(type="money", form='value = "points"'), "type_error"), (derived(form='test = "made"'), "cycle"),
        (derived("one", form='test = "two"') + derived("two", form='test = "NOT one"'), "cycle"),
        (derived(subject="household", type="money", form='members = { op = "sum" }'), "bad_members"),
        (derived(subject="household", type="money", form='members = { op = "mean", of = "income" }'), "bad_members"),
        (derived(type="money", form='members = { op = "sum", of = "income" }'), "bad_members"),
        (derived(type="integer", form='years_since = "income"'), "unknown_fact"), (derived(form='programme = "p"'), "unknown_rule"),
        (derived(name="Bad Name"), "bad_name"), (derived(type="float"), "bad_type"), (derived(type="choice"), "no_choices"),
    ],
)  # fmt: skip
def test_a_bad_fact_is_refused(tmp_path, facts, code):
    assert code in [found.code for found in refused(tmp_path, facts=FACTS + facts)]


def test_a_tier_that_depends_on_itself_is_refused(tmp_path):
    order = parameter("civil_classification_order", '["first"]', "list")
    rules = programme("p", "tier = 'second'", more='tier = "first"')
    (found,) = refused(tmp_path, facts=FACTS + TIER, rules=rules, parameters=order)
    assert found.code == "cycle"


def test_a_sum_that_128_bits_might_not_hold_is_refused(tmp_path):
    (found,) = refused(tmp_path, rules=programme("p", "income * share * share > cost * share"))
    assert found.code == "too_large"


def department(root, id, rules):
    (root / "rules").mkdir(parents=True)
    (root / "rules" / "r.toml").write_text(rules, encoding="utf-8")
    return Package(id, root)


def test_a_department_that_is_refused_does_not_stop_the_others(tmp_path):
    bad = department(tmp_path / "bad", "bad", programme("bad.p", "ill") + programme("bad.q", "unheard_of"))
    good = department(tmp_path / "good", "good", programme("good.p", "ill"))
    book = world(tmp_path / "core", rules=programme("core.p", "ill"), extra=(bad, good))
    assert [p.id for p in book.programmes] == ["core.p", "good.p"]
    assert [(r.package, r.code, r.line) for r in book.refusals] == [("bad", "unknown_fact", 19)]


def test_same_as_shares_a_body_with_citations_of_its_own(tmp_path):
    cites = '[programme.in.south]\nsame_as = "north"\ncites = { c0 = { clause = "二", quote = "南县引文" } }\n'
    book = world(tmp_path, rules=programme("p", "ill") + cites)
    (shared,) = book.programmes[0].bodies["south"].conditions
    assert (shared.test, shared.cite.document, shared.cite.quote) == ("ill", "south-1", "南县引文")


LOCAL = """
jurisdiction = "north"
sample = true
[[programme]]
id = "p"
title = "p"
[[programme.in.{place}.condition]]
id = "{id}"
label = "本地条件"
test = "works"
reference = "本地规定"
"""


def test_a_supplement_adds_conditions_where_a_text_is_silent_and_beside_it(tmp_path):
    for place, ids in (("bare", ["local"]), ("north", ["c0", "local"])):
        book = world(tmp_path / place, rules=programme("p", "ill"), supplement=LOCAL.format(place=place, id="local"))
        conditions = book.programmes[0].bodies[place].conditions
        assert [c.id for c in conditions] == ids
        assert (conditions[-1].cite, conditions[-1].reference, conditions[-1].sample) == (None, "本地规定", True)


def test_a_supplement_may_not_rewrite_a_condition(tmp_path):
    (found,) = refused(tmp_path, rules=programme("p", "ill"), supplement=LOCAL.format(place="north", id="c0"))
    assert found.code == "duplicate_id"


BAD_TEST = """
jurisdiction = "north"
[[parameter]]
name = "local_test"
unit = "test"
test = "{test}"
from = 2024-01-01
reference = "本地规定"
"""


@pytest.mark.parametrize(
    ("test", "code"),
    [("unheard_of", "unknown_fact"), ("income > points", "type_error"), ("GREATEST(income, cost) > 0", "not_admitted"),
     (":local_test", "cycle")],
)  # fmt: skip
def test_a_bad_test_of_a_supplement_is_refused_in_its_own_file(tmp_path, test, code):
    (found,) = refused(tmp_path, rules=programme("p", "ill AND :local_test"), supplement=BAD_TEST.format(test=test))
    assert found.code == code
    if code != "cycle":
        assert found.file.endswith("supplement.toml") and found.line == 6


def test_the_loader_needs_no_polars_query(tmp_path, monkeypatch):
    """A process that forks later must not have run one."""
    import polars as pl

    def query(*_, **__):
        raise AssertionError("a polars query ran")

    monkeypatch.setattr(pl.LazyFrame, "collect", query)
    world(tmp_path, rules=programme("p", "ill", "income > 0"))


def test_books_load_from_paths(tmp_path):
    world(tmp_path, rules=programme("p", "ill"))
    book = load_rulebook([tmp_path], load_policies([tmp_path / "policy"]))
    assert [p.id for p in book.programmes] == ["p"]
