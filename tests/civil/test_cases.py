"""The tiers and indicators of the civil office, case by case."""

from pathlib import Path

import pytest

from fieldsvc.eligibility.cases import HOUSEHOLD, PERSON, _given, _varied, differences, read_cases
from fieldsvc.eligibility.explain import explain

from ..cases.golden import read_households

CASES = [case for file in sorted(Path(__file__).parent.joinpath("cases").glob("*.toml")) for case in read_cases(file)]
ASKED = [(case, each) for case in CASES for each in case.expect]
HOUSEHOLDS = [h.case for h in read_households()]
GOLDEN = [(c, e) for c in HOUSEHOLDS for e in c.expect if e.get("programme", "").startswith("civil.")]
# Conditions no fact of a household decides: a deployment's switch, on or off for everybody; every way in counts in Changle.
NEVER_ALONE = {
    *((f"civil.{rule}", place, "event") for rule in ("public_event_aid", "dibao_public_event") for place in ("changle", "huining")),
    *(("civil.price_subsidy", place, "started") for place in ("zibo", "puning", "changle")),
    *(("civil.residence_permit", place, "opened") for place in ("zibo", "changle")),
    ("civil.main_channel", "changle", "channel"), ("civil.residence_permit", "puning", ""), ("civil.residence_permit", "puning", "permit"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "expected"), ASKED, ids=[f"{c.name}-{e['jurisdiction']}-{e['programme']}" for c, e in ASKED]
)
def test_case(books, case, expected):
    assert differences(books[case.samples], case, expected) == []


@pytest.fixture(scope="module")
def shown(books):
    """For each rule and place: "" where a case says yes, and the conditions that alone keep a case from it."""
    found = set()
    for case, expected in (*ASKED, *GOLDEN):
        book, varied = books[case.samples], _varied(case, expected)
        rule = book.by_id[expected["programme"]]
        persons = {key: _given(facts) for key, facts in varied.persons.items()}
        made = explain(book, expected["jurisdiction"], expected["on"], _given(varied.household), persons, HOUSEHOLD)
        ruled = made.ruled(rule.id, PERSON if rule.subject == "person" else HOUSEHOLD)
        found |= {(rule.id, expected["jurisdiction"], each) for each in _decisive(ruled)}
    return found


def _decisive(ruled):
    """"" where it is eligible, else the one condition without which it would not be refused or not be open."""
    if ruled.verdict not in "enu":
        return []
    against = [c.id for c in ruled.conditions if c.result == {"n": "false", "u": "unknown", "e": ""}[ruled.verdict]]
    return [""] if ruled.verdict == "e" else against if len(against) == 1 else []


def test_every_body_has_a_case_that_says_yes_and_one_for_each_condition_that_alone_says_no(books, shown):
    rules = [r for r in books[False].rules() if not r.signal.startswith("visit_due")]
    bodies = [(r.id, place, body) for r in rules for place, body in r.bodies.items()]
    wanted = {(rule, place, each) for rule, place, body in bodies for each in ("", *(c.id for c in body.conditions))}
    assert sorted(wanted - shown - NEVER_ALONE) == []
    assert len(wanted) > 300
