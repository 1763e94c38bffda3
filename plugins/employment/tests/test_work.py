"""Subsidies by each place's list, families with nobody at work, pension contributions, needy workers, the main earner."""

from datetime import date
from importlib.resources import files

import polars as pl
import pytest

from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.evaluate import evaluate
from fieldsvc.eligibility.explain import explain
from fieldsvc.eligibility.load import load_rulebook
from fieldsvc.policy.load import load_policies
from fieldsvc.policy.source import Package

DAYS = {"huining": date(2023, 6, 1)}
SUBSIDIES = (
    "tax_relief",
    "loan_interest",
    "training_subsidy",
    "start_up_subsidy",
    "public_post_subsidy",
    "social_insurance_subsidy",
)
WORKER = {
    "birth_date": "1985-09-01", "recognised_tier": "dibao", "no_labour_capacity": False, "employment_status": "employed",
    "business_started": True, "start_up_loan": "50000", "training_done": True, "public_post": True,
    "social_insurance_kind": "flexible", "employment_hard_recognised": True, "disability_certificate": False,
    "anti_relapse_monitored": False, "other_hardship": False,
}  # fmt: skip


def determined(book, place, *persons, on=None, area="urban"):
    told = {f"p{n}": {name: FactValue(value) for name, value in person.items()} for n, person in enumerate(persons)}
    return explain(book, place, on or DAYS.get(place, date(2025, 6, 1)), {"area": FactValue(area)}, told, "h")


def book_with(tmp_path, jurisdiction, supplement):
    path = tmp_path / "supplement.toml"
    path.write_text(f'jurisdiction = "{jurisdiction}"\n{supplement}', encoding="utf-8")
    packages = [Package(name, files(name), core=True) for name in ("fieldsvc.civil", "fieldsvc_employment")]
    data = Package("policy", files("fieldsvc.policy") / "data", core=True)
    return load_rulebook(packages, load_policies([data, *packages], [path]), [path])


def setting(name, value, unit, starts="2021-01-01", ends=None):
    told = f'test = "{value}"' if unit == "test" else f'value = "{value}"'
    end = f"until = {ends}\n" if ends else ""
    return f'[[parameter]]\nname = "{name}"\n{told}\nunit = "{unit}"\nfrom = {starts}\n{end}reference = "县里的文件"\n'


@pytest.mark.requirement("EMP-02")
@pytest.mark.parametrize(("place", "kinds"), [("changle", 6), ("jiaozhou", 4), ("huining", 5)])
def test_subsidies_are_offered_by_the_places_own_list(books, place, kinds):
    made = determined(books[True], place, WORKER)
    verdicts = [made.ruled(f"employment.{s}").verdict for s in SUBSIDIES]
    assert (verdicts.count("e"), verdicts.count("s")) == (kinds, 6 - kinds)
    listed = books[True].policy.at(place, "employment_subsidies", DAYS.get(place, date(2025, 6, 1)))
    assert len(listed.value) == kinds


@pytest.mark.requirement("EMP-05")
def test_adding_a_group_by_settings_recognises_its_people_at_the_next_run(tmp_path, books):
    driver = WORKER | {"jobless_by_epidemic": False, "registered_poor_labour": False, "business_started": False}
    before = determined(books[False], "changle", driver).ruled("employment.hard_to_employ")
    assert (before.verdict, [p.name for p in before.missing_supplements]) == (
        "u",
        ["employment_other_hard_groups_test"],
    )
    for test, verdict in (("public_post", "e"), ("business_started", "n")):
        book = book_with(tmp_path, "changle", setting("employment_other_hard_groups_test", test, "test"))
        assert determined(book, "changle", driver).ruled("employment.hard_to_employ").verdict == verdict


def test_a_post_of_public_interest_counts_in_the_income(books):
    """The list's wage column tells income_month, which the household's income adds up (EMP-03, second half)."""
    import tomllib

    feed = tomllib.loads(files("fieldsvc_employment").joinpath("feeds/public_posts.toml").read_text(encoding="utf-8"))
    assert {c["column"]: c["fact"] for c in feed["feed"]["column"]}["月岗位工资"] == "income_month"
    assert books[False].vocabulary.facts["income_month"].sources[0] == "department"


def test_zero_families_go_down_to_none(books):
    jobless = {"employment_status": "jobless", "no_labour_capacity": False}
    homes = {
        "a": [jobless],
        "b": [jobless, {"employment_status": "retired"}],
        "c": [{"employment_status": "employed"}, jobless],
    }

    def open_number(homes):
        rows = [{"person_id": f"{h}{n}", "household_id": h, **p} for h, ps in homes.items() for n, p in enumerate(ps)]
        households = pl.DataFrame({"household_id": list(homes), "area": ["rural"] * len(homes)})
        book = books[False]
        results = evaluate(book, "changle", date(2025, 6, 1), pl.DataFrame(rows, infer_schema_length=None), households)
        at = book.order("household").index("employment.zero_family")
        return sum(verdicts[at] == "e" for verdicts in results.households["verdicts"])

    assert open_number(homes) == 2
    helped = homes | {"a": [jobless | {"employment_status": "employed"}]}
    assert open_number(helped) == 1
    assert (
        open_number(helped | {"b": [{"employment_status": "retired"}, jobless | {"employment_status": "employed"}]})
        == 0
    )


PENSION = WORKER | {"resident_pension_insured": True, "pension_contribution_paid": False}
RAISED = (
    setting("employment_pension_lowest_tier", "200", "yuan_per_year", "2022-01-01", "2022-12-31")
    + setting("employment_pension_lowest_tier", "300", "yuan_per_year", "2023-01-01", "2023-12-31")
    + setting("employment_pension_kept_tier", "200", "yuan_per_year")
    + setting("employment_pension_share", "100/100", "ratio")
)


@pytest.mark.requirement("EMP-08")
def test_after_a_raise_the_old_lowest_tier_is_kept_and_paid(tmp_path):
    book = book_with(tmp_path, "huining", RAISED)
    paid = {}
    for on, kept in ((date(2022, 12, 31), "n"), (date(2023, 1, 1), "e")):
        made = determined(book, "huining", PENSION, on=on)
        assert made.ruled("employment.pension_tier_kept").verdict == kept
        paid[on.year] = made.ruled("employment.pension_paid").amount.yuan
    assert paid == {2022: "200.00", 2023: "200.00"}


@pytest.mark.requirement("EMP-08")
def test_the_years_paying_list_comes_from_the_register(tmp_path):
    tiers = {
        "p0": ("dibao", None),
        "p1": ("tekun", None),
        "p2": ("dibao_margin", 2),
        "p3": ("dibao_margin", 3),
        "p4": ("dibao", None),
    }
    rows = [
        {"person_id": p, "household_id": p, "recognised_tier": tier, "disability_certificate": grade is not None,
         "disability_grade": grade, "resident_pension_insured": p != "p4"}
        for p, (tier, grade) in tiers.items()
    ]  # fmt: skip
    book = book_with(
        tmp_path, "huining", RAISED + setting("employment_pension_other_groups_test", "public_post", "test")
    )
    households = pl.DataFrame({"household_id": list(tiers), "area": ["urban"] * 5})
    results = evaluate(book, "huining", date(2023, 6, 1), pl.DataFrame(rows, infer_schema_length=None), households)
    listed = results.amounts.filter(pl.col("programme") == "employment.pension_paid").sort("subject_id")
    assert listed["subject_id"].to_list() == ["p0", "p1", "p2"]
    assert {str(a) for a in listed["amount"]} == {"200.00"}


NEEDY = {
    "migrant_worker": True, "resides_in_county_seat": True, "labour_relation_since": "2022-06-01", "worker_life_difficult": True,
    "quarters_retiree": False, "worker_filed": False, "worker_accident": False, "listed_major_disease": False,
}  # fmt: skip


@pytest.mark.requirement("EMP-10")
@pytest.mark.parametrize(
    ("tier", "accident", "kind"),
    [("dibao", False, "deep"), ("dibao_margin", False, "relative"), ("none", True, "accident")],
)
def test_a_needy_worker_is_filed_by_the_union_in_one_of_three_tiers(books, tier, accident, kind):
    told = NEEDY | {"recognised_tier": tier, "worker_accident": accident}
    made = determined(books[True], "huining", told, {"listed_major_disease": True}, area="rural")
    verdicts = {k: made.ruled(f"employment.worker_{k}", "p0").verdict for k in ("deep", "relative", "accident")}
    ruled = made.ruled(f"employment.worker_{kind}", "p0")
    assert verdicts[kind] == "e" and "e" not in [v for k, v in verdicts.items() if k != kind]
    assert (ruled.duty, ruled.office, ruled.alert) == ("trade_union", "县工会", True)


def test_a_year_of_labour_relation_is_a_whole_year(books):
    sick = {"listed_major_disease": True}
    for since, result in (("2022-06-01", "true"), ("2022-06-02", "false")):
        made = determined(
            books[True], "huining", NEEDY | {"recognised_tier": "dibao", "labour_relation_since": since}, sick
        )
        who = next(c for c in made.ruled("employment.worker_deep", "p0").conditions if c.id == "who")
        assert who.result == result


@pytest.mark.requirement("MON-04")
@pytest.mark.parametrize(
    ("person", "alert"),
    [
        ({"main_labour": True, "registered_unemployed": True}, True),
        ({"main_labour": True, "employment_status": "laid_off"}, True),
        ({"main_labour": False, "registered_unemployed": True}, False),
        ({"main_labour": True, "registered_unemployed": False, "employment_status": "employed"}, False),
        ({"main_labour": True}, False),
    ],
)
def test_unemployment_of_the_main_earner_alerts(books, person, alert):
    ruled = determined(books[False], "jiaozhou", person).ruled("employment.main_labour_unemployed")
    assert ruled.alert is alert
    assert {c.authority.clause for c in ruled.conditions} == {"三(一)"}
