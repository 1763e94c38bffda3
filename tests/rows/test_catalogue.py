"""One catalogue of aid items and one list of indicators, to which departments add theirs."""

import pytest

from fieldsvc.app import create_app
from fieldsvc.departments.load import Departments
from fieldsvc.departments.web import KEY
from fieldsvc.eligibility.load import load_rulebook
from fieldsvc.policy.load import load_policies
from fieldsvc.policy.source import Package
from tests.support.places import ROOT, supplements

CIVIL, DATA = Package("civil", ROOT / "fieldsvc/civil", core=True), Package("policy", ROOT / "fieldsvc/policy/data", core=True)


def installed(found, *plugins):
    """The same county with only these departments' plugins."""
    packages = [CIVIL, *(Package(name, ROOT / f"plugins/{name}/fieldsvc_{name}") for name in plugins)]
    files = [f for f in supplements(found.place) if "plugins" not in f.parts or f.parts[f.parts.index("plugins") + 1] in plugins]
    policy = load_policies([DATA, *packages], files)
    app = create_app(found.site)
    app.extensions[KEY] = Departments((), (), policy, load_rulebook(packages, policy, files), ())
    found.client = app.test_client()
    return found


@pytest.mark.requirement("POP-11")
@pytest.mark.parametrize("place", ["changle", "jiaozhou"])
def test_installing_a_plugin_adds_its_items_and_removing_it_withdraws_them(county, place):
    found = county(place)

    def items(**asked):
        query = "&".join(f"{k}={v}" for k, v in asked.items())
        return {i["id"]: i for i in found.get(f"/catalogue?{query}")["items"]}

    installed(found)
    assert not {i for i in items() if not i.startswith("civil.")}
    installed(found, "medical", "education")
    both = items()
    assert {i.partition(".")[0] for i in both} == {"civil", "medical", "education"}
    assert {i for i in items(need="education") if not i.startswith("civil.")} == {i for i in both if i.startswith("education.")}
    assert both["civil.dibao"]["aid_label"] == "基本生活救助" and both["civil.dibao"]["texts"][0]["clause"]
    installed(found, "medical")
    assert {i.partition(".")[0] for i in items()} == {"civil", "medical"}


def test_what_the_places_text_does_not_name_is_left_out_unless_asked_for(county):
    found = county("jiaozhou")
    assert "civil.love_bank" not in {i["id"] for i in found.get("/catalogue")["items"]}
    silent = {i["id"]: i["state_label"] for i in found.get("/catalogue?silent=true")["items"]}
    assert silent["civil.love_bank"] == "此文件未规定"
    assert found.call("get", "/catalogue?jurisdiction=mars")[0] == 404


@pytest.mark.requirement("MON-06")
def test_each_indicator_shows_signal_source_and_threshold_and_a_plugins_appears_when_installed(county):
    found = county("jiaozhou")

    def listed():
        return {i["id"]: i for i in found.get("/indicators")["items"]}

    installed(found)
    assert "medical.expense_surge" not in listed()
    drop = listed()["civil.income_drop"]
    assert (drop["signal"], drop["source"], drop["on"]) == ("家庭主要劳动力死亡", "走访、部门名单", True)
    installed(found, "medical")
    surge = listed()["medical.expense_surge"]
    assert surge["on"] and surge["signal"] and surge["source"]
    assert [t["value"] for t in surge["thresholds"] if t["state"] == "in_force"]
    visit = listed()["civil.visit_low_income"]
    assert (visit["on"], visit["why_off"], visit["thresholds"][0]["state"]) == (False, "未启用", "missing")


def test_every_item_of_every_department_names_its_kind_of_aid_and_known_needs(county):
    found = county("changle")
    shown = found.get("/catalogue?silent=true")
    assert {i["aid"] for i in shown["items"]} <= set(shown["kinds"])
    assert {n for i in shown["items"] for n in i["needs"]} <= set(shown["needs"])
