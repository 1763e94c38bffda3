"""Forms compiled once for the folder's tests."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fieldsvc.forms.compile import compile_form
from fieldsvc.forms.model import CompiledForm
from tests.forms.samples import VISIT_DAY, full_visit

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def visit_form() -> CompiledForm:
    return compile_form(DATA / "household_visit.md", origin="household_visit.md")


@pytest.fixture(scope="session")
def plain_form() -> CompiledForm:
    return compile_form(DATA / "plain.md", origin="plain.md")


@pytest.fixture
def visit() -> dict[str, Any]:
    return full_visit()


@pytest.fixture(scope="session")
def today() -> date:
    return VISIT_DAY
