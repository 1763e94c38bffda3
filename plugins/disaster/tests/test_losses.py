"""One loss through its kinds of aid in time; payouts in the sum; declared responses; what social aid takes up."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files

import pytest

from fieldsvc.eligibility.cases import PERSON, Case, differences
from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.explain import explain
from fieldsvc.eligibility.load import load_rulebook
from fieldsvc.policy.changes import Change, amended
from fieldsvc.policy.load import load_policies
from fieldsvc.policy.source import Package

KINDS = ("emergency", "transition", "drought", "winter_spring", "house_rebuilding")
DAY = {"changle": date(2025, 11, 20), "huining": date(2022, 11, 20)}
LOSS = {"disaster_hit": True, "disaster_kind": "flood", "house_damage": "collapsed", "disaster_life_hard": True}


def determined(book, place, on, house, **person):
    told = {
        name: FactValue(value)
        for name, value in {"recognised_tier": "dibao", "tekun_support": "dispersed", **person}.items()
    }
    home = {name: FactValue(str(v) if isinstance(v, date) else v) for name, v in ({"area": "urban"} | house).items()}
    return explain(book, place, on, home, {"p": told}, "h")


@pytest.mark.requirement("DST-01")
@pytest.mark.parametrize("place", ["changle", "huining"])
def test_one_households_loss_passes_through_the_kinds_in_time(books, place):
    day = DAY[place]
    house = LOSS | {"disaster_on": day, "winter_life_hard": True, "house_rebuilt": False}

    def given(after):
        made = determined(books[True], place, day + timedelta(days=after), house)
        return [k for k in KINDS if made.ruled(f"disaster.{k}").verdict == "e"]

    assert given(0) == ["emergency", "house_rebuilding"]
    assert given(15) == ["emergency", "winter_spring", "house_rebuilding"]
    assert given(16) == ["transition", "winter_spring", "house_rebuilding"]
    assert given(120) == ["winter_spring", "house_rebuilding"]
    assert given(200) == ["house_rebuilding"]


@pytest.mark.requirement("DST-07")
@pytest.mark.parametrize("place", ["changle", "huining"])
def test_aid_is_worked_out_by_the_standard_of_the_day_of_the_disaster(books, place):
    day, held = DAY[place], books[True]
    (old,) = {p.value for p in held.policy.named("disaster_emergency_person") if p.jurisdiction == place}
    raised = Change(place, "disaster_emergency_person", "1000", day + timedelta(days=5), "标准调整（试算）")
    book = replace(held, policy=amended(held.policy, [raised]))

    def paid(hit, **more):
        view = determined(book, place, day + timedelta(days=9), LOSS | {"disaster_on": hit} | more).ruled("disaster.emergency").amount
        return view.yuan, [(each.name, str(each.value), each.starts) for each in view.parameters]

    before, after = paid(day), paid(day + timedelta(days=6))
    assert before[0] == f"{Decimal(old):.2f}" and after[0] == "1000.00"
    (shown,) = before[1]
    assert shown[:2] == ("disaster_emergency_person", str(old))
    assert after[1] == [("disaster_emergency_person", "1000", raised.starts)]
    assert paid(date(1999, 1, 1)) == (None, [("disaster_emergency_person", "None", None)]), "no standard is known of that day"


def test_a_days_standard_is_the_same_over_whole_frames(books):
    """What is worked out for many at once is what is explained for one (``differences`` asks both)."""
    day, held = DAY["changle"], books[True]
    raised = Change("changle", "disaster_emergency_person", "1000", day + timedelta(days=5), "标准调整（试算）")
    book = replace(held, policy=amended(held.policy, [raised]))
    for hit, amount in ((day, "300.00"), (day + timedelta(days=6), "1000.00"), (date(1999, 1, 1), "None")):
        home = LOSS | {"area": "urban", "disaster_on": hit.isoformat()}
        case = Case("standard", True, home, {PERSON: {"recognised_tier": "dibao", "tekun_support": "dispersed"}}, ())
        wanted = {"jurisdiction": "changle", "on": day + timedelta(days=9), "programme": "disaster.emergency", "amount": amount}
        assert differences(book, case, wanted) == []


def test_the_drought_kind_is_for_droughts(books):
    dry = LOSS | {
        "disaster_on": DAY["changle"],
        "disaster_kind": "drought",
        "drought_life_hard": True,
        "house_damage": "none",
    }
    made = determined(books[True], "changle", DAY["changle"], dry)
    assert made.ruled("disaster.drought").amount.yuan == "120.00"
    wet = determined(books[True], "changle", DAY["changle"], dry | {"disaster_kind": "flood"})
    assert wet.ruled("disaster.drought").verdict == "n"


@pytest.mark.requirement("DST-02")
@pytest.mark.parametrize(
    ("tier", "support", "verdict"),
    [
        ("dibao", None, "e"), ("dibao_margin", None, "e"), ("rigid_expense", None, "e"),
        ("tekun", "dispersed", "e"), ("tekun", "centralised", "n"), ("tekun", None, "u"),
    ],
)  # fmt: skip
def test_each_listed_tier_hit_by_a_disaster_gets_aid(books, tier, support, verdict):
    on = date(2025, 6, 1)
    made = determined(books[True], "jiaozhou", on, LOSS, recognised_tier=tier, tekun_support=support)
    assert made.ruled("disaster.aid").verdict == verdict
    spared = determined(
        books[True], "jiaozhou", on, LOSS | {"disaster_hit": False}, recognised_tier=tier, tekun_support=support
    )
    assert spared.ruled("disaster.aid").verdict == "n"


@pytest.mark.requirement("DST-03")
@pytest.mark.parametrize(
    ("place", "on"), [("changle", date(2025, 6, 1)), ("jiaozhou", date(2025, 6, 1)), ("huining", date(2023, 6, 1))]
)
def test_where_transition_aid_ends_the_civil_office_is_asked_to_take_up(books, place, on):
    for ends, hard, alert in ((-1, True, True), (0, True, False), (-1, False, False)):
        house = {"transition_aid_until": on + timedelta(days=ends), "disaster_life_hard": hard}
        ruled = determined(books[False], place, on, house).ruled("disaster.handover")
        assert (ruled.alert, ruled.duty) == (alert, "civil")
        assert "衔接" in ruled.conditions[-1].authority.quote


@pytest.mark.requirement("MON-05")
@pytest.mark.parametrize(("aided", "alert"), [(True, True), (False, False), (None, False)])
def test_a_disaster_aid_entry_alerts(books, aided, alert):
    house = {} if aided is None else {"disaster_emergency_aided": aided}
    ruled = determined(books[False], "jiaozhou", date(2025, 6, 1), house).ruled("disaster.property_loss")
    assert ruled.alert is alert
    assert (ruled.conditions[0].authority.clause, "自然灾害应急救助信息" in ruled.conditions[0].authority.quote) == (
        "三(一)",
        True,
    )


def test_damage_told_at_a_visit_alerts_until_verified_and_goods_until_they_come(books):
    def alerts(**house):
        made = determined(books[False], "huining", date(2023, 6, 1), LOSS | house)
        return [made.ruled(f"disaster.{name}").alert for name in ("unverified", "goods_missing")]

    assert alerts(disaster_verified=False) == [True, False]
    assert alerts(disaster_verified=True, disaster_goods_received=False) == [False, True]
    assert alerts(disaster_verified=True, disaster_goods_received=True) == [False, False]


@pytest.mark.requirement("DST-06")
@pytest.mark.parametrize(("paid", "alert"), [("16999.99", True), ("17000", False)])
def test_an_insurance_payout_stands_in_the_sum(books, paid, alert):
    house = LOSS | {"disaster_loss": "20000", "disaster_aid_paid": "3000", "disaster_insurance_paid": paid}
    ruled = determined(books[False], "changle", date(2025, 6, 1), house).ruled("disaster.loss_uncovered")
    assert ruled.alert is alert


def declared(tmp_path, place, starts, ends):
    path = tmp_path / "response.toml"
    path.write_text(
        f'jurisdiction = "{place}"\n[[parameter]]\nname = "disaster_response_level"\nvalue = 3\nunit = "number"\n'
        f'from = {starts}\nuntil = {ends}\nreference = "防汛抗旱指挥部启动三级应急响应的通知"\n',
        encoding="utf-8",
    )
    packages = [Package(name, files(name), core=True) for name in ("fieldsvc.civil", "fieldsvc_disaster")]
    data = Package("policy", files("fieldsvc.policy") / "data", core=True)
    return load_rulebook(packages, load_policies([data, *packages], [path]), [path])


@pytest.mark.parametrize(("place", "year"), [("changle", 2025), ("huining", 2023)])
def test_declaring_a_level_turns_on_the_visits_for_its_days(books, tmp_path, place, year):
    book = declared(tmp_path, place, f"{year}-07-10", f"{year}-07-15")
    rule, risk = "disaster.response_visits", {"disaster_hazard_area": True}
    assert determined(books[False], place, date(year, 7, 12), risk).ruled(rule).verdict == "o"
    verdicts = [determined(book, place, date(year, 7, day), risk).ruled(rule) for day in (9, 10, 15, 16)]
    assert [(r.verdict, r.alert) for r in verdicts] == [("x", False), ("e", True), ("e", True), ("x", False)]
    assert determined(book, place, date(year, 7, 12), {"disaster_hazard_area": False}).ruled(rule).verdict == "n"
    if place == "huining":
        assert determined(book, place, date(year, 7, 12), risk | {"area": "rural"}).ruled(rule).verdict == "n"
