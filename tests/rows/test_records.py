"""Records over the whole register: files, registers, changes, forms that open filled in, items referred and done."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from fieldsvc.accounts.rules import Actor
from fieldsvc.households.models import Household, Person, Task
from fieldsvc.households.service import update_household
from fieldsvc.kit import clock
from fieldsvc.tasks.models import VisitSchedule
from fieldsvc.tasks.prefill import prefill
from fieldsvc.tasks.service import raise_due
from tests.support.places import HOME, PERSON, County
from tests.support.river import COUNTY, uid

JUNE = date(2023, 6, 1)
SEVERE = {"disability_certificate": True, "disability_kind": "limb", "disability_grade": 1}


@pytest.fixture
def place(county):
    """``place("huining")``: the county with household a; Huining in its plan's years."""

    def made(name, tier="dibao", area="urban", **facts) -> County:
        found = county(name)
        if name == "huining":
            found.on(JUNE)
        found.household("a", tier=tier, area=area)
        found.tell(**HOME, **PERSON | facts)
        return found

    return made


def born(found, day, name="a"):
    with found.site.db.write() as session:
        session.get(Person, (COUNTY, uid(f"{name}/p1"))).birth_date = day


def home(found, path=""):
    return f"/households/{uid('a')}{path}"


@pytest.mark.requirement("CLS-04")
def test_the_second_offices_form_opens_filled_in_with_the_first_ones_answers(place):
    found = place("jiaozhou")
    told = {"members": [{"person_id": uid("a/p1"), "insured": "no", "employment_status": "jobless", "no_labour_capacity": "no"}]}
    visit = found.visited("civil_household_visit", told)
    medical = found.seen_by(1, home(found, f"/prefill?form_id=medical_visit&person_id={uid('a/p1')}"))
    assert medical["values"]["insured"] == "no"
    assert {"question": "insured", "source_kind": "visit", "source_id": visit}.items() <= medical["sources"][0].items()
    employment = found.seen_by(1, home(found, f"/prefill?form_id=employment_visit&person_id={uid('a/p1')}"))
    assert employment["values"] | {"employment_status": "jobless"} == employment["values"]
    form = next(f for f in found.departments.forms if f.id == "employment_visit")
    wrong = [p.question for p in form.validate(employment["values"], today=clock.today()).problems if p.code != "required"]
    assert wrong == [], "what it opens with are answers of the form"
    found.later(days=400)
    assert "insured" not in found.get(home(found, f"/prefill?form_id=medical_visit&person_id={uid('a/p1')}"))["values"]


def test_a_form_opens_without_what_its_reader_may_not_see(place):
    found = place("huining", child_guardian="nobody")
    found.seen_by(1, home(found, "/prefill?form_id=civil_child_visit"), expect=404)
    form = next(f for f in found.departments.forms if f.id == "civil_child_visit")
    worker = Actor(COUNTY, 1, "用户1", "grid_worker", "370281001001")
    with found.site.db.read() as session:
        told = prefill(session, worker, form, found.departments.vocabulary, uid("a"), [uid("a/p1")], uid("a/p1"))
    assert "child_guardian" not in told["values"], "whatever form saves to it"
    child = found.get(home(found, f"/prefill?form_id=civil_child_visit&person_id={uid('a/p1')}"))
    assert child["values"]["child_guardian"] == "nobody"


@pytest.mark.requirement("MON-16")
def test_a_change_rejudges_the_tier_and_shows_before_and_after(place):
    found = place("jiaozhou", tier="none")
    visit = found.visited("civil_household_visit", {"members": [{"person_id": uid("a/p1"), "income_month": 9000}]})
    latest = found.get(home(found, "/changes"))["items"][0]
    assert latest["tier"] == {"before": "dibao", "after": "none"}
    (income,) = [f for f in latest["facts"] if f["fact"] == "income_month"]
    assert (income["before"], income["after"], income["source_id"]) == ("500", "9000", visit)
    changed = {v["rule"]: (v["before"], v["after"]) for v in latest["verdicts"]}
    assert changed["civil.dibao"] == ("符合", "不符合")


@pytest.mark.requirement("CHI-01")
def test_a_childs_file_shows_who_updated_what_at_which_visit(place):
    found = place("huining", child_welfare_status="orphan")
    born(found, date(2015, 1, 1))
    seen = {"met_child": "yes", "child_guardian": "grandparent", "child_neglected": "no", "child_attends_school": "yes"}
    first = found.visited("civil_child_visit", seen, person="p1", klass="child")
    found.later(days=40)
    second = found.visited("civil_child_visit", seen | {"child_guardian": "relative"}, person="p1", klass="child")
    file = found.get(f"/persons/{uid('a/p1')}/file")
    latest = next(u for u in file["updates"] if u["visit_id"])
    assert (latest["visit_id"], latest["form_id"], latest["by"]) == (second, "civil_child_visit", "用户1")
    (guardian,) = [f for f in latest["facts"] if f["fact"] == "child_guardian"]
    assert (guardian["before"], guardian["after"], guardian["shown"]) == ("grandparent", "relative", "其他亲属")
    assert first in [u["visit_id"] for u in file["updates"]]
    assert next(f for f in file["facts"] if f["fact"] == "child_guardian")["value"] == "relative"
    found.worker(7, "grid_worker", serves=["a"])
    assert "child_guardian" not in str(found.seen_by(7, f"/persons/{uid('a/p1')}/file"))


@pytest.mark.requirement("CHI-05")
def test_the_directors_visit_confirms_receipt_month_by_month(place):
    found = place("huining", child_welfare_status="orphan")
    born(found, date(2015, 1, 1))
    seen = {"met_child": "yes", "child_guardian": "grandparent", "child_neglected": "no"}
    for month, received in ((6, "yes"), (7, "no"), (8, "yes")):
        found.on(date(2023, month, 5))
        found.visited("civil_child_visit", seen | {"child_allowance_received": received}, person="p1", klass="child")
        alert = found.alerts().get("civil.child_allowance")
        assert (alert is not None) == (month >= 7)
    told = [(u["at"][:7], f["after"]) for u in found.get(f"/persons/{uid('a/p1')}/file")["updates"] for f in u["facts"]
            if f["fact"] == "child_allowance_received"]  # fmt: skip
    assert told == [("2023-08", True), ("2023-07", False), ("2023-06", True)]


@pytest.mark.requirement("SDC-01")
def test_the_sweep_list_equals_the_registers_query_and_each_entry_has_a_date(place):
    found = place("huining", **SEVERE)
    found.household("b", tier="dibao", area="urban")
    found.tell("b", **HOME, **PERSON | SEVERE | {"disability_grade": 2})
    found.household("c", tier="dibao", area="urban")
    found.tell("c", **HOME, **PERSON | SEVERE | {"disability_grade": 3})
    found.visited("civil_aid_visit", {"members": [{"person_id": uid("a/p1"), "care_long_need": "yes", "care_wish": "home"}]}, person="p1")
    found.on(date(2023, 7, 1))
    found.tell("b", income_month="400")
    asked = "/registers/civil.disabled_care_survey?facts=care_wish,care_long_need,self_care_grade"
    ledger = found.get(asked)
    with found.site.db.read() as session:
        due = set(session.scalars(select(VisitSchedule.subject_id).where(VisitSchedule.rule_id == "civil.visit_disabled_care")))
    assert {e["subject_id"] for e in ledger["items"]} == due == {uid("a/p1"), uid("b/p1")}
    entry = next(e for e in ledger["items"] if e["subject_id"] == uid("a/p1"))
    assert (entry["facts"]["care_wish"]["shown"], entry["facts"]["care_wish"]["as_of"]) == ("居家", "2023-06-01")
    assert entry["last_visit_at"].startswith("2023-06-01") and entry["facts"]["self_care_grade"] is None


@pytest.mark.requirement("VIS-09")
def test_needs_from_visits_add_up_to_a_buying_list_and_each_delivery_is_signed_off(place):
    found = place("huining", tier="tekun", tekun_support="dispersed")
    found.household("b", tier="tekun", area="urban")
    found.tell("b", **HOME, **PERSON, tekun_support="dispersed")
    for name in ("a", "b"):
        told = {"goods_lacking": ["bedding", "grain"] if name == "a" else ["bedding"], "delivered": "no"}
        found.visited("civil_supply_visit", told, name, person="p1")
    assert found.get("/registers/civil.visit_supplies?facts=goods_lacking")["totals"] == {"goods_lacking": {"米面": 1, "被褥": 2}}
    given = {"delivered": "yes", "supplies_on": "2023-06-01", "goods_delivered": ["bedding"]}
    form = next(f for f in found.departments.forms if f.id == "civil_supply_visit")
    assert [p.question for p in form.validate(given, today=JUNE).problems] == ["signed_by"]
    found.visited("civil_supply_visit", given | {"signed_by": "p1"}, person="p1")
    with found.site.db.read() as session:
        due = session.scalar(select(VisitSchedule.due_on).where(VisitSchedule.subject_id == uid("a/p1"),
                                                                VisitSchedule.form_id == "civil_supply_visit"))  # fmt: skip
    assert due == date(2023, 12, 1), "the next half year"
    found.on(date(2023, 12, 1))
    found.tell(income_month="0")
    assert found.alerts()["civil.tekun_supplies"]["status"] == "open"


@pytest.mark.requirement("CHI-08")
def test_the_left_behind_mark_puts_somebody_on_the_visit_list(place):
    found = place("changle")
    found.visited("civil_aid_visit", {"members": [{"person_id": uid("a/p1"), "left_behind": "elder"}]})
    found.later(days=70)
    with found.site.db.write() as session:
        raise_due(session, COUNTY)
    with found.site.db.read() as session:
        (task,) = session.scalars(select(Task).where(Task.about == "civil.visit_left_behind"))
    assert (task.person_id, task.form_id, task.status) == (uid("a/p1"), "civil_aid_visit", "open")


@pytest.mark.requirement("CHI-09")
@pytest.mark.parametrize("name", ["changle", "jiaozhou"])
def test_a_disabled_child_without_rehabilitation_shows_under_omitted_aid(place, name):
    found = place(name, disability_certificate=True, disability_kind="limb", disability_grade=2)
    born(found, date(2018, 1, 1))
    found.tell(rehabilitation_received=False)
    asked = "/omissions?alerted=true&programme=civil.disabled_child_rehabilitation"
    (line,) = found.get(asked)["items"]
    assert line["person_id"] == uid("a/p1")
    found.tell(rehabilitation_received=True)
    assert found.get(asked)["items"] == []


@pytest.mark.requirement("SDC-06")
@pytest.mark.parametrize(("fact", "item"), [("disability_subsidy_received", "civil.disability_subsidy"),
                                            ("elder_subsidy_received", "civil.elder_subsidy")])  # fmt: skip
def test_who_is_entitled_to_a_subsidy_and_has_none_shows_under_omitted_aid(place, fact, item):
    found = place("changle", **SEVERE)
    born(found, date(1940, 1, 1))
    found.tell(**{fact: False})
    asked = f"/omissions?alerted=true&programme={item}"
    assert [line["person_id"] for line in found.get(asked)["items"]] == [uid("a/p1")]
    found.tell(**{fact: True})
    assert found.get(asked)["items"] == []


def dispose(found, rule, **body):
    return found.post(f"/alerts/{found.alerts()[rule]['id']}/disposal", body)


def refer(found, rule):
    dispose(found, rule, kind="verify", result="confirmed")
    detail = dispose(found, rule, kind="refer")["disposals"][-1]["detail"]
    return detail["referral"]


@pytest.mark.requirement("SDC-07")
@pytest.mark.parametrize("name", ["changle", "jiaozhou"])
def test_a_visits_home_check_gives_a_referral_and_the_finished_work_is_seen_at_a_visit(place, name):
    found = place(name, **SEVERE)
    found.visited("civil_aid_visit", {"home_barrier": "yes"})
    alert = found.alerts()["civil.barrier_free_home"]
    referral = refer(found, "civil.barrier_free_home")
    officer = {"role": "department_officer", "department": "disabled_federation"}
    done = {"action": "done", "outcome": {"改造": "坡道、扶手", "完成日期": "2026-10-01"}}
    assert found.post(f"/referrals/{referral}/feedback", done, **officer)["state"] == "done"
    assert found.get(f"/alerts/{alert['id']}")["status"] == "closed"
    found.later(days=1)
    seen = found.visited("civil_aid_visit", {"home_barrier": "no"})
    latest = found.get(home(found, "/changes"))["items"]
    assert any(f["fact"] == "home_barrier" and f["source_id"] == seen and f["after"] is False for c in latest for f in c["facts"])


@pytest.mark.requirement("SVC-01")
@pytest.mark.parametrize(("wanted", "item"), [("counselling", "civil.counselling"), ("resource_linking", "civil.resource_linking"),
                                              ("ability", "civil.ability_building"), ("inclusion", "civil.social_inclusion")])  # fmt: skip
def test_four_services_are_items_one_refers_to_and_a_referral_ends_with_notes(place, wanted, item):
    found = place("jiaozhou", service_wanted=wanted)
    service = {i["id"]: i for i in found.get("/catalogue?aid=service")["items"]}
    assert {"civil.counselling", "civil.resource_linking", "civil.ability_building", "civil.social_inclusion"} <= set(service)
    assert item in [o["id"] for o in found.get(home(found, "/measures"))["offers"]["service"]]
    sent = {"household_id": uid("a"), "person_id": uid("a/p1"), "duty": "civil", "programme": item, "summary": "请安排社工"}
    referral = found.post("/referrals", sent, expect=(201,))
    notes = {"action": "done", "outcome": {"服务记录": "面谈三次，情绪平稳"}}
    found.post(f"/referrals/{referral['id']}/feedback", notes, role="department_officer", department="civil")
    content = next(content for kind, content in found.chain() if kind == "referral_done")
    assert (content["programme"], content["outcome"]) == (item, {"服务记录": "面谈三次，情绪平稳"})


@pytest.mark.requirement("CHR-06")
@pytest.mark.parametrize(("name", "item", "office"), [
    ("changle", "civil.legal_aid", "县司法局"), ("changle", "civil.judicial_aid", "县法院"), ("changle", "civil.heating", "县民政局"),
    ("jiaozhou", "civil.heating", "市民政局"), ("jiaozhou", "civil.funeral_relief", "市民政局"), ("huining", "civil.legal_aid", "县妇联"),
])  # fmt: skip
def test_items_without_a_plugin_have_a_department_and_an_outcome(place, name, item, office):
    found = place(name, legal_aid_wanted=True, funeral_needed=True)
    listed = {i["id"]: i for i in found.get("/catalogue")["items"]}[item]
    assert listed["office"] == office and listed["texts"][0]["clause"]
    person = {"person_id": uid("a/p1")} if listed["subject"] == "person" else {}
    sent = {"household_id": uid("a"), **person, "duty": listed["duty"], "programme": item, "summary": "请办理"}
    referral = found.post("/referrals", sent, expect=(201,))
    officer = {"role": "department_officer", "department": listed["duty"]}
    done = found.post(f"/referrals/{referral['id']}/feedback", {"action": "done", "outcome": {"结果": "已办理"}}, **officer)
    assert (done["state"], done["outcome"]) == ("done", {"结果": "已办理"})


@pytest.mark.requirement("VAG-08")
@pytest.mark.parametrize(("year", "rule", "kind"), [(1980, "civil.vagrant_tekun", "tekun"), (2015, "civil.vagrant_orphan", "orphan")])
def test_registering_opens_the_case_of_the_right_kind(place, year, rule, kind):
    found = place("huining", tier="none", homeless=True, household_registered=False, station_entry_on="2022-01-01", dna_compared=True,
                  identity_found=False)  # fmt: skip
    born(found, date(year, 1, 1))
    found.tell(household_registered=True)
    opened = {r for r in found.alerts() if r.startswith("civil.vagrant_") and r != "civil.vagrant_registration"}
    assert opened == {rule}
    detail = dispose(found, rule, kind="verify", result="procedure_started", consent=True)["disposals"][-1]["detail"]
    if kind == "tekun":
        case = found.get(f"/applications/{detail['application']}")
        assert (case["applied"], case["person_id"]) == ("tekun", uid("a/p1"))
    placed = {"household_id": uid("a"), "person_id": uid("a/p1"), "item": rule, "provider": "县社会福利院"}
    assert found.post("/plans", placed, expect=(201,))["provider"] == "县社会福利院"


@pytest.mark.requirement("POP-09")
def test_moving_to_town_keeps_the_chain_and_switches_the_standard(place):
    found = place("puning", area="rural")
    plan = {"household_id": uid("a"), "person_id": uid("a/p1"), "item": "civil.dibao"}
    found.post("/plans", plan, expect=(201,))

    before, chain = found.get(home(found, "/determinations")), found.chain()
    assert area(before) == "rural"
    with found.site.db.write() as session:
        update_household(session, found.site.vault, session.get(Household, (COUNTY, uid("a"))), {"area": "urban"})
    found.tell(income_month="800")
    after = found.get(home(found, "/determinations"))
    assert area(after) == "urban"
    dibao = next(r for s in after["subjects"] for r in s["rules"] if r["id"] == "civil.dibao")
    assert dibao["verdict"] == "e", "800 is under the urban standard of 900, and not under the rural one of 700"
    assert found.chain()[: len(chain)] == chain and found.get(home(found))["tier"] == "dibao", "no gap"


def area(shown):
    """The 户籍类别 that a determination read."""
    conditions = [c for s in shown["subjects"] for r in s["rules"] for c in r["conditions"]]
    return next(i["value"] for c in conditions for i in _all(c["inputs"]) if i["fact"] == "area")


def _all(inputs):
    return [i for each in inputs for i in (each, *_all(each["computed_from"]))]


@pytest.mark.requirement("POP-14")
@pytest.mark.parametrize("name", ["zibo", "puning"])
def test_town_and_country_go_through_the_same_steps_and_only_the_standard_differs(place, name):
    found = place(name, tier="none", income_month="800")
    found.household("b", tier="none", area="rural")
    found.tell("b", **HOME, **PERSON | {"income_month": "800"})
    shown = {}
    for who in ("a", "b"):
        opened = found.post("/applications", {"household_id": uid(who), "tier": "dibao"}, expect=(201,))
        done = found.post(f"/applications/{opened['id']}/decision", {"kind": "confirm"})
        tried = opened["proposal"]["tried"]
        shown[who] = [s["kind"] for s in done["steps"]], opened["proposal"]["tier"], [t["tier"] for t in tried]
    assert shown["a"][0] == shown["b"][0] and shown["a"][2] == shown["b"][2]
    assert (shown["a"][1], shown["b"][1]) == ("dibao", "none")


@pytest.mark.requirement("CHN-02")
def test_a_departments_aid_is_on_the_chain_within_the_agreed_time_and_late_ones_are_named(place):
    found = place("jiaozhou")
    officer = {"role": "department_officer", "department": "medical"}
    today = clock.today()
    for days, amount in ((3, "1200.00"), (25, "800.00")):
        sent = {"household_id": uid("a"), "person_id": uid("a/p1"), "duty": "medical_insurance", "programme": "medical.aid",
                "summary": f"请办理 {days}"}  # fmt: skip
        referral = found.post("/referrals", sent, expect=(201,))
        given = {"granted": True, "amount": amount, "from": (today - timedelta(days)).isoformat(), "once": True}
        found.post(f"/referrals/{referral['id']}/feedback", {"action": "done", "outcome": {"aid": given}}, **officer)
    done = [content["outcome"]["aid"]["amount"] for kind, content in found.chain() if kind == "referral_done"]
    assert done == ["1200.00", "800.00"]
    shown = found.get("/aid-sharing", role="county_officer")
    assert shown["agreed_days"] == 10
    assert [(o["shared"], o["late"]) for o in shown["offices"]] == [(2, 1)]
    assert [(line["amount"], line["days"]) for line in shown["late"]] == [("800.00", 25)]


@pytest.mark.requirement("MON-14")
def test_the_ranked_list_shows_the_facts_behind_each_place_and_decides_nothing(place):
    found = place("jiaozhou", tier="none")
    found.household("b", tier="dibao", area="urban")
    found.tell("b", **HOME, **PERSON)
    found.visited("civil_household_visit", {"hardship_complex": "yes"})
    before = found.get(home(found))["tier"]
    shown = found.get("/ranking")
    (first,) = shown["items"]
    assert first["household_id"] == uid("a") and first["points"] == sum(r["points"] for r in first["reasons"])
    assert {(r["kind"], r["label"]) for r in first["reasons"]} == {
        ("alert", "困难情形复杂"), ("alert", "可能符合救助条件"), ("tier", "现有情况符合：最低生活保障对象"),
        ("fact", "困难情形是否复杂，需要集体研究"),
    }  # fmt: skip
    assert (found.get(home(found))["tier"], "参考" in shown["note"]) == (before, True)
    assert found.get("/ranking", region="370281002")["items"] == []
