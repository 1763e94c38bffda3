"""polars, the oracle and the explanation must say the same of whatever data and expressions come."""

import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from fieldsvc.eligibility import oracle, tree
from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.evaluate import evaluate
from fieldsvc.eligibility.explain import explain
from fieldsvc.eligibility.expressions import Compiled, condition
from fieldsvc.eligibility.plan import PlanError
from fieldsvc.eligibility.planner import make_plan

from .world import FACTS, ON, TIER, parameter, programme, world
from .world import condition as rule_condition

PARAMETERS = (
    parameter("limit", "{ urban = \"1000\", rural = \"0.33\" }", "yuan", 'by = "area"\n')
    + parameter("rate", '"1/3"', "ratio") + parameter("letters", '["a", "b", "zz"]', "list") + parameter("years", "18")
    + parameter("ages", "[16, 60]", "year_of_age", 'bound = "range"\n')
    + parameter("civil_classification_order", '["first", "second"]', "list")
)  # fmt: skip

NUMBERS = {"m": (100, 10**13), "n": (100, 10**13), "k": (1, 10**9), "r": (10**6, 10**15)}
FLAGS, DAYS, WORDS = ("p", "q"), ("d", "e"), ("x",)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    made = make_plan(world(tmp_path_factory.mktemp("world"), parameters=PARAMETERS), "north", ON)
    made.answers.update({n: made.book.policy.at("north", n, ON) for n in ("limit", "rate", "letters", "years", "absent")})
    return made


literals = st.integers(-3, 3).map(lambda n: tree.Literal(Fraction(n)))
leaves = st.one_of(
    st.sampled_from([tree.Fact(n) for n in NUMBERS]), literals, st.sampled_from([tree.Param(p) for p in ("rate", "absent", "years")])
)
numbers = st.recursive(leaves, lambda inner: st.builds(tree.Arith, st.sampled_from("+-*"), inner, inner), max_leaves=4)
day_facts = st.sampled_from([tree.Fact("d"), tree.Fact("e"), tree.OnDate()])
amounts = st.integers(0, 30).map(lambda n: tree.Literal(Fraction(n)))
days = st.one_of(
    day_facts, st.builds(tree.Shift, day_facts, st.sampled_from([1, -1]), amounts, st.sampled_from(["YEAR", "MONTH", "DAY"]))
)
ops = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
words = st.lists(st.sampled_from("abc").map(tree.Literal), min_size=1, max_size=3).map(tuple)
tests = st.one_of(
    st.sampled_from([tree.Fact("p"), tree.Fact("q"), tree.Literal(True), tree.Literal(False)]),
    st.builds(tree.Compare, ops, numbers, numbers),
    st.builds(tree.Compare, ops, days, days),
    st.builds(tree.Between, numbers, numbers, numbers),
    st.builds(tree.In, st.just(tree.Fact("x")), words),
    st.just(tree.In(tree.Fact("x"), param=tree.Param("letters"))),
    st.just(tree.In(tree.Fact("x"), param=tree.Param("absent"))),
    st.builds(tree.In, numbers, st.lists(literals, min_size=1, max_size=3).map(tuple)),
)
conditions = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds(tree.Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: tree.And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: tree.Or(tuple(parts))),
    ),
    max_leaves=6,
)
rows = st.fixed_dictionaries({
    "m": st.none() | st.integers(-500, 500).map(lambda n: Fraction(n, 100)),
    "n": st.none() | st.integers(-(10**13), 10**13).map(lambda n: Fraction(n, 100)),
    "k": st.none() | st.integers(-3, 3).map(Fraction),
    "r": st.none() | st.integers(-(10**15), 10**15).map(lambda n: Fraction(n, 10**6)),
    "p": st.none() | st.booleans(), "q": st.none() | st.booleans(),
    "d": st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1)), "e": st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    "x": st.none() | st.sampled_from("abcz"),
})  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(node=conditions, data=st.lists(rows, min_size=1, max_size=6))
def test_polars_and_the_oracle_agree_on_any_expression(plan, node, data):
    try:
        compiled = condition(node, Compiled(plan, numbers=NUMBERS))
    except PlanError as error:
        assert error.code == "too_large"
        reject()
    expected = [oracle.value_of(node, plan, row.get) for row in data]
    assert _frame(data).with_columns(compiled.alias("result"))["result"].to_list() == expected


def _frame(data):
    columns = {}
    for name in (*NUMBERS, *FLAGS, *DAYS, *WORDS):
        values = [row[name] for row in data]
        if name in NUMBERS:
            values = [None if v is None else int(v * NUMBERS[name][0]) for v in values]
        kind = pl.Int64 if name in NUMBERS else pl.Boolean if name in FLAGS else pl.Date if name in DAYS else pl.String
        columns[name] = pl.Series(values, dtype=kind)
    return pl.DataFrame(columns)


DERIVED = """
[[derived]]
name = "age"
label = "周岁"
subject = "person"
type = "integer"
years_since = "born"
[[derived]]
name = "total"
label = "家庭收入"
subject = "household"
type = "money"
members = { op = "sum", of = "income", where = "NOT works OR kind <> 'c'" }
[[derived]]
name = "workers"
label = "就业人数"
subject = "household"
type = "integer"
members = { op = "count", where = "works" }
[[derived]]
name = "people"
label = "人数"
subject = "household"
type = "integer"
members = { op = "count" }
[[derived]]
name = "some_ill"
label = "有人患病"
subject = "household"
type = "bool"
members = { op = "any", of = "ill", where = "age >= 18" }
[[derived]]
name = "all_work"
label = "都就业"
subject = "household"
type = "bool"
members = { op = "all", of = "works", where = "age BETWEEN :ages_min AND :ages_max" }
[[derived]]
name = "dearest"
label = "最高费用"
subject = "household"
type = "money"
members = { op = "max", of = "cost" }
[[derived]]
name = "label_text"
label = "类别与分数"
subject = "person"
type = "text"
text = "{kind}:{points}"
[[derived]]
name = "left"
label = "余额"
subject = "person"
type = "money"
value = "income * :rate - cost"
[[derived]]
name = "poor"
label = "贫困"
subject = "household"
type = "bool"
test = "total < :limit * people"
[[derived]]
name = "got_first"
label = "第一档"
subject = "person"
type = "bool"
programme = "p.first"
"""

RULES = "\n".join([
    programme("p.first", "poor", "NOT some_ill OR ill", more='tier = "first"'),
    programme("p.second", "total <= :limit * people + home_value", more='tier = "second"'),
    programme("p.third", "tier IN ('first', 'none') OR got_first", "cost * :rate > income", "label_text IN ('a:1', 'b:2') OR age < 30"),
    "[programme.in.north.amount]\nvalue = \"cost * :rate + left\"\ncap = \":limit\"\ncite = { clause = \"一\", quote = \"引文\" }",
    '[programme.alert]\nwhen = "eligible"\nunless = "works"\nkind = "carry_out"\nseverity = "low"\nmessage = "x"',
    programme("p.house", "all_work OR dearest > home_value", "workers >= 1", subject="household"),
    programme("p.silent", "ill", place="south"),
    '[[indicator]]\nid = "i.cost"\ntitle = "支出"\nsubject = "person"\nneeds_parameter = "rate"\n[indicator.alert]\nkind = "joint_study"\n'
    + rule_condition("north", "c", "cost > :limit AND until_day > :on_date - INTERVAL '3' MONTH", "indicator"),
])  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return world(tmp_path_factory.mktemp("whole"), facts=FACTS + TIER + DERIVED, rules=RULES, parameters=PARAMETERS)


def households(seed, count):
    """Random households with much unknown: facts by household and by member, as decimal strings, dates and booleans."""
    rng = random.Random(seed)

    def maybe(make, unknown=0.25):
        return None if rng.random() < unknown else make()

    for number in range(count):
        home = {"area": maybe(lambda: rng.choice(["urban", "rural"])), "home_value": maybe(lambda: str(Decimal(rng.randrange(9000)) / 100))}
        members = {}
        for member in range(rng.randrange(5)):
            members[f"h{number}p{member}"] = {
                "born": maybe(lambda: (date(1950, 1, 1) + timedelta(rng.randrange(27000))).isoformat()),
                "until_day": maybe(lambda: (date(2025, 1, 1) + timedelta(rng.randrange(200))).isoformat()),
                "income": maybe(lambda: f"{rng.randrange(200000) / 100:.2f}", 0.1), "cost": maybe(lambda: str(rng.randrange(3000))),
                "points": maybe(lambda: rng.randrange(4)), "ill": maybe(lambda: rng.random() < 0.4),
                "works": maybe(lambda: rng.random() < 0.5), "kind": maybe(lambda: rng.choice(["a", "b", "c", "gone"])),
                "recognised_tier": maybe(lambda: rng.choice(["first", "second", "none"]), 0.6),
            }  # fmt: skip
        yield f"h{number}", home, members


def given_values(row):
    return {name: FactValue(value, ON, "visit", "v1") for name, value in row.items() if value is not None}


@pytest.mark.parametrize("seed", range(4))
def test_whole_evaluations_and_explanations_agree(book, seed):
    everything = list(households(seed, 60))
    persons = [{"person_id": p, "household_id": h, **row} for h, _, members in everything for p, row in members.items()]
    homes = [{"household_id": h, **home} for h, home, _ in everything]
    results = evaluate(book, "north", ON, pl.DataFrame(persons, infer_schema_length=None), pl.DataFrame(homes, infer_schema_length=None))
    people = {row["person_id"]: row for row in results.persons.to_dicts()}
    houses = {row["household_id"]: row for row in results.households.to_dicts()}
    sums = {(row["subject_id"], row["programme"]): str(row["amount"]) for row in results.amounts.to_dicts()}
    seen = set()
    for house, home, members in everything:
        told = explain(book, "north", ON, given_values(home), {p: given_values(r) for p, r in members.items()}, house)
        for subject in told.subjects:
            row = houses[house] if subject.subject == "household" else people[subject.id]
            programmes = [r for r in subject.rules if r.kind == "programme"]
            indicators = [r for r in subject.rules if r.kind == "indicator"]
            assert "".join(r.verdict for r in programmes) == row["verdicts"], (house, subject.id)
            assert "".join(r.verdict for r in indicators) == row["indicators"]
            assert "".join("01"[r.alert] for r in (*programmes, *indicators)) == row["alerts"]
            if subject.subject == "person":
                assert (subject.tier, subject.tier_source or None) == (row["tier"], row["tier_source"])
            for ruled in programmes:
                given_sum = ruled.amount.yuan if ruled.amount else None
                assert given_sum == sums.pop((subject.id, ruled.id), None)
                seen.add((ruled.id, ruled.verdict))
    assert not sums
    assert {("p.third", v) for v in "enu"} <= seen and {("p.house", v) for v in "enu"} <= seen and ("p.silent", "s") in seen
