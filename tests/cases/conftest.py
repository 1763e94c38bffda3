"""The whole rule book, with every department of the tree, with and without the samples (样例)."""

import sys
from importlib.resources import files
from pathlib import Path

import pytest

from fieldsvc.eligibility.load import load_rulebook
from fieldsvc.policy.load import load_policies
from fieldsvc.policy.source import Package

PLUGINS = sorted(Path(__file__).resolve().parents[2].glob("plugins/*/fieldsvc_*"))
CIVIL = Package("civil", files("fieldsvc.civil"), core=True)
DATA = Package("policy", files("fieldsvc.policy") / "data", core=True)


def rulebook(samples):
    packages = [CIVIL, *(Package(root.name, root, core=True) for root in PLUGINS)]
    roots = [Path(str(package.root)) for package in packages]
    supplements = sorted(f for root in roots for f in (root / "sample").glob("*.toml")) if samples else []
    return load_rulebook(packages, load_policies([DATA, *packages], supplements), supplements)


@pytest.fixture(scope="session")
def books():
    sys.path[:0] = [str(root.parent) for root in PLUGINS]
    return {samples: rulebook(samples) for samples in (True, False)}
