"""A place that forwards another's document, on the project's own files (张店区 forwards 淄博市's plan)."""

from datetime import date
from importlib.resources import files

import pytest

from fieldsvc.policy.book import Found, OutOfPeriod
from fieldsvc.policy.load import load_policies
from fieldsvc.policy.source import Package


@pytest.fixture(scope="module")
def book():
    return load_policies([Package("policy", files("fieldsvc.policy") / "data", core=True)])


def test_values_of_the_forwarded_plan_hold_from_the_places_own_notice(book):
    name = "civil_gradual_exit_months"
    assert isinstance(book.at("zibo", name, date(2021, 8, 1)), Found)
    early = book.at("zhangdian", name, date(2021, 10, 21))
    assert isinstance(early, OutOfPeriod) and early.starts == date(2021, 10, 22)
    found = book.at("zhangdian", name, date(2021, 10, 22))
    assert isinstance(found, Found)
    assert [d.number for d in found.documents] == ["张民〔2021〕61号", "淄民〔2021〕45号"]
    assert found.value == book.at("zibo", name, date(2021, 10, 22)).value


@pytest.mark.requirement("REF-11")
def test_the_office_of_a_duty_is_a_table_of_the_jurisdiction(book):
    assert book.office("jiaozhou", "medical_insurance").office == "市医疗保障局"
    assert book.office("changle", "medical_insurance").office == "县医保局"
    assert book.office("zhangdian", "civil").office == book.office("zibo", "civil").office
    assert book.office("zibo", "medical_insurance") is None
    assert all(duty.cite for place in book.jurisdictions.values() for duty in place.duties.values())
