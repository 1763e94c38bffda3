"""The tiers and indicators of the civil office, case by case."""

from pathlib import Path

import pytest

from fieldsvc.eligibility.cases import differences, read_cases

CASES = [case for file in sorted(Path(__file__).parent.joinpath("cases").glob("*.toml")) for case in read_cases(file)]
ASKED = [(case, each) for case in CASES for each in case.expect]


@pytest.mark.parametrize(
    ("case", "expected"), ASKED, ids=[f"{c.name}-{e['jurisdiction']}-{e['programme']}" for c, e in ASKED]
)
def test_case(books, case, expected):
    assert differences(books[case.samples], case, expected) == []


def test_there_are_cases():
    assert len(ASKED) > 30
