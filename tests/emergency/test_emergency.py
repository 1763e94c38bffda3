"""Acute distress: where it happens, aid first and the account afterwards, one approval paid in stages, followed until closed."""

from datetime import date

import pytest
from sqlalchemy import select

from fieldsvc.aidchain.models import Aid
from fieldsvc.facts.queries import known
from fieldsvc.households.models import Household, Person, Task
from fieldsvc.kit import clock
from tests.support.places import HOME, PERSON
from tests.support.river import COUNTY, VILLAGE, uid

FIRST = {"kind": "advance", "amount": "1500", "source": "镇临时救助备用金"}
STRANGER = {"name": "身份不明", "village_code": VILLAGE, "sex": "female"}


@pytest.fixture
def home(county):
    def made(place, **facts):
        found = county(place)
        if place == "huining":
            found.on(date(2023, 6, 1))
        found.household("a", tier="none", area="urban")
        found.tell(**HOME, **PERSON | facts)
        return found

    return made


def case(found, expect=(201,), **more):
    body = {"household_id": uid("a"), "kind": "emergency", "cause": "fire"} | more
    made = found.post("/emergencies", {k: v for k, v in body.items() if v is not None}, expect=expect)
    found.screen()
    return made


def act(found, made, step, expect=(200, 201), **body):
    shown = found.post(f"/emergencies/{made['id']}/{step}", body, expect=expect)
    found.screen()
    return shown


def refused(found, made, what, **body):
    return found.refused(f"/emergencies/{made['id']}/{what}", body)[1]


def tasks(found, **where):
    with found.site.db.read() as session:
        rows = session.scalars(select(Task).where(Task.household_id == uid("a")).order_by(Task.updated_at))
        return [t for t in rows if all(getattr(t, k) == v for k, v in where.items())]


def told(found, name, subject="a"):
    with found.site.db.read() as session:
        return known(session, COUNTY, [uid(subject)])[uid(subject)].document[name][0]


@pytest.mark.requirement("EMG-02")
@pytest.mark.parametrize("place", ["puning", "jiaozhou"])
def test_payment_without_papers_is_allowed_and_leaves_a_task_to_supply_them(home, place):
    found = home(place)
    made = case(found)
    paid = act(found, made, "payments", **FIRST)
    assert (paid["state"], paid["paid"], paid["account_owed"]) == ("aided", "1500", True)
    with found.site.db.read() as session:
        (aid,) = session.scalars(select(Aid).where(Aid.household_id == uid("a")))
        assert (aid.programme, aid.amount, aid.source) == ("civil.temporary_aid", "1500", "emergency"), "it stands in the ledger"
    (task,) = tasks(found, kind="account")
    assert (task.status, task.due_on, paid["account_due_on"]) == ("open", date.fromisoformat(paid["account_due_on"]), str(task.due_on))
    assert found.alerts()["civil.advance_account"]["status"] == "open"
    assert refused(found, made, "closing", outcome="已好转") == "account-owed"
    shown = act(found, made, "account", text="住房失火，衣物尽毁", papers=["消防证明"])
    assert (shown["account_owed"], shown["account"]["papers"]) == (False, ["消防证明"])
    assert [t.status for t in tasks(found, kind="account")] == ["done"]
    assert told(found, "account_supplied") is True


@pytest.mark.requirement("EMG-03")
def test_a_strangers_case_opens_in_puning_and_zibos_setting_marks_it_as_trial(home):
    stranger = {"household_id": None, "newcomer": STRANGER, "residence": "temporary"}
    puning = case(home("puning"), **stranger)
    assert (puning["state"], puning["trial"], puning["residence"]) == ("found", False, "temporary")


@pytest.mark.requirement("EMG-03")
def test_zibo_takes_strangers_in_once_its_setting_is_on_and_says_trial(home, tmp_path):
    found = home("zibo")
    stranger = {"newcomer": STRANGER, "residence": "temporary", "kind": "emergency", "cause": "fire"}
    assert found.refused("/emergencies", stranger) == (409, "not-opened-here")
    assert case(found)["trial"] is False, "who is registered here is taken in everywhere"
    opened = home_with_trial(found, tmp_path)
    assert opened.post("/emergencies", stranger, expect=(201,))["trial"] is True


def home_with_trial(found, folder):
    """Zibo with its pilot switched on by the deployment."""
    from dataclasses import replace

    from fieldsvc.departments.load import load_departments
    from tests.support.application import application
    from tests.support.places import supplements

    files = []
    for file in supplements("zibo"):
        text = file.read_text(encoding="utf-8").split("\n[[parameter]]")
        on = [t.replace("value = false", "value = true") if "emergency_residence_opened" in t else t for t in text]
        (folder / f"{len(files)}.toml").write_text("\n[[parameter]]".join(on), encoding="utf-8")
        files.append(folder / f"{len(files)}.toml")
    found.site = replace(found.site, settings=replace(found.site.settings, supplements=tuple(files)))
    found.departments = load_departments(found.site.settings)
    found.client = application(found.site, found.departments).test_client()
    return found


@pytest.mark.requirement("EMG-06")
@pytest.mark.parametrize("place", ["puning", "changle"])
def test_expense_type_cannot_be_paid_before_approval(home, place):
    found = home(place)
    made = case(found, kind="expense", cause="sudden_major_illness")
    assert refused(found, made, "payments", **FIRST) == "approval-first"
    assert refused(found, made, "payments", kind="stage", amount="1500") == "approval-first"
    act(found, made, "approval", amount="1500")
    assert act(found, made, "payments", kind="stage", amount="1500")["paid"] == "1500"


def test_where_no_text_rules_aid_first_even_the_acute_type_is_approved_first(home):
    found = home("changle")
    made = case(found)
    assert refused(found, made, "payments", **FIRST) == "approval-first"


@pytest.mark.requirement("EMG-08")
def test_one_approval_three_payments_each_after_its_visit(home):
    found = home("puning")
    made = case(found, kind="expense", cause="sudden_major_illness")
    act(found, made, "approval", amount="3000", stages=3)
    for number in range(3):
        found.later(days=5)
        shown = act(found, made, "payments", kind="stage", amount="1000")
        assert len(shown["payments"]) == number + 1
        if number < 2:
            assert refused(found, made, "payments", kind="stage", amount="1000") == "visit-first"
            found.later(days=1)
            found.visited("civil_aid_visit", {"still_in_hardship": "yes"})
    found.later(days=1)
    found.visited("civil_aid_visit", {"still_in_hardship": "no"})
    assert refused(found, made, "payments", kind="stage", amount="1000") == "stages-done"
    assert [k for k, _ in found.chain()].count("emergency_aid") == 3


def test_more_than_was_approved_is_not_paid(home):
    found = home("puning")
    made = case(found, kind="expense", cause="sudden_major_illness")
    act(found, made, "approval", amount="1000", stages=2)
    act(found, made, "payments", kind="stage", amount="600")
    found.later(days=1)
    found.visited("civil_aid_visit", {"still_in_hardship": "yes"})
    assert refused(found, made, "payments", kind="stage", amount="400.01") == "over-approved"


@pytest.mark.requirement("EMG-07")
def test_a_follow_up_visit_is_set_by_itself_and_can_ask_for_more(home):
    found = home("puning")
    made = case(found)
    act(found, made, "payments", **FIRST)
    act(found, made, "approval", amount="2000")
    look = found.get(f"/emergencies/{made['id']}")["next_look_on"]
    assert look > clock.today().isoformat()
    assert "civil.follow_up_aid" not in found.alerts()
    found.later(days=30)
    found.visited("civil_aid_visit", {"still_in_hardship": "yes"})
    assert found.alerts()["civil.follow_up_aid"]["status"] == "open"
    assert found.get(f"/emergencies/{made['id']}")["next_look_on"] > look
    more = act(found, made, "approval", amount="800", stages=1)
    assert (more["approval"]["amount"], len(more["approval"]["earlier"])) == ("2800", 1)


@pytest.mark.requirement("EMG-13")
def test_people_in_acute_distress_have_a_next_look_and_a_history(home):
    found = home("huining")
    made = case(found, cause="traffic_accident")
    act(found, made, "approval", amount="2000")
    act(found, made, "payments", kind="stage", amount="2000")
    (listed,) = found.get("/emergencies")["items"]
    assert (listed["id"], listed["next_look_on"], listed["minutes_to_aid"]) == (made["id"], "2023-07-01", 0)
    history = [kind for kind, _ in found.chain() if kind.startswith("emergency")]
    assert history == ["emergency_opened", "emergency_approved", "emergency_aid"]
    act(found, made, "closing", outcome="伤愈复工")
    assert found.get("/emergencies?state=closed")["items"][0]["next_look_on"] is None


@pytest.mark.requirement("EMG-14")
@pytest.mark.parametrize("place", ["huining", "changle"])
def test_a_declared_event_adds_its_reason_and_its_counts(home, place):
    found = home(place)
    body = {"household_id": uid("a"), "kind": "emergency", "cause": "public_event", "event": "重大疫情"}
    found.on(date(2023, 6, 1))
    assert found.refused("/emergencies", body)[1] == "event-not-declared"
    found.on(date(2023, 1, 15))
    assert case(found, cause="public_event", event="重大疫情")["cause_label"] == "突发公共事件"
    assert found.get("/emergencies/counts")["by_event"] == {"重大疫情": 1}
    assert found.get("/emergencies/counts")["by_cause"] == {"public_event": 1}
    assert told(found, "public_event_hit") is True


@pytest.mark.requirement("VAG-03")
def test_a_case_without_registration_runs_to_its_end_and_violence_hides_the_address(home):
    found = home("jiaozhou")
    stranger = {"household_id": None, "newcomer": STRANGER, "residence": "temporary", "cause": "stranded"}
    made = case(found, **stranger, stranded="violence", shelter="妇女庇护所 3 号")
    assert made["shelter"] == "妇女庇护所 3 号"
    other = found.get(f"/emergencies/{made['id']}", role="county_officer")
    assert other["shelter"] == "（受保护）" and "庇护所" not in str(other) + str(found.get("/emergencies", role="county_officer"))
    with found.site.db.read() as session:
        home = session.get(Household, (COUNTY, made["household_id"]))
        person = session.get(Person, (COUNTY, made["person_id"]))
        assert (home.address, person.identity_kind, person.temporary_number[0]) == (None, "temporary", "T")
    act(found, made, "payments", kind="advance", what="食宿、返乡车票")
    act(found, made, "account", text="本人陈述")
    ended = act(found, made, "closing", outcome="已送返亲属处")
    assert (ended["state"], ended["outcome"]) == ("closed", "已送返亲属处")
    chain = found.get(f"/households/{made['household_id']}/chain")
    assert [link["kind"] for link in chain["items"]][-1] == "emergency_closed"


def test_one_case_at_a_time_and_only_in_ones_own_region(home):
    found = home("jiaozhou")
    made = case(found)
    body = {"household_id": uid("a"), "kind": "emergency", "cause": "fire"}
    assert found.refused("/emergencies", body) == (409, "emergency-open")
    assert found.call("get", f"/emergencies/{made['id']}", region="370281002")[0] == 404
    stranger = {"newcomer": STRANGER | {"village_code": "370281002001"}, "kind": "emergency", "cause": "fire"}
    assert found.refused("/emergencies", stranger)[0] == 422


@pytest.mark.requirement("CHN-05")
def test_a_care_visit_and_a_payment_stand_on_the_same_chain(home):
    found = home("jiaozhou", cannot_self_care=True)
    act(found, case(found), "payments", **FIRST)
    who = {"household_id": uid("a"), "person_id": uid("a/p1"), "item": "civil.visit_care"}
    plan = found.post("/plans", who, expect=(201,))
    found.post(f"/plans/{plan['id']}/entries", {"signed_by": "p1"}, expect=(201,))
    kinds = [kind for kind, _ in found.chain()]
    assert kinds.index("emergency_aid") < kinds.index("plan_entry")


def test_a_case_is_of_a_person_of_the_household_it_names(home):
    found = home("puning")
    found.household("b", worker=None)
    body = {"household_id": uid("a"), "kind": "emergency", "cause": "fire"}
    assert found.refused("/emergencies", body | {"person_id": uid("b/p1")}) == (422, "person-elsewhere")
    assert found.refused("/emergencies", body | {"person_id": uid("nobody")}) == (422, "person-elsewhere")
    assert found.refused("/emergencies", body | {"stranded": "lost"}) == (422, "person-missing")


@pytest.mark.requirement("FUN-03")
def test_who_is_related_neither_pays_nor_approves(home):
    found = home("jiaozhou")
    made = case(found)
    found.related("a")
    assert refused(found, made, "payments", **FIRST) == "kin-stands-aside"
    assert refused(found, made, "approval", amount="3000", stages=1) == "kin-stands-aside"
    with found.site.db.read() as session:
        assert session.scalars(select(Aid)).all() == []
