"""Urban and rural housing aid, rent before and after, the county's five settings, houses that get worse."""

from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.explain import explain
from fieldsvc.eligibility.load import load_rulebook
from fieldsvc.policy.load import load_policies
from fieldsvc.policy.source import Package

DAYS = {"huining": date(2023, 6, 1)}
HOUSE = {
    "area": "urban",
    "housing_difficulty": True,
    "house_area_sqm": "12",
    "house_tenure": "rent",
    "house_danger_grade": "D",
}
FIVE = (
    "housing_procedure_set",
    "housing_measures_set",
    "housing_time_limit_days",
    "housing_standard_set",
    "housing_fund_source_set",
)


def ruled(book, place, rule, house, **person):
    told = {
        name: FactValue(value)
        for name, value in {"recognised_tier": "dibao", "tekun_support": "dispersed", **person}.items()
    }
    home = {name: FactValue(value) for name, value in (HOUSE | house).items()}
    return explain(book, place, DAYS.get(place, date(2025, 6, 1)), home, {"p": told}, "h").ruled(rule)


@pytest.mark.requirement("HOU-01")
@pytest.mark.parametrize(("place", "forms"), [("changle", "e"), ("jiaozhou", "ee"), ("huining", "ee")])
def test_an_urban_family_of_a_listed_tier_gets_the_forms_its_text_names(books, place, forms):
    given = [ruled(books[True], place, f"housing.{form}", {}).verdict for form in ("public_rental", "rental_subsidy")]
    assert "".join(v for v in given if v != "s") == forms
    assert ruled(books[True], place, "housing.renovation", {}).verdict in ("n", "s")


@pytest.mark.requirement("HOU-02")
@pytest.mark.parametrize("place", ["changle", "jiaozhou"])
@pytest.mark.parametrize("tier", ["dibao", "tekun"])
def test_a_rural_family_of_a_listed_tier_gets_its_dangerous_house_renovated(books, place, tier):
    made = ruled(books[True], place, "housing.renovation", {"area": "rural"}, recognised_tier=tier)
    assert (made.verdict, made.amount.yuan) == ("e", "30000.00")
    assert ruled(books[True], place, "housing.renovation", {"area": "rural", "house_danger_grade": "A"}).verdict == "n"
    assert ruled(books[True], place, "housing.public_rental", {"area": "rural"}).verdict == "n"


@pytest.mark.requirement("HOU-03")
def test_the_decision_shows_the_rent_before_and_after(books):
    made = ruled(
        books[True], "huining", "housing.rent_relief", {"house_tenure": "public_rental", "housing_rent_month": "250.50"}
    )
    shown = {i.fact: str(i.value) for i in made.amount.inputs}
    assert made.amount.yuan == "200.40"
    assert (shown["housing_rent_month"], shown["housing_rent_after"]) == ("250.5", "50.1")


@pytest.mark.requirement("HOU-04")
def test_a_rural_low_income_familys_house_that_got_worse_alerts(books):
    rural = {"area": "rural", "house_state": "minor"}
    assert ruled(books[True], "changle", "housing.safety", rural | {"house_worse": True}).alert
    assert not ruled(books[True], "changle", "housing.safety", rural | {"house_worse": False}).alert
    assert not ruled(books[True], "changle", "housing.safety", rural).alert
    assert ruled(books[True], "changle", "housing.safety", rural | {"house_state": "dangerous"}).alert


def book_with(tmp_path, settings):
    """Huining's sample with only these of the five settings."""
    sample = files("fieldsvc_housing").joinpath("sample", "huining.toml").read_text(encoding="utf-8")
    head, *rows = sample.split("\n[[parameter]]\n")
    kept = [row for row in rows if not any(f'name = "{each}"' in row for each in FIVE if each not in settings)]
    path = tmp_path / "huining.toml"
    path.write_text("\n[[parameter]]\n".join([head, *kept]), encoding="utf-8")
    packages = [Package(name, files(name), core=True) for name in ("fieldsvc.civil", "fieldsvc_housing")]
    data = Package("policy", files("fieldsvc.policy") / "data", core=True)
    civil = sorted(Path(str(files("fieldsvc.civil") / "sample")).glob("huining*.toml"))
    return load_rulebook(packages, load_policies([data, *packages], [*civil, path]), [*civil, path])


@pytest.mark.parametrize("left_out", FIVE)
def test_huining_does_not_open_until_all_five_settings_are_in(tmp_path, left_out):
    book = book_with(tmp_path, set(FIVE) - {left_out})
    for rule in ("public_rental", "rental_subsidy", "rent_relief"):
        made = ruled(book, "huining", f"housing.{rule}", {"house_tenure": "public_rental"})
        assert (made.verdict, [p.name for p in made.missing_supplements]) == ("u", [left_out])
    opened = book_with(tmp_path, set(FIVE))
    assert ruled(opened, "huining", "housing.public_rental", {}).verdict == "e"


def test_a_family_found_alerts_until_it_is_helped(books):
    assert ruled(books[True], "huining", "housing.found", {"housing_aid_received": False}).alert
    assert not ruled(books[True], "huining", "housing.found", {"housing_aid_received": True}).alert
