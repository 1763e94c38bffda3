"""People without aid: a change that fits starts the procedure; who is refused is passed on and stays under monitoring."""

import pytest
from sqlalchemy import select

from fieldsvc.tasks.models import VisitSchedule
from tests.support.places import HOME, PERSON, county  # noqa: F401
from tests.support.river import uid

RICH, POOR = {"income_month": "9000"}, {"income_month": 500}
FITS = "civil.may_enter_aid"


@pytest.fixture
def family(county):  # noqa: F811
    def made(place, **facts):
        found = county(place)
        found.household("a", tier="none", area="urban")
        found.tell(**HOME, **PERSON | RICH | facts)
        return found

    return made


def sources(channels):
    return [c["source"] for c in channels if c["channel"] == "visit"]


@pytest.mark.requirement("MON-08")
def test_a_changed_income_answer_opens_an_application_from_the_visit(family):
    found = family("jiaozhou")
    assert FITS not in found.alerts()
    visit = found.visited("civil_household_visit", {"members": [{"person_id": uid("a/p1"), **POOR}]})
    alert = found.alerts()[FITS]
    assert alert["person_id"] == uid("a/p1") and visit in sources(alert["channels"])
    started = {"kind": "verify", "result": "procedure_started", "consent": True}
    shown = found.post(f"/alerts/{alert['id']}/disposal", started)["disposals"][-1]["detail"]
    case = found.get(f"/applications/{shown['application']}")
    assert (case["applied"], case["state"], case["proposal"]["tier"]) == ("dibao", "open", "dibao")
    opened = next(s for s in case["steps"] if s["kind"] == "opened")["detail"]["found"]
    assert opened["alert"] == alert["id"] and visit in sources(opened["channels"])
    assert found.get(f"/households/{uid('a')}")["tier"] == "none", "nothing is granted by it"


def test_what_fits_no_tier_starts_nothing(family):
    found = family("jiaozhou", **POOR)
    alert = found.alerts()[FITS]["id"]
    found.tell(**RICH)
    body = {"kind": "verify", "result": "procedure_started"}
    assert found.refused(f"/alerts/{alert}/disposal", body) == (409, "no-tier-fits")


def refuse(found, tier="dibao"):
    opened = found.post("/applications", {"household_id": uid("a"), "tier": tier, "consent": {"scope": ["classification"]}})
    assert opened["proposal"]["tier"] == "none"
    decided = found.post(f"/applications/{opened['id']}/decision", {"kind": "confirm"})["decision"]
    found.screen()
    return decided


@pytest.mark.requirement("POP-12")
def test_a_refusal_carries_the_next_offers_or_says_there_are_none(family):
    found = family("changle", charity_wanted=True)
    assert refuse(found)["next_offers"] == []
    assert "也不符合其他救助帮扶项目" in found.get("/applications?state=decided")["items"][0]["decision"]["next_said"]
    found.tell(basic_life_hard=True, distress_kind="emergency", distress=True)
    offers = {o["id"]: o for o in refuse(found)["next_offers"]}
    assert {"civil.charity", "civil.temporary_aid"} <= set(offers)
    assert not {o for o in offers if o in ("civil.dibao", "civil.tekun")}
    assert offers["civil.temporary_aid"]["clauses"] == ["乐办字〔2021〕21号 二(一)8"]


@pytest.mark.requirement("POP-02")
@pytest.mark.parametrize("place", ["zibo", "changle"])
def test_a_refused_household_keeps_a_next_visit_and_its_measures(family, place):
    found = family(place)
    with found.site.db.read() as session:
        assert list(session.scalars(select(VisitSchedule))) == []
    assert refuse(found)["monitored"]
    shown = found.get(f"/households/{uid('a')}/measures")
    assert shown["monitored"] and shown["next_visits"][0]["title"] == "走访监测帮扶家庭"
    assert shown["next_visits"][0]["due_on"] > shown["on"]
    found.tell(special_hardship_family=True, cannot_self_care=True, service_wanted="counselling")
    assert set(found.get(f"/households/{uid('a')}/measures")["offers"]) == {"basic", "special", "emergency", "service", "charity"}
    ended = found.post(f"/households/{uid('a')}/monitoring", {"monitored": False, "reason": "收入稳定，风险消除"})
    found.screen()
    assert ended["monitored"] is False
    assert found.get(f"/households/{uid('a')}/measures")["next_visits"] == []
