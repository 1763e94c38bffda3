"""What the departments' plugins do with a visit, from the visit to the office's answer: insurance, patients without a name, houses."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from fieldsvc.departments.load import load_departments
from fieldsvc.households.models import Task
from fieldsvc.kit import clock
from fieldsvc.referrals.outbox import deliver_due
from tests.support.application import application
from tests.support.places import HOME, PERSON, VILLAGE, County, supplements
from tests.support.river import COUNTY, uid, visit

JUNE = date(2023, 6, 1)
UNINSURED = {"insured": "no", "inpatient_year": "no", "emergency_treatment": "no"}
OFFICES = {"medical_insurance": "medical", "health": "medical", "housing": "housing", "human_resources": "employment",
           "emergency_management": "disaster"}  # fmt: skip


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


def referred(found, rule, home=None):
    """The alert confirmed and referred; the referral as it stands after the delivery."""
    alert = alerts(found, home or uid("a"))[rule]
    found.post(f"/alerts/{alert['id']}/disposal", {"kind": "verify", "result": "confirmed"})
    shown = found.post(f"/alerts/{alert['id']}/disposal", {"kind": "refer"})
    assert deliver_due(found.site, found.departments) == 1
    return found.get(f"/referrals/{shown['disposals'][-1]['detail']['referral']}")


def alerts(found, home):
    return {a["rule_id"]: a for a in found.get(f"/alerts?household_id={home}&limit=200")["items"]}


def done(found, referral, **outcome):
    """The department's officer reports the matter done."""
    more = {"department": OFFICES[referral["duty"]], "region": COUNTY}
    found.post(f"/referrals/{referral['id']}/feedback", {"action": "done", "outcome": outcome}, "department_officer", **more)
    found.screen()


@pytest.mark.requirement("MED-02")
@pytest.mark.parametrize("place_name", ["jiaozhou", "huining"])
def test_an_uninsured_entitled_person_found_at_a_visit_becomes_a_referral_and_the_contribution_is_paid(place, place_name):
    found = place(place_name)
    found.visited("medical_visit", UNINSURED, person="p1")
    referral = referred(found, "medical.insurance_subsidy")
    assert (referral["state"], referral["duty"], referral["person_id"]) == ("sent", "medical_insurance", uid("a/p1"))
    paid = {"granted": True, "programme": "medical.insurance_subsidy", "amount": "380", "from": "2023-06-01", "once": True}
    done(found, referral, aid=paid, facts={"insured": True})
    assert found.alerts()["medical.insurance_subsidy"]["status"] == "closed"
    (last,) = [content for kind, content in found.chain() if kind == "referral_done"]
    assert last["outcome"]["aid"]["amount"] == "380"


@pytest.mark.requirement("MED-05")
def test_a_case_without_a_name_is_opened_paid_by_the_fund_and_later_joined_to_a_person(place):
    found = place("huining")
    newcomer = {"name": "身份不明", "village_code": VILLAGE, "sex": "male"}
    body = {"newcomer": newcomer, "kind": "emergency", "cause": "sudden_major_illness", "residence": "temporary"}
    case = found.post("/emergencies", body)
    home, nobody = case["household_id"], case["person_id"]
    hurt = UNINSURED | {"emergency_treatment": "yes", "happened_in_county": "yes", "identity_unknown": "yes", "emergency_fund_paid": "no"}
    with found.site.db.write() as session:
        visit(found.site, session, home, "rescue", hurt, person=nobody, form="medical_visit", at=clock.now())
    found.screen()
    referral = referred(found, "medical.emergency_fund", home)
    assert (referral["state"], referral["duty"], referral["person_id"]) == ("sent", "health", nobody)
    done(found, referral, 基金支付="5200.00", facts={"emergency_fund_paid": True})
    found.later(days=3)
    body = {"kind": "person", "survivor": uid("a/p1"), "merged": nobody, "reason": "家属认出，身份已核实"}
    found.post("/registry/merge", body)
    found.screen()
    shown = {each["fact"]: each["value"] for each in found.get(f"/persons/{uid('a/p1')}/file")["facts"]}
    assert (shown["emergency_fund_paid"], shown["identity_unknown"]) == (True, True), "what visit and fund told is theirs"
    assert found.call("get", f"/persons/{nobody}/file")[0] == 404
    chain = found.get(f"/households/{home}/chain")["items"]
    assert {"emergency_opened", "referral_done"} <= {link["kind"] for link in chain}


FIVE = ("housing_procedure_set", "housing_measures_set", "housing_time_limit_days", "housing_standard_set", "housing_fund_source_set")
CROWDED = {"house_tenure": "rent", "house_state": "minor", "house_worse": "no", "housing_difficulty": "yes",
           "housing_form_wanted": "public_rental", "house_area_sqm": 12}  # fmt: skip


def restarted(found, folder, edit):
    """The same county after its deployment's settings were edited: ``edit(the text of a file)``."""
    files = []
    folder.mkdir(exist_ok=True)
    for n, file in enumerate(supplements(found.place)):
        files.append(folder / f"{n}.toml")
        files[-1].write_text(edit(file.read_text(encoding="utf-8")), encoding="utf-8")
    found.site = replace(found.site, settings=replace(found.site.settings, supplements=tuple(files)))
    found.departments = load_departments(found.site.settings)
    found.client = application(found.site, found.departments).test_client()
    return found


def without(name):
    """A settings file that lacks this one."""
    mark = "\n[[parameter]]\n"
    return lambda text: mark.join(part for part in text.split(mark) if f'name = "{name}"' not in part)


@pytest.mark.requirement("HOU-05")
@pytest.mark.parametrize("left_out", FIVE)
def test_housing_aid_does_not_open_until_the_county_has_set_all_five(place, tmp_path, left_out):
    found = restarted(place("huining"), tmp_path, without(left_out))
    found.visited("housing_visit", CROWDED)
    assert found.get("/registers/housing.public_rental")["total"] == 0
    assert found.get("/registers/housing.found_families")["total"] == 1, "found all the same"
    assert "housing.public_rental" not in found.alerts()
    opened = restarted(found, tmp_path / "all", lambda text: text)
    opened.visited("housing_visit", CROWDED)
    assert opened.get("/registers/housing.public_rental")["total"] == 1


@pytest.mark.requirement("HOU-05")
def test_each_family_found_is_helped_and_both_are_counted(place):
    found = place("huining")
    found.household("b", tier="dibao", area="urban")
    found.tell("b", **HOME, **PERSON)
    for name in ("a", "b"):
        found.visited("housing_visit", CROWDED | {"housing_aid_received": "no"}, name)

    def counted():
        ledger = found.get("/registers/housing.found_families?facts=housing_aid_received")
        return ledger["total"], ledger["totals"]["housing_aid_received"]

    assert counted() == (2, {"否": 2})
    assert found.get("/registers/housing.public_rental")["total"] == 2, "all five settings are in"
    referral = referred(found, "housing.found")
    done(found, referral, 配租="城关公租房3号楼", facts={"housing_aid_received": True})
    assert counted() == (2, {"否": 1, "是": 1})
    assert found.get("/registers/housing.found")["total"] == 1, "the other is still to be helped"


@pytest.mark.requirement("EMP-01")
@pytest.mark.parametrize("place_name", ["changle", "huining"])
def test_willing_and_able_people_from_visits_are_at_the_head_of_the_queue(place, place_name):
    found = place(place_name)
    for name in ("b", "c"):
        found.household(name, tier="dibao", area="urban")
        found.tell(name, **HOME, **PERSON)
    looks = {"employment_status": "jobless", "skill_training_wanted": "no", "no_labour_capacity": "no"}
    for name, willing in (("a", "no"), ("b", "no"), ("c", "yes")):
        found.visited("employment_visit", looks | {"employment_willing": willing}, name, person="p1")
    queue = found.get("/registers/employment.service?facts=employment_willing")["items"]
    assert [(each["subject_id"], each["called"]) for each in queue] == [
        (uid("c/p1"), True), (uid("a/p1"), False), (uid("b/p1"), False),
    ]  # fmt: skip
    assert found.alerts("c")["employment.service"]["severity"] == "high"
    referral = referred(found, "employment.service", uid("c"))
    assert (referral["state"], referral["department"]) == ("sent", "employment"), "one stop takes it in whole"


@pytest.mark.requirement("EMP-04")
def test_zero_employment_families_go_through_four_states_down_to_none(place):
    found = place("changle", area="rural", employment_status="jobless", no_labour_capacity=False)
    found.household("b", tier="dibao", area="rural")
    found.tell("b", **HOME, **PERSON | {"employment_status": "jobless"})

    def counted():
        ledger = found.get("/registers/employment.zero_family_register?facts=zero_family_state")
        return ledger["totals"].get("zero_family_state", {}), found.get("/registers/employment.zero_family")["total"]

    assert counted() == ({}, 2), "found by what is known of the members, before anybody notes it"
    for name in ("a", "b"):
        found.visited("zero_family_visit", {"zero_family_state": "found"}, name)
    assert counted() == ({"出现": 2}, 2)
    found.later(days=1)
    found.visited("zero_family_visit", {"zero_family_state": "recognised"})
    assert counted() == ({"出现": 1, "已认定": 1}, 2)
    found.later(days=1)
    referral = referred(found, "employment.zero_family")
    assert referral["department"] == "employment"
    done(found, referral, 帮扶="推荐岗位两个", facts={"zero_family_state": "helped"})
    assert counted() == ({"出现": 1, "已帮扶": 1}, 2)
    found.later(days=10)
    for name, open_number in (("a", 1), ("b", 0)):
        works = {"employment_status": "employed", "no_labour_capacity": "no"}
        found.visited("employment_visit", works, name, person="p1")
        found.visited("zero_family_visit", {"zero_family_state": "employed"}, name)
        assert counted()[1] == open_number
    assert counted() == ({"已就业": 2}, 0)


@pytest.mark.requirement("DST-04")
def test_a_damage_form_filled_offline_gives_sums_by_village_after_the_sync(place):
    found = place("huining")
    found.household("b", village="370281001002", area="urban")
    answers = {"disaster_hit": "yes", "disaster_on": "2023-05-30", "disaster_kind": "flood", "house_damage": "serious",
               "disaster_loss": 12000.5, "disaster_life_hard": "yes", "disaster_verified": "no"}  # fmt: skip
    homes = [("a", answers), ("b", answers | {"house_damage": "collapsed", "disaster_loss": 30000})]
    written = [{"id": uid(f"flood-{name}"), "household_id": uid(name), "person_id": None, "form_id": "disaster_visit", "form_version": "1",
                "answers": json.dumps(told), "started_at": None, "finished_at": None} for name, told in homes]  # fmt: skip
    asked = "/registers/disaster.damage?facts=house_damage,disaster_loss,disaster_verified"
    assert found.get(asked)["villages"] == []
    found.seen_by(1, "/forms")
    pushed = {"changes": {"visits": {"created": written}}, "last_pulled_at": 1}
    got = found.client.post("/api/v1/sync/push", json=pushed, headers=found._sign_in("u1"))
    assert [v["verdict"] for v in got.get_json()["verdicts"]] == ["applied"] * 2
    found.screen()
    first, second = found.get(asked)["villages"]
    assert (first["village_code"], first["total"], first["sums"]) == (VILLAGE, 1, {"disaster_loss": "12000.5"})
    assert (second["totals"]["house_damage"], second["sums"]) == ({"倒塌": 1}, {"disaster_loss": "30000"})
    referral = referred(found, "disaster.unverified")
    assert referral["duty"] == "emergency_management"
    done(found, referral, 核查="属实", facts={"disaster_verified": True, "disaster_goods_received": False})
    assert found.get(asked)["villages"][0]["totals"]["disaster_verified"] == {"是": 1}
    goods = referred(found, "disaster.goods_missing")
    done(found, goods, 调拨="帐篷一顶、棉被两床", facts={"disaster_goods_received": True})
    assert found.alerts()["disaster.goods_missing"]["status"] == "closed"


def declared(starts, ends):
    """The emergency office's entry of a declared response, with its two dates, in the county's settings."""
    level = (f'\n[[parameter]]\nname = "disaster_response_level"\nvalue = 3\nunit = "number"\nfrom = {starts}\nuntil = {ends}\n'
             'reference = "防汛抗旱指挥部启动三级应急响应的通知"\n')  # fmt: skip
    return lambda text: text + level if "disaster_emergency_days" in text else text


@pytest.mark.requirement("DST-05")
def test_declaring_a_level_turns_on_its_form_and_its_visit_list_for_its_days(place, tmp_path):
    found = place("huining", disaster_hazard_area=True)
    found.household("b", tier="dibao", area="urban")
    found.tell("b", **HOME, **PERSON | {"disaster_hazard_area": False})
    rule = "disaster.response_visits"

    def asked(day):
        found.on(date(2023, 7, day))
        for name in ("a", "b"):
            found.tell(name, income_month=str(500 + day))
        found.screen()
        with found.site.db.read() as session:
            tasks = session.scalars(select(Task).where(Task.kind == "check", Task.status == "open"))
            forms = [(task.household_id, task.form_id) for task in tasks if task.form_id == "disaster_visit"]
        return [each["household_id"] for each in found.get(f"/registers/{rule}")["items"]], forms

    assert asked(8) == ([], []), "no level is declared"
    restarted(found, tmp_path, declared("2023-07-10", "2023-07-15"))
    assert asked(9) == ([], []), "declared for later days"
    assert asked(10) == ([uid("a")], [(uid("a"), "disaster_visit")])
    assert found.alerts()[rule]["severity"] == "high"
    found.on(date(2023, 7, 16))
    found.tell("b", disaster_hazard_area=True)
    listed, forms = asked(16)
    assert listed == [] and uid("b") not in dict(forms), "the response has ended: nobody else is asked for"


@pytest.mark.requirement("EMP-09")
def test_a_campaign_lists_who_was_told_and_who_came(place):
    found = place("changle", area="rural", employment_willing=True)
    found.household("b", tier="dibao", area="rural")
    found.tell("b", **HOME, **PERSON | {"employment_willing": True})
    found.household("c", tier="dibao", area="rural")
    found.tell("c", **HOME, **PERSON | {"employment_willing": False})
    campaign = "employment.spring_campaign"
    reached = [(e["household_id"], e["subject_id"]) for e in found.get(f"/registers/{campaign}")["items"]]
    assert {person for _, person in reached} == {uid("a/p1"), uid("b/p1")}, "who wants work"
    made = {p: found.post("/plans", {"household_id": h, "person_id": p, "item": campaign, "note": "2月10日镇招聘会"}) for h, p in reached}
    for one in made.values():
        found.post(f"/plans/{one['id']}/entries", {"what": ["已告知"]})
    found.post(f"/plans/{made[uid('b/p1')]['id']}/entries", {"what": ["已到场"], "note": "与两家企业达成意向"})
    shown = found.get(f"/plans?item={campaign}")["items"]
    listed = {p["person_id"]: {kind: told["times"] for kind, told in p["by_kind"].items()} for p in shown}
    assert listed == {uid("a/p1"): {"已告知": 1, "已到场": 0}, uid("b/p1"): {"已告知": 1, "已到场": 1}}


@pytest.mark.requirement("CHR-05")
def test_a_gift_for_medical_costs_counts_after_insurance_and_aid_so_nothing_is_paid_twice(place):
    found = place("huining")
    gift = found.post("/gifts", {"donor": "县慈善协会", "kind": "money", "amount": "50000", "project": "医疗费用资助"})
    use = {"household_id": uid("a"), "person_id": uid("a/p1"), "medical": True, "amount": "1500"}
    where = f"/gifts/{gift['id']}/uses"
    assert found.refused(where, use) == (409, "settle-first"), "the bill is not settled yet"
    assert found.refused(where, {k: v for k, v in use.items() if k != "person_id"}) == (422, "person-missing")
    bill = UNINSURED | {"insured": "yes", "inpatient_year": "yes", "insurance_settled": "yes", "self_paid_year": 8000,
                        "own_borne_year": 2400, "medical_aid_received": "yes"}  # fmt: skip
    found.visited("medical_visit", bill, person="p1")
    assert found.get("/registers/civil.charity_medical")["total"] == 1
    assert found.post(where, use)["used"] == "1500"
    status, told = found.call("post", where, use | {"amount": "900.01"})
    assert (status, told["code"]) == (409, "paid-twice") and "900 元" in told["detail"]
    assert found.post(where, use | {"amount": "900"})["used"] == "2400"
    assert found.refused(where, use | {"amount": "0.01"}) == (409, "paid-twice")
    given = [content for kind, content in found.chain() if kind == "aid"]
    assert [(c["programme"], c["amount"]) for c in given] == [("civil.charity_medical", "1500"), ("civil.charity_medical", "900")]


@pytest.mark.requirement("EMG-05")
def test_an_amount_above_the_rule_needs_the_meetings_entry_and_fire_shows_its_tiers_once_entered(place, tmp_path):
    found = restarted(place("huining"), tmp_path, without("emergency_great_hardship_tiers"))
    body = {"household_id": uid("a"), "kind": "emergency", "cause": "fire"}
    case = found.post("/emergencies", body)
    assert case["tiers"] == [], "the county has entered none"
    restarted(found, tmp_path / "all", lambda text: text)
    case = found.get(f"/emergencies/{case['id']}")
    shown = {tier["label"]: tier["amount"] for tier in case["tiers"]}
    assert shown == {"火灾一档": "2000", "火灾二档": "5000", "火灾三档": "10000"}
    approval = f"/emergencies/{case['id']}/approval"
    status, told = found.call("post", approval, {"amount": "10000.01"})
    assert (status, told["code"]) == (409, "meeting-first") and "10000 元" in told["detail"]
    assert found.refused(approval, {"amount": "10000.01", "meeting": "  "}) == (409, "meeting-first")
    raised = found.post(approval, {"amount": "15000", "meeting": "7月1日镇协调机制研究：房屋全毁，提高至15000元"})
    assert (raised["approval"]["amount"], "提高" in raised["approval"]["meeting"]) == ("15000", True)
    (entry,) = [content for kind, content in found.chain() if kind == "emergency_approved"]
    assert "协调机制" in entry["meeting"]


@pytest.mark.requirement("EMG-05")
def test_the_rules_own_sum_is_the_limit_where_it_gives_one(place):
    found = place("changle", own_borne_year="60000")
    found.tell(distress_kind="expense", member_major_illness=True, aid_multiple="12")
    case = found.post("/emergencies", {"household_id": uid("a"), "kind": "expense", "cause": "sudden_major_illness"})
    found.screen()
    limit = found.get(f"/emergencies/{case['id']}")["limit"]
    assert limit is not None, "twelve months of the urban standard"
    approval = f"/emergencies/{case['id']}/approval"
    above = str(Decimal(limit) + 1)
    assert found.refused(approval, {"amount": above}) == (409, "meeting-first")
    assert found.post(approval, {"amount": limit})["approval"]["amount"] == limit
