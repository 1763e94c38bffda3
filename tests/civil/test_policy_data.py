"""What the policy files say of places that differ."""

from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from pathlib import Path

import pytest

import fieldsvc
from fieldsvc.policy.book import Found, Missing, OutOfPeriod
from fieldsvc.policy.check import all_quotes, verify_locks
from fieldsvc.policy.load import load_policies
from fieldsvc.policy.source import Package

DATA = Path(fieldsvc.__file__).parent / "policy" / "data"


@pytest.fixture(scope="module")
def book():
    return load_policies([Package("policy", DATA, core=True)])


def value(book, place, name, on=date(2023, 6, 1)):
    answer = book.at(place, name, on)
    assert isinstance(answer, Found)
    return answer.value


def test_every_value_cites_a_text(book):
    assert len(book.parameters) == 155
    assert all(p.cite and p.cite.quote and p.title for p in book.parameters)


def test_places_differ_as_their_texts_do(book):
    multipliers = {
        place: value(book, place, "civil_tekun_basic_multiplier") for place in ("zibo", "puning", "changle", "huining")
    }
    assert multipliers == {"zibo": F("1.3"), "puning": F("1.6"), "changle": F("1.3"), "huining": F("1.3")}
    assert value(book, "zibo", "civil_care_ratio")["full"] == F(1, 3)
    assert value(book, "puning", "civil_care_ratio")["full"] == F(60, 100)
    assert value(book, "zibo", "civil_gradual_exit_months") == (3, 6)
    assert value(book, "puning", "civil_gradual_exit_months") == 6


def test_nothing_is_borrowed_where_a_text_is_silent(book):
    on = date(2025, 6, 1)
    assert isinstance(book.at("jiaozhou", "civil_margin_income_multiplier", on), Missing)
    assert isinstance(book.at("jiaozhou", "civil_gradual_exit_months", on), Missing)
    assert isinstance(book.at("huining", "civil_classification_order", date(2023, 6, 1)), Missing)
    assert isinstance(book.at("puning", "civil_single_person_disability_grades", on), Missing)


def test_jiaozhou_tries_tiers_in_its_order(book):
    order = value(book, "jiaozhou", "civil_classification_order", date(2024, 11, 12))
    assert order == ("tekun", "dibao", "dibao_margin", "rigid_expense")


def test_zhangdian_has_zibos_values_from_its_own_notice(book):
    assert isinstance(book.at("zhangdian", "emergency_advance_hours", date(2021, 10, 21)), OutOfPeriod)
    assert value(book, "zhangdian", "emergency_advance_hours", date(2021, 10, 22)) == 24
    assert value(book, "zibo", "emergency_advance_hours", date(2021, 7, 28)) == 24


def test_huining_ends_with_2023(book):
    assert value(book, "huining", "civil_disabled_uplift_ratio", date(2023, 12, 31)) == F(20, 100)
    assert isinstance(book.at("huining", "civil_disabled_uplift_ratio", date(2024, 1, 1)), OutOfPeriod)


@pytest.mark.parametrize(
    ("place", "duty", "office"),
    [
        ("jiaozhou", "medical_insurance", "市医疗保障局"),
        ("jiaozhou", "housing", "市住房服务保障中心"),
        ("huining", "medical_insurance", "县医保部门"),
        ("huining", "women_screening", "县妇联"),
        ("changle", "education", "县教育和体育局"),
        ("zhangdian", "civil", "民政部门"),
    ],
)
def test_office_of_a_duty_is_the_places_table(book, place, duty, office):
    found = book.office(place, duty)
    assert found.office == office
    assert found.cite.quote


def test_duty_without_an_office_in_the_text_has_none(book):
    assert book.office("zibo", "medical_insurance") is None
    assert book.office("jiaozhou", "women_screening") is None


def test_quotes_of_the_core_agree_with_their_locks(books):
    quotes = all_quotes(books[False].policy.quotes, books[False].quotes)
    packages = [Package("policy", DATA, core=True), Package("civil", DATA.parents[1] / "civil", core=True)]
    assert len(quotes) > 200
    assert verify_locks(quotes, packages).failures == ()
    changed = replace(quotes[0], cite=replace(quotes[0].cite, quote="改过的引文"))
    assert verify_locks([changed, *quotes[1:]], packages).failures
