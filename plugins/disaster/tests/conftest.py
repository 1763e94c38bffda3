"""The department's rules loaded as a deployment loads them, with and without the samples (样例)."""

from importlib.resources import files
from pathlib import Path

import pytest

from fieldsvc.eligibility.load import load_rulebook
from fieldsvc.policy.load import load_policies
from fieldsvc.policy.source import Package

PACKAGES = ("fieldsvc.civil", "fieldsvc_disaster")


def rulebook(samples):
    packages = [Package(name, files(name), core=True) for name in PACKAGES]
    given = sorted(f for p in packages for f in Path(str(p.root / "sample")).glob("*.toml"))
    supplements = given if samples else []
    data = Package("policy", files("fieldsvc.policy") / "data", core=True)
    return load_rulebook(packages, load_policies([data, *packages], supplements), supplements)


@pytest.fixture(scope="session")
def books():
    return {samples: rulebook(samples) for samples in (True, False)}
