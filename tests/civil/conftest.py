"""The civil office's rules alone, with and without the samples (样例)."""

from importlib.resources import files
from pathlib import Path

import pytest

from fieldsvc.eligibility.load import load_rulebook
from fieldsvc.policy.load import load_policies
from fieldsvc.policy.source import Package


def rulebook(samples):
    civil = Package("civil", files("fieldsvc.civil"), core=True)
    data = Package("policy", files("fieldsvc.policy") / "data", core=True)
    supplements = sorted(Path(str(civil.root / "sample")).glob("*.toml")) if samples else []
    return load_rulebook([civil], load_policies([data, civil], supplements), supplements)


@pytest.fixture(scope="session")
def books():
    return {samples: rulebook(samples) for samples in (True, False)}
