"""What goes into and comes out of an evaluation of frames."""

import multiprocessing
from decimal import Decimal

import polars as pl
import pytest

from fieldsvc.eligibility.evaluate import evaluate
from fieldsvc.eligibility.frames import FloatColumn

from .world import FACTS, ON, TIER, condition, parameter, programme, world

MEMBERS = """
[[derived]]
name = "total"
label = "合计"
subject = "household"
type = "money"
members = { op = "sum", of = "income" }
[[derived]]
name = "some_ill"
label = "有人患病"
subject = "household"
type = "bool"
members = { op = "any", where = "ill" }
[[derived]]
name = "all_work"
label = "都就业"
subject = "household"
type = "bool"
members = { op = "all", where = "works" }
[[derived]]
name = "people"
label = "人数"
subject = "household"
type = "integer"
members = { op = "count" }
"""
RULES = (
    programme("p.poor", "total <= :standard * people", more='tier = "first"')
    + programme("p.next", "some_ill", more='tier = "second"')
    + '[programme.in.north.amount]\nvalue = "income * :third"\ncite = { clause = "一", quote = "引文" }\n'
    + '[programme.alert]\nunless = "works"\nkind = "carry_out"\nseverity = "low"\nmessage = "x"\n'
    + programme("p.home", "all_work", subject="household")
    + programme("p.silent", "ill", place="south")
    + '[[indicator]]\nid = "i.off"\ntitle = "i"\nneeds_parameter = "absent"\n' + condition("north", "c", "cost > :absent", "indicator")
    + '[[indicator]]\nid = "i.cost"\ntitle = "i"\n[indicator.alert]\nkind = "joint_study"\n'
    + condition("north", "c", "cost > 0", "indicator")
)  # fmt: skip
PARAMETERS = (
    parameter("standard", '"100"', "yuan") + parameter("third", '"1/3"', "ratio")
    + parameter("civil_classification_order", '["first", "second"]', "list") + '[[open]]\nname = "absent"\nunit = "yuan"\n'
)  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return world(tmp_path_factory.mktemp("world"), facts=FACTS + TIER + MEMBERS, rules=RULES, parameters=PARAMETERS)


def run(book, persons, homes=({"household_id": "h"},)):
    rows = [{"person_id": f"p{i}", "household_id": "h", **row} for i, row in enumerate(persons)]
    return evaluate(book, "north", ON, pl.DataFrame(rows, infer_schema_length=None), pl.DataFrame(list(homes), infer_schema_length=None))


def column(results, name, subject="persons"):
    return getattr(results, subject)[name].to_list()


def test_letters_stand_in_rule_book_order(book):
    assert book.order("person") == ("p.poor", "p.next", "p.silent")
    assert (book.order("household"), book.indicator_order("person")) == (("p.home",), ("i.off", "i.cost"))
    results = run(book, [{"income": "90", "ill": False, "works": True, "cost": "1"}, {"income": "120", "ill": False, "works": None}])
    assert column(results, "verdicts") == ["nns", "nns"]
    assert column(results, "indicators") == ["oe", "ou"]
    assert column(results, "verdicts", "households") == ["u"]


def test_income_exactly_at_the_standard_counts_as_not_above(book):
    for income, letter in (("100.00", "e"), ("100.01", "n")):
        assert column(run(book, [{"income": income}, {"income": "100"}]), "verdicts")[0][0] == letter


@pytest.mark.parametrize(
    ("members", "sum_known", "some_ill", "all_work"),
    [
        ([{"income": "1", "ill": True, "works": False}, {}], "u", "e", "n"),
        ([{"income": "1", "ill": False, "works": True}, {}], "u", "u", "u"),
        ([{"income": "1", "ill": False, "works": True}] * 2, "e", "n", "e"),
    ],
)
def test_one_unknown_member_makes_unknown_unless_the_known_decide(book, members, sum_known, some_ill, all_work):
    results = run(book, members)
    assert column(results, "verdicts")[0][:2] == sum_known + some_ill
    assert column(results, "verdicts", "households") == [all_work]


def test_the_first_tier_in_order_wins_and_an_undecided_one_before_it_keeps_it_open(book):
    cases = [({"income": "1", "ill": True}, "first"), ({"income": "101", "ill": True}, "second"), ({"income": "101", "ill": False}, "none"),
             ({"ill": True}, None)]  # fmt: skip
    for row, tier in cases:
        results = run(book, [row])
        assert column(results, "tier") == column(results, "tier", "households") == [tier]


def test_a_recognised_tier_comes_before_a_proposed_one(book):
    results = run(book, [{"income": "1", "ill": True, "recognised_tier": "second"}])
    assert (column(results, "tier"), column(results, "tier_source")) == (["second"], ["recognised"])
    results = run(book, [{"income": "1", "ill": True, "recognised_tier": "none"}])
    assert (column(results, "tier"), column(results, "tier_source")) == (["first"], ["proposed"])


def test_amounts_are_rounded_half_up_to_the_fen_and_only_for_the_eligible(book):
    results = run(book, [{"income": "100", "ill": True}, {"income": "0.02", "ill": None}, {"income": "0.01"}, {"income": None}])
    assert [(a["subject_id"], a["programme"], a["amount"]) for a in results.amounts.to_dicts()] == [
        ("p0", "p.next", Decimal("33.33")), ("p1", "p.next", Decimal("0.01")), ("p2", "p.next", Decimal("0.00")),
    ]  # fmt: skip


def test_an_alert_waits_until_its_unless_is_known_false(book):
    letters = [column(run(book, [{"ill": True, "works": works}]), "alerts")[0][1] for works in (True, False, None)]
    assert letters == ["0", "1", "0"]


def test_a_household_without_known_members_or_facts_is_unknown(book):
    results = run(book, [{"income": "1"}], [{"household_id": "empty"}])
    assert column(results, "household_id", "households") == ["empty", "h"]
    assert column(results, "verdicts", "households") == ["u", "u"]
    assert column(results, "tier", "households")[0] is None


def test_what_cannot_be_read_is_unknown_and_counted(book):
    rows = [{"income": "1,000", "works": "yes"}, {"income": "1.005", "works": "true"}, {"income": "100", "works": None}]
    assert run(book, rows).unreadable == {"income": 2, "works": 1}
    with pytest.raises(FloatColumn):
        run(book, [{"income": 99.99}])


@pytest.mark.parametrize("values", [["90", "110.01"], [Decimal("90"), Decimal("110.01")], [90, 111]])
def test_money_comes_as_text_decimal_or_integer(book, values):
    assert column(run(book, [{"income": v} for v in values]), "verdicts")[0][0] == "n"


def test_values_grow_old(book):
    def letter(day):
        frame = pl.DataFrame({"person_id": ["p"], "household_id": ["h"], "income": ["1"], "income@as_of": [day]})
        return evaluate(book, "north", ON, frame, pl.DataFrame({"household_id": ["h"]})).persons["verdicts"][0][0]

    assert letter(ON.replace(year=2024, month=12)) == "e"
    assert letter(ON.replace(year=2024, month=11, day=30)) == "u"


def test_no_rows_at_all(book):
    empty = pl.DataFrame(schema={"person_id": pl.String, "household_id": pl.String})
    results = evaluate(book, "north", ON, empty, pl.DataFrame(schema={"household_id": pl.String}))
    assert (results.persons.height, results.households.height, results.amounts.height) == (0, 0, 0)


def test_alike_rows_of_a_county_are_packed_like_single_ones(book):
    rows = [{"income": str(i % 7 * 40), "ill": [True, False, None][i % 3], "cost": str(i % 2)} for i in range(2500)]
    frame = pl.DataFrame([{"person_id": f"p{i}", "household_id": f"h{i}", **row} for i, row in enumerate(rows)], infer_schema_length=None)
    homes = frame.select("household_id")
    together = evaluate(book, "north", ON, frame, homes).persons.rows()
    apart = [r for i in range(0, 2500, 500) for r in evaluate(book, "north", ON, frame[i : i + 500], homes[i : i + 500]).persons.rows()]
    assert together == apart


def _child(book, queue):
    queue.put(run(book, [{"income": "1"}]).persons["verdicts"].to_list())


def test_a_process_that_loaded_rules_may_fork_and_evaluate_in_the_child(tmp_path):
    """In a fresh interpreter, because a polars query before the fork, as in this one, hangs the child."""
    context = multiprocessing.get_context("spawn")
    parent = context.Process(target=_parent, args=(str(tmp_path), queue := context.Queue()))
    parent.start()
    try:
        assert queue.get(timeout=60) == ["eus"]
    finally:
        parent.terminate()


def _parent(root, queue):
    from pathlib import Path

    book = world(Path(root), facts=FACTS + TIER + MEMBERS, rules=RULES, parameters=PARAMETERS)
    child = multiprocessing.get_context("fork").Process(target=_child, args=(book, queue))
    child.start()
    child.join()
