"""审慎把握: the 低保 of the weak ends only after another officer has looked; a relapse later shows on the household."""

import pytest

from tests.support.pages import Browser
from tests.support.places import HOME, PERSON, county  # noqa: F401
from tests.support.river import uid

OVER = "civil.income_over_dibao"
END = {"kind": "verify_and_end", "ended": True}


@pytest.fixture
def leaving(county):  # noqa: F811
    """``leaving(place, **facts)``: a rural 低保 person whose income is above the standard, the alert verified. No gradual exit
    fits, so that aid would end at once."""

    def made(place, **facts):
        found = county(place)
        found.household("a", tier="dibao")
        told = {"income_month": "5000", "member_newly_employed": False, "economy_improved": False, "out_of_poverty": False,
                "anti_relapse_monitored": False} | facts  # fmt: skip
        found.tell(
            **HOME,
            **{name: value for name, value in (PERSON | told).items() if name in found.departments.vocabulary.facts},
        )
        found.post(f"/alerts/{found.alerts()[OVER]['id']}/disposal", {"kind": "verify", "result": "confirmed"})
        return found

    return made


def alert(found):
    return f"/alerts/{found.alerts()[OVER]['id']}/disposal"


def tier(found):
    return found.get(f"/households/{uid('a')}")["tier"]


@pytest.mark.requirement("EXI-03")
def test_a_second_officer_looks_before_aid_of_the_weak_ends_and_a_relapse_shows_on_the_case(leaving):
    found = leaving("zibo", out_of_poverty=True)
    shown = found.post(alert(found), END | {"findings": "收入已超过标准"})
    assert (shown["status"], shown["disposals"][-1]["kind"]) == ("verified", "second_look")
    assert "审慎把握" in shown["disposals"][-1]["detail"]["quote"] and tier(found) == "dibao"
    assert found.refused(alert(found), END | {"findings": "再次核查，确已超过"}) == (409, "second-look")
    assert tier(found) == "dibao"
    shown = found.post(alert(found), END | {"findings": "复核属实"}, "county_officer")
    assert (shown["status"], tier(found)) == ("closed", "none")
    found.tell(labour_loss="complete", steady_income=False, source="visit")
    liu = Browser(found.app)
    liu.sign_in("township_officer-370281001")
    page = liu.open(f"/console/households/{uid('a')}")
    assert "脱贫人口丧失劳动能力且无稳定收入" in page.links and "终止最低生活保障对象待遇" in page.text
    ended = liu.open(next(address for words, address in page.links.items() if "超过低保条件" in words))
    assert "提请另一位经办人员复核" in ended.text


def test_the_second_officer_may_find_that_aid_goes_on(leaving):
    found = leaving("zibo", out_of_poverty=True)
    found.post(alert(found), END | {"findings": "收入已超过标准"})
    shown = found.post(
        alert(found), {"kind": "verify_and_end", "ended": False, "findings": "收入不稳定"}, "county_officer"
    )
    assert (shown["status"], tier(found)) == ("closed", "dibao")


def test_the_same_request_again_is_no_second_look(leaving):
    found = leaving("zibo", out_of_poverty=True)
    first = found.post(alert(found), END | {"findings": "收入已超过标准"})
    again = found.post(alert(found), END | {"findings": "收入已超过标准"})
    assert len(again["disposals"]) == len(first["disposals"]) and tier(found) == "dibao"


@pytest.mark.parametrize(("place", "facts"), [("zibo", {}), ("jiaozhou", {"anti_relapse_monitored": True})])
def test_nobody_is_asked_twice_where_no_text_asks_for_it(leaving, place, facts):
    found = leaving(place, **facts)
    shown = found.post(alert(found), END | {"findings": "收入已超过标准"})
    assert (shown["status"], tier(found)) == ("closed", "none")
