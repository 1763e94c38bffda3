"""渐退: aid ends by procedure, on the day the place's own months are over, after a last check somebody made."""

from datetime import date

import pytest
from sqlalchemy import select, update

from fieldsvc.eligibility.vocabulary import shift
from fieldsvc.households.models import Household, Task
from fieldsvc.kit import clock
from tests.support.places import HOME, PERSON, county  # noqa: F401
from tests.support.river import uid

OVER, LAST = "civil.income_over_dibao", "civil.gradual_exit_ends"


@pytest.fixture
def earning(county):  # noqa: F811
    """``earning("puning")``: a rural 低保 household whose income is above the standard now."""

    def made(place, **more):
        found = county(place)
        found.household("a", tier="dibao")
        found.tell(**HOME, **PERSON | {"income_month": "5000"}, member_newly_employed=True, economy_improved=False, **more)
        return found

    return made


def dispose(county, rule, expect=(200,), **body):  # noqa: F811
    return county.post(f"/alerts/{county.alerts()[rule]['id']}/disposal", body, expect=expect)


def open_exit(found, **more):
    dispose(found, OVER, kind="verify", result="confirmed")
    shown = dispose(found, OVER, kind="verify_and_end", findings="收入已超过标准", ended=True, **more)
    found.screen()
    return shown["disposals"][-1]["detail"]["gradual_exit"]


def tier(found):
    return found.get(f"/households/{uid('a')}")["tier"]


def refusal(found, rule, **body):
    return found.refused(f"/alerts/{found.alerts()[rule]['id']}/disposal", body)


END = {"kind": "verify_and_end", "findings": "仍然超过标准", "ended": True}


@pytest.mark.requirement("ALR-06")
@pytest.mark.parametrize(("place", "months", "given"), [("puning", 6, {}), ("zibo", 4, {"months": 4})])
def test_ending_from_an_alert_opens_the_places_months_and_the_tier_stands(earning, place, months, given):
    found = earning(place)
    period = open_exit(found, **given)
    today = clock.today()
    assert (period["from"], period["until"]) == (today.isoformat(), shift(today, months, "MONTH").isoformat())
    assert "渐退期" in period["quote"]
    assert tier(found) == "dibao"
    assert [kind for kind, _ in found.chain()].count("gradual_exit_opened") == 1


@pytest.mark.requirement("ALR-06")
def test_where_the_place_has_no_gradual_exit_aid_ends_at_once(earning):
    found = earning("jiaozhou")
    dispose(found, OVER, kind="verify", result="confirmed")
    assert dispose(found, OVER, **END)["disposals"][-1]["detail"]["tier"] == "dibao"
    assert tier(found) == "none"


def test_an_urban_household_is_outside_the_rule_of_puning(earning):
    found = earning("puning", area="urban")
    with found.site.db.write() as session:
        session.get(Household, ("370281", uid("a"))).area = "urban"
    found.tell(income_unsteady=False)
    dispose(found, OVER, kind="verify", result="confirmed")
    dispose(found, OVER, **END)
    assert tier(found) == "none"


@pytest.mark.parametrize("months", [None, 2, 7])
def test_a_range_wants_its_months_said_and_kept(earning, months):
    found = earning("zibo")
    dispose(found, OVER, kind="verify", result="confirmed")
    assert refusal(found, OVER, **END, **({"months": months} if months else {})) == (422, "bad-months")


@pytest.mark.requirement("EXI-04")
@pytest.mark.parametrize(("place", "given"), [("puning", {}), ("zibo", {"months": 3})])
def test_the_last_month_raises_a_check_and_ending_before_it_is_answered_is_refused(earning, place, given):
    found = earning(place)
    until = date.fromisoformat(open_exit(found, **given)["until"])
    assert LAST not in found.alerts()
    found.on(shift(until, -1, "MONTH"))
    found.tell(income_unsteady=False)
    assert found.alerts()[LAST]["kind"] == "verify_and_end"
    (check,) = [t for t in tasks(found) if t["kind"] == "check"]
    assert (check["form_id"], check["status"], check["about"]) == ("civil_household_visit", "open", found.alerts()[LAST]["id"])
    dispose(found, LAST, kind="verify", result="confirmed")
    assert refusal(found, LAST, **END) == (409, "not-yet-due")
    found.on(until)
    assert refusal(found, LAST, **END) == (409, "not-checked")
    assert tier(found) == "dibao", "no silent end"
    found.visited("civil_household_visit", {"members": [{"person_id": uid("a/p1"), "income_month": 5000}]})
    assert [t["status"] for t in tasks(found) if t["kind"] == "check"] == ["done"]
    ended = dispose(found, LAST, **END)["disposals"][-1]["detail"]
    assert (ended["tier"], tier(found)) == ("dibao", "none")
    assert [kind for kind, _ in found.chain()].count("aid_ended") == 1


def test_nothing_ends_inside_the_period_and_nothing_by_itself_after_it(earning):
    found = earning("puning")
    until = date.fromisoformat(open_exit(found)["until"])
    found.tell(income_month="6000")
    assert refusal(found, OVER, kind="verify_and_end", findings="x", ended=True)[1] in ("alert-closed", "not-verified")
    dispose(found, OVER, kind="verify", result="confirmed")
    assert refusal(found, OVER, **END) == (409, "in-gradual-exit")
    found.on(shift(until, 2, "MONTH"))
    found.tell(income_month="6100")
    assert tier(found) == "dibao"
    assert found.alerts()[LAST]["status"] == "open"


def test_a_last_check_that_finds_need_keeps_the_aid(earning):
    found = earning("puning")
    until = date.fromisoformat(open_exit(found)["until"])
    found.on(until)
    found.visited("civil_household_visit", {"members": [{"person_id": uid("a/p1"), "income_month": 100}]})
    found.later(minutes=1)
    dispose(found, LAST, kind="verify", result="confirmed")
    kept = {"kind": "verify_and_end", "findings": "失业，收入低于标准", "ended": False}
    assert refusal(found, LAST, **kept) == (409, "not-checked")
    found.visited("civil_household_visit", {"members": [{"person_id": uid("a/p1"), "income_month": 90}]})
    dispose(found, LAST, **kept)
    found.screen()
    assert (tier(found), found.alerts()[LAST]["status"]) == ("dibao", "closed")
    assert "gradual_exit_kept" in [kind for kind, _ in found.chain()]


def test_a_check_that_a_worker_closed_by_hand_is_not_asked_again_and_counts_for_nothing(earning):
    found = earning("puning")
    until = date.fromisoformat(open_exit(found)["until"])
    found.on(until)
    found.tell(income_unsteady=False)
    with found.site.db.write() as session:
        session.execute(update(Task).where(Task.kind == "check").values(status="done", updated_at=clock.now()))
    found.tell(income_unsteady=True)
    assert [t["status"] for t in tasks(found) if t["kind"] == "check"] == ["done"]
    dispose(found, LAST, kind="verify", result="confirmed")
    assert refusal(found, LAST, **END) == (409, "not-checked")


def tasks(found):
    with found.site.db.read() as session:
        rows = session.scalars(select(Task).where(Task.household_id == uid("a")).order_by(Task.updated_at))
        return [{"kind": t.kind, "form_id": t.form_id, "status": t.status, "about": t.about} for t in rows]
