"""Programmes a text grants only one of: refused at load where both could be met and nothing decides between them."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings

from fieldsvc.departments import load
from fieldsvc.eligibility import branches
from fieldsvc.eligibility.branches import TooWide, together
from fieldsvc.eligibility.exclusive import decided_by, exclusive_in, tiers_in_order
from fieldsvc.eligibility.language import parse
from fieldsvc.eligibility.oracle import value_of
from fieldsvc.eligibility.planner import make_plan
from fieldsvc.kit.settings import Settings
from fieldsvc.policy.refusals import Refused
from tests.support.plugins import install

from .test_agreement import PARAMETERS, conditions, rows
from .world import FACTS, ON, TIER, parameter, programme, world

CITE = 'cite = { clause = "一", quote = "引文" }\n'
LIMITS = parameter("limit", '{ urban = "1000", rural = "400" }', "yuan", 'by = "area"\n') + parameter("twice", "2") + parameter(
    "years", "18")  # fmt: skip
DERIVED = """
[[derived]]
name = "age"
label = "周岁"
subject = "person"
type = "integer"
years_since = "born"
[[derived]]
name = "people"
label = "人数"
subject = "household"
type = "integer"
members = { op = "count" }
[[derived]]
name = "poor"
label = "收入低"
subject = "person"
type = "bool"
test = "income < :limit"
"""


OWN = """
[[parameter]]
jurisdiction = "east"
name = "local_age"
title = "本地年龄"
value = {}
unit = "number"
from = 2024-06-01
reference = "本地文件"
"""


def opened(name: str) -> str:
    return f'[[open]]\nname = "{name}"\ntitle = "待定"\nunit = "number"\ndocument = "north-1"\nclause = "一"\nquote = "引文"\n'


def excludes(other: str, place: str = "north", more: str = "") -> str:
    return f'[[programme.in.{place}.excludes]]\nprogramme = "{other}"\n{more}{CITE}'


def pair(one: str, other: str, more: str = "", tiers: tuple[str, str] = ("", "")) -> str:
    tier = [f'tier = "{each}"' if each else "" for each in tiers]
    return programme("p.a", one, more=tier[0]) + excludes("p.b", more=more) + programme("p.b", other, more=tier[1])


def refused(root, rules, **files):
    with pytest.raises(Refused) as found:
        world(root, rules=rules, **{"facts": FACTS + DERIVED, "parameters": LIMITS} | files)
    return found.value.refusals


@pytest.mark.parametrize(("one", "other"), [
    ("ill", "works"), ("ill", "ill OR works"), ("kind IN ('a', 'b')", "kind IN ('b', 'c')"), ("kind = 'a'", "kind <> 'b'"),
    ("income <= :limit", "income >= :limit"), ("income < :limit", "cost > :limit"), ("age >= 18", "age <= :years"),
    ("until_day > :on_date", "until_day <= :on_date + INTERVAL '3' MONTH"), ("NOT (ill AND works)", "ill"),
    ("points * points > 5", "points * points < 9"),
    ("poor", "income * :twice > :limit"), ("income < :limit * people", "income > :limit"), ("note = 'x'", "note IN ('x', 'y')"),
])  # fmt: skip
def test_two_that_could_both_be_met_are_refused_with_file_line_and_mend(tmp_path, one, other):
    (found,) = refused(tmp_path, pair(one, other))
    assert (found.code, found.line) == ("exclusive_both_win", 11)
    assert "p.a 与 p.b 在 north 互斥" in found.message and found.file.endswith("rules.toml") and "条件" in found.mend


@pytest.mark.parametrize(("one", "other"), [
    ("ill", "NOT ill"), ("ill AND works", "NOT (ill OR kind = 'a')"), ("kind IN ('a', 'b')", "kind = 'c'"),
    ("kind <> 'a' AND kind <> 'b'", "NOT kind = 'c'"), ("income < :limit", "income >= :limit"),
    ("income * :twice < :limit", "income > :limit AND cost > 0 AND income > 0 AND income >= cost + income"),
    ("age < 18", "age >= :years"), ("poor", "income > :limit"), ("age > 3", "NOT age BETWEEN 0 AND 200 AND age < 100"),
    (":on_date <= until_day + INTERVAL '5' DAY", ":on_date > until_day + INTERVAL '9' DAY"),
    ("income < :limit * people", "income > :limit * people * :twice"), ("ill = TRUE", "ill = FALSE"),
    (":on_date <= until_day + INTERVAL '1' MONTH", ":on_date > until_day + INTERVAL '1' MONTH"), ("note = 'x'", "note = 'y'"),
    ("ill", ":absent > 3"),
])  # fmt: skip
def test_two_whose_conditions_keep_them_apart_are_accepted(tmp_path, one, other):
    book = world(tmp_path, rules=pair(one, other), facts=FACTS + DERIVED, parameters=LIMITS + opened("absent"))
    (declared,) = exclusive_in(book, "north")
    assert (declared.a, declared.b, declared.cite.quote) == ("p.a", "p.b", "引文")
    assert decided_by(book, declared, "north", ON) == "conditions"
    assert exclusive_in(book, "east") == [declared] and exclusive_in(book, "south") == []


def test_the_order_of_tiers_decides_and_a_recorded_choice_does(tmp_path):
    order = parameter("civil_classification_order", '["first", "second"]', "list")
    files = {"facts": FACTS + DERIVED + TIER, "parameters": LIMITS + order}
    ordered = world(tmp_path / "1", rules=pair("ill", "works", tiers=("first", "second")), **files)
    assert decided_by(ordered, ordered.exclusive[0], "north", ON) == "order"
    assert [(e.a, e.b, e.cite.clause) for e in tiers_in_order(ordered, "north", ON)] == [("p.a", "p.b", "一")]
    (found,) = refused(tmp_path / "2", pair("ill", "works", tiers=("first", "first")), **files)
    assert found.code == "exclusive_both_win"
    chosen = world(tmp_path / "3", rules=pair("ill", "works", more='choice = "kind"\n'), **files)
    assert decided_by(chosen, chosen.exclusive[0], "north", ON) == "choice"


def test_a_value_of_a_later_day_or_of_the_place_that_forwards_the_text_counts(tmp_path):
    limit = parameter("limit", '{ urban = "1000", rural = "400" }', "yuan", 'by = "area"\n')
    later = limit + parameter("years", "18", more="until = 2024-12-31\n")
    later += parameter("years", "30").replace("2024-01-01", "2025-01-01")
    (found,) = refused(tmp_path / "1", pair("age < :years", "age >= 18"), parameters=later)
    assert found.code == "exclusive_both_win"
    rules = pair("age < 18", "age >= :local_age")
    assert world(tmp_path / "2", rules=rules, facts=FACTS + DERIVED, parameters=LIMITS + opened("local_age"), supplement=OWN.format(18))
    (found,) = refused(tmp_path / "3", rules, parameters=LIMITS + opened("local_age"), supplement=OWN.format(16))
    assert "在 east 互斥" in found.message


@pytest.mark.parametrize(("declaration", "code"), [
    (excludes("p.nobody"), "unknown_rule"), (excludes("p.a"), "unknown_rule"), (excludes("p.home"), "other_subject"),
    (excludes("p.b", more='choice = "income"\n'), "unknown_fact"),
    (excludes("p.b").replace(CITE, ""), "missing_citation"),
])  # fmt: skip
def test_a_declaration_that_says_nothing_usable_is_refused(tmp_path, declaration, code):
    others = programme("p.b", "NOT ill") + programme("p.home", "area = 'urban'", subject="household")
    assert [found.code for found in refused(tmp_path, programme("p.a", "ill") + declaration + others)] == [code]


def test_what_nobody_could_read_is_not_taken_for_proven(tmp_path, monkeypatch):
    none = " AND ".join(f"(ill OR points * points > {n})" for n in range(1, 12)) + " AND points < 0 AND points > 0"
    book = world(tmp_path, rules=programme("p.a", "ill"), facts=FACTS + DERIVED, parameters=LIMITS)
    plan = make_plan(book, "north", ON, everything=True)
    assert together(plan, [parse(none)]) is None
    monkeypatch.setattr(branches, "MOST_STEPS", 5)
    wide = " AND ".join(f"(points = {n} OR cost = 0 AND share = {n})" for n in range(9))
    with pytest.raises(TooWide):
        together(plan, [parse(wide)])
    assert [found.code for found in refused(tmp_path / "2", pair(wide, wide))] == ["exclusive_both_win"]


RULES = """
[[programme]]
id = "{id}"
title = "样例"
subject = "person"
{more}
[[programme.in.jiaozhou.condition]]
id = "c"
label = "条件"
test = "{test}"
cite = {{ clause = "四(二)3", quote = "对符合住房保障条件的" }}
"""


def test_a_plugin_with_two_winners_is_set_aside_and_stops_no_other(tmp_path, monkeypatch):
    cite = 'cite = { clause = "四(二)3", quote = "通过配租公租房或发放住房租赁补贴" }\n'
    told = '[[programme.in.jiaozhou.excludes]]\nprogramme = "trial.two"\n' + cite
    rules = RULES.format(id="trial.one", more="", test="age >= 60") + told + RULES.format(id="trial.two", more="", test="age <= 60")
    monkeypatch.syspath_prepend(tmp_path)
    install(tmp_path, "trial", files={"rules/trial.toml": rules})
    load.forget()
    try:
        made = load.load_departments(Settings(home=tmp_path, database_url="sqlite://"))
    finally:
        load.forget()
    (found,) = made.refusals
    assert (found.plugin, found.code, found.line) == ("trial", "exclusive_both_win", 12)
    assert "trial.toml" in found.file and found.mend and "trial.one 与 trial.two 在 jiaozhou 互斥" in found.reason
    assert {"medical", "housing", "education", "employment", "disaster"} <= {p.name for p in made.plugins}


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    made = make_plan(world(tmp_path_factory.mktemp("world"), parameters=PARAMETERS), "north", ON)
    made.answers.update({n: made.book.policy.at("north", n, ON) for n in ("limit", "rate", "letters", "years", "absent")})
    facts = {name: replace(made.book.vocabulary.facts["note"], name=name, type=kind, choices={}) for name, kind in
             {**dict.fromkeys("mn", "money"), "k": "integer", "r": "number", **dict.fromkeys("pq", "bool"),
              **dict.fromkeys("de", "date"), "x": "text"}.items()}  # fmt: skip
    made.book.vocabulary.facts.update(facts)
    return made


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(one=conditions, other=conditions, row=rows)
def test_where_a_household_meets_both_nothing_is_ever_called_proven(plan, one, other, row):
    met = all(value_of(node, plan, row.get) for node in (one, other))
    try:
        found = together(plan, [one, other])
    except TooWide:
        return
    assert found is not None or not met


def test_the_shipped_declarations_are_kept_by_their_rules():
    book = load.load_departments(Settings(home=None, database_url="sqlite://")).rulebook
    told = {(e.a, e.b, e.jurisdiction): decided_by(book, e, e.jurisdiction, date(2023, 6, 1)) for e in book.exclusive}
    assert told["housing.public_rental", "housing.rental_subsidy", "jiaozhou"] == "choice"
    assert told["civil.tekun_institution", "civil.tekun_home_care", "huining"] == "conditions"
    assert "" not in told.values()
