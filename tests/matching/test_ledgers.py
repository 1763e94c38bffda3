"""Civil affairs' register beside rural revitalisation's ledger: who stands in one only; an alert in one is seen in the other."""

import csv
import io

import pytest

from fieldsvc.matching import service
from tests.matching.conftest import number
from tests.support.jiaozhou import UNINSURED, departments, medical_visit
from tests.support.river import COUNTY

FEED = "civil.anti_relapse"
AGRICULTURE = {"role": "department_officer", "region": COUNTY, "department": "anti_relapse"}
HOUSING = {"role": "department_officer", "region": COUNTY, "department": "housing"}
TOWN = {"role": "township_officer", "region": "370281001"}


def as_list(*rows):
    held = io.StringIO()
    csv.writer(held).writerows([("姓名", "身份证号", "数据日期"), *rows])
    return held.getvalue().encode("utf-8-sig")


@pytest.fixture
def run(named, post_list, approve):
    """The ledger holds 王小明 of household a, whom we know, and a stranger; 李梅 of b, on 低保, is not on it."""
    status, made = post_list(as_list(("王小明", number(2), "2026-10-01"), ("陌生人", number(66), "2026-10-01")), feed=FEED)
    assert status == 202, made
    while service.work(named, departments()):
        pass
    approve(made["id"])
    return made["id"]


@pytest.mark.requirement("DAT-05")
def test_people_in_one_ledger_only_are_listed_and_an_alert_in_one_is_seen_in_the_other(named, run, call, screen):
    def compared(**who):
        return call("get", f"/runs/{run}/ledgers", **who)

    status, told = compared()
    assert status == 200 and [row["name"] for row in told["theirs_only"]] == ["陌生人"]
    assert "李梅" in {row["name"] for row in told["ours_only"]} and "王小明" not in {row["name"] for row in told["ours_only"]}
    before = {row["title"] for row in told["alerts"]}
    medical_visit(named, "a", UNINSURED)  # found at a visit, on our side
    screen()
    theirs = compared(**AGRICULTURE)[1]
    assert {row["title"] for row in theirs["alerts"]} - before == {"参保资助"} and {row["name"] for row in theirs["alerts"]} == {"王小明"}


def test_a_department_learns_nothing_of_who_is_not_on_its_list(run, call):
    status, told = call("get", f"/runs/{run}/ledgers", **AGRICULTURE)
    assert status == 200 and told["ours_only"] == [] and [row["name"] for row in told["theirs_only"]] == ["陌生人"]
    assert call("get", f"/runs/{run}/ledgers", **HOUSING)[0] == 404


def test_a_township_compares_its_own_people(run, call):
    told = call("get", f"/runs/{run}/ledgers", **TOWN)[1]
    assert "李梅" in {row["name"] for row in told["ours_only"]}
    elsewhere = call("get", f"/runs/{run}/ledgers", role="township_officer", region="370281002")[1]
    assert elsewhere["ours_only"] == [] and elsewhere["alerts"] == []
