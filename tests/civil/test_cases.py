"""The tiers and indicators of the civil office, case by case."""

from importlib.resources import files
from pathlib import Path

import pytest

from fieldsvc.eligibility.cases import differences, read_cases
from fieldsvc.eligibility.load import load_rulebook
from fieldsvc.policy.load import load_policies
from fieldsvc.policy.source import Package

CASES = [case for file in sorted(Path(__file__).parent.joinpath("cases").glob("*.toml")) for case in read_cases(file)]
ASKED = [(case, each) for case in CASES for each in case.expect]


def rulebook(samples):
    civil = Package("civil", files("fieldsvc.civil"), core=True)
    data = Package("policy", files("fieldsvc.policy") / "data", core=True)
    supplements = sorted(Path(str(civil.root / "sample")).glob("*.toml")) if samples else []
    return load_rulebook([civil], load_policies([data, civil], supplements), supplements)


@pytest.fixture(scope="module")
def books():
    return {samples: rulebook(samples) for samples in (True, False)}


@pytest.mark.parametrize(("case", "expected"), ASKED, ids=[f"{c.name}-{e['jurisdiction']}-{e['programme']}" for c, e in ASKED])
def test_case(books, case, expected):
    assert differences(books[case.samples], case, expected) == []


def test_there_are_cases():
    assert len(ASKED) > 30
