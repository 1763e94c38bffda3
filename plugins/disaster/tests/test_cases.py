"""What the disaster rules answer, case by case, with their reasons."""

from pathlib import Path

import pytest

from fieldsvc.eligibility.cases import differences, read_cases
from fieldsvc.eligibility.language import parse
from fieldsvc.eligibility.tree import facts_of, params_of

CASES = [case for file in sorted(Path(__file__).parent.joinpath("cases").glob("*.toml")) for case in read_cases(file)]
# Off unless a response is declared: shown in test_losses.py.
DECLARED = "disaster.response_visits"
ASKED = [(case, each) for case in CASES for each in case.expect]


@pytest.mark.parametrize(
    ("case", "expected"), ASKED, ids=[f"{c.name[:12]}-{e['jurisdiction']}-{e['programme']}" for c, e in ASKED]
)
def test_case(books, case, expected):
    assert differences(books[case.samples], case, expected) == []


def test_every_body_says_yes_and_every_condition_alone_says_no(books):
    """A condition no case ever sees fail might as well not be there. Those without facts follow a parameter only."""
    own = [
        (r.id, place, body)
        for r in books[False].rules()
        if r.package == "fieldsvc_disaster"
        for place, body in r.bodies.items()
    ]
    yes = {(e["programme"], e["jurisdiction"]) for _, e in ASKED if e["verdict"] == "eligible"}
    failed = {
        (e["programme"], e["jurisdiction"], c)
        for _, e in ASKED
        for c, holds in e.get("conditions", {}).items()
        if not holds
    }
    assert {(rule, place) for rule, place, _ in own if rule != DECLARED} <= yes
    asked = {
        (rule, place, c.id) for rule, place, body in own for c in body.conditions if _reads(c.test) and rule != DECLARED
    }
    assert asked <= failed
    assert len(own) == 22


def _reads(test):
    node = parse(test)
    return bool(facts_of(node)) or any(p.endswith("_test") for p in params_of(node))
