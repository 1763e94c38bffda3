"""Plans: what somebody gets, from whom, each time it was given; one of a kind, in every office's sight."""

from datetime import date, timedelta

import pytest

from fieldsvc.accounts.rules import Item, may_see
from fieldsvc.kit import clock
from fieldsvc.plans import queries
from fieldsvc.plans.models import Plan
from fieldsvc.plans.rules import turns
from tests.support.places import HOME, PERSON
from tests.support.river import COUNTY, uid

SEVERE = {"disability_certificate": True, "disability_kind": "limb", "disability_grade": 1}
PLACED = "civil.disabled_care_institution"


@pytest.fixture
def home(county):
    """``home("huining")`` in June 2023 (its plan's years), elsewhere today: household a, its worker, nothing else."""

    def made(place, tier="dibao", **facts):
        found = county(place)
        if place == "huining":
            found.on(date(2023, 6, 1))
        found.household("a", tier=tier, area="urban")
        found.tell(**HOME, **PERSON | facts)
        return found

    return made


def plan(found, item, person=True, expect=(201,), **more):
    who = {"person_id": uid("a/p1")} if person else {}
    return found.post("/plans", {"household_id": uid("a"), "item": item, **who, **more}, expect=expect)


def entry(found, made, **more):
    return found.post(f"/plans/{made['id']}/entries", more, expect=(201,))


@pytest.mark.requirement("SDC-03")
def test_placement_or_waiting_is_shown(home):
    found = home("huining", **SEVERE, self_care_grade="full", care_long_need=True, care_wish="institution", institution_available=True)
    assert [o["id"] for o in found.get(f"/households/{uid('a')}/measures")["offers"]["service"]].count(PLACED) == 1
    made = plan(found, PLACED, state="waiting", wish={"wish": "入住机构", "stated_by": "本人"})
    waiting = found.get(f"/plans?item={PLACED}&state=waiting")["items"]
    assert [(p["person_id"], p["state_label"], p["wish"]["stated_by"]) for p in waiting] == [(uid("a/p1"), "等候安排", "本人")]
    assert found.refused(f"/plans/{made['id']}/entries", {}) == (409, "wrong-state")
    placed = found.post(f"/plans/{made['id']}/state", {"state": "running", "provider": "县中心敬老院", "payer": "购买服务资金"})
    assert (placed["state"], placed["provider"]) == ("running", "县中心敬老院")
    assert found.get(f"/plans?item={PLACED}&state=waiting")["items"] == []


@pytest.mark.requirement("SVC-03")
def test_one_persons_plan_shows_services_of_all_kinds_without_doubling(home):
    found = home("jiaozhou", service_wanted="counselling", cannot_self_care=True)
    first = plan(found, "civil.visit_care", provider="社区养老服务站", every_days=7)
    plan(found, "civil.counselling", provider="社工站")
    again = found.call("post", "/plans", {"household_id": uid("a"), "person_id": uid("a/p1"), "item": "civil.visit_care"})
    assert (again[0], again[1]["code"], again[1]["plan"]) == (409, "plan-open", first["id"])
    shown = found.get(f"/households/{uid('a')}/measures")["plans"]
    assert [p["title"] for p in shown] == ["访视、照料服务", "心理疏导服务"]
    found.post(f"/plans/{first['id']}/state", {"state": "ended"})
    assert plan(found, "civil.visit_care")["state"] == "running", "what has ended may begin again"


@pytest.mark.requirement("VIS-13")
def test_a_service_plan_shows_visits_done_and_missed(home):
    found = home("jiaozhou", cannot_self_care=True)
    today = clock.today()
    made = plan(found, "civil.visit_care", every_days=7, starts_on=(today - timedelta(20)).isoformat())
    entry(found, made, on=(today - timedelta(19)).isoformat(), what=[], signed_by="p1")
    shown = found.get(f"/plans/{made['id']}", role="county_officer")
    assert [(len(t["given"]), t["missed"]) for t in shown["turns"]] == [(1, False), (0, True), (0, False)]
    wrong = found.post(f"/plans/{made['id']}/entries/1/check", {"right": False, "note": "本人说没有来过"})
    assert [t["missed"] for t in wrong["turns"]] == [True, True, False], "an entry that proved untrue does not count"


@pytest.mark.requirement("CHI-06")
def test_a_childs_plan_has_the_five_kinds_and_the_visits_made(home):
    found = home("huining", child_welfare_status="orphan")
    found.worker(9, "child_director", serves=["a"])
    with found.site.db.write() as session:
        from fieldsvc.households.models import Person

        session.get(Person, (COUNTY, uid("a/p1"))).birth_date = date(2015, 1, 1)
    found.tell(income_unsteady=False)
    made = plan(found, "civil.child_services", provider="社会工作服务机构")
    assert made["kinds"] == ["心理疏导", "精神慰藉", "亲情关爱", "资源链接", "权益维护"]
    answers = {"met_child": "yes", "child_guardian": "grandparent", "child_neglected": "no",
               "child_services_given": ["comfort", "affection"]}  # fmt: skip
    visit = found.visited("civil_child_visit", answers, person="p1", klass="child")
    entry(found, made, what=["心理疏导"], note="个案面谈")
    shown = found.get(f"/plans/{made['id']}")
    assert {kind: told["times"] for kind, told in shown["by_kind"].items()} == {
        "心理疏导": 1, "精神慰藉": 1, "亲情关爱": 1, "资源链接": 0, "权益维护": 0,
    }  # fmt: skip
    assert visit in [e["visit_id"] for e in shown["entries"]]
    assert found.refused(f"/plans/{made['id']}/entries", {"what": ["理发"]}) == (422, "unknown-kind")


@pytest.mark.requirement("SDC-04")
def test_home_services_are_signed_for(home):
    found = home("huining", **SEVERE, care_wish="home")
    made = plan(found, "civil.disabled_home_service", provider="家政服务公司", payer="2%购买服务资金")
    shown = entry(found, made, what=["洗衣", "送医送药"], signed_by="本人")
    assert shown["entries"][0] | {"what": ["洗衣", "送医送药"], "signed_by": "本人"} == shown["entries"][0]
    assert {k for k, v in shown["by_kind"].items() if v["times"]} == {"洗衣", "送医送药"}


@pytest.mark.requirement("VAG-04")
def test_a_stay_at_the_station_has_its_three_parts_and_a_plan_for_who_stays(home):
    found = home("changle", "none", homeless=True, station_entry_on="2026-01-05")
    made = plan(found, "civil.station_care", provider="县救助管理站")
    assert made["kinds"] == ["照料", "身份查询", "接送返回"]
    entry(found, made, what=["照料"], note="体检、换洗衣物")
    entry(found, made, what=["身份查询"], note="公安比对，未查到")
    shown = entry(found, made, what=["照料"])
    assert {k: v["times"] for k, v in shown["by_kind"].items()} == {"照料": 2, "身份查询": 1, "接送返回": 0}
    huining = ["生活保障", "医疗救治", "教育矫治"]
    found.post(f"/plans/{made['id']}/state", {"state": "ended", "note": "转为滞留人员照料"})
    staying = plan(found, "civil.station_care", kinds=huining, note="72岁，慢性病，分类照料")
    assert (staying["kinds"], staying["note"]) == (huining, "72岁，慢性病，分类照料")


@pytest.mark.requirement("VAG-06")
def test_a_search_for_the_family_lists_where_notices_were_placed_and_what_came(home):
    found = home("huining", "none", homeless=True, identity_found=False, stranded="none")
    made = plan(found, "civil.family_search", provider="县救助管理站")
    entry(found, made, on="2023-05-20", what=["全国救助寻亲网"], note="已发布")
    shown = entry(found, made, what=["头条寻人平台"], note="邻县来电，正在核对")
    assert [(e["on"], e["what"], e["note"]) for e in shown["entries"]] == [
        ("2023-05-20", ["全国救助寻亲网"], "已发布"), ("2023-06-01", ["头条寻人平台"], "邻县来电，正在核对"),
    ]  # fmt: skip


@pytest.mark.requirement("CHR-01")
def test_a_need_is_offered_taken_and_met_with_consent_and_the_chain_shows_it(home):
    found = home("jiaozhou", charity_wanted=True)
    body = {"household_id": uid("a"), "item": "civil.charity", "note": "重病，缺轮椅"}
    assert found.refused("/plans", body) == (422, "consent-missing")
    made = plan(found, "civil.charity", person=False, consent={"given_by": "本人"}, note="重病，缺轮椅")
    assert made["state"] == "asked"
    found.post(f"/plans/{made['id']}/state", {"state": "offered", "provider": "市慈善总会"})
    found.post(f"/plans/{made['id']}/state", {"state": "ended", "note": "轮椅已送到"})
    steps = [(kind, content.get("to"), content.get("provider")) for kind, content in found.chain() if kind.startswith("plan")]
    assert steps == [("plan_opened", None, None), ("plan_changed", "offered", "市慈善总会"), ("plan_changed", "ended", "市慈善总会")]


@pytest.mark.requirement("CHR-07")
def test_an_insured_mark_has_payer_and_end_date(home):
    found = home("changle", accident_insured=False)
    assert found.alerts()["civil.accident_insurance"]["status"] == "open"
    made = plan(found, "civil.accident_insurance", payer="县慈善总会", provider="人保财险", ends_on="2027-12-31", state="running",
                consent={"given_by": "本人"})  # fmt: skip
    found.screen()
    assert (made["payer"], made["ends_on"]) == ("县慈善总会", "2027-12-31")
    with found.site.db.read() as session:
        from fieldsvc.facts.queries import known

        assert known(session, COUNTY, [uid("a/p1")])[uid("a/p1")].document["accident_insured"][0] is True


@pytest.mark.requirement("MON-13")
def test_needs_ticked_at_a_visit_turn_into_offers_of_the_matching_items(home):
    found = home("jiaozhou", charity_wanted=True, hardship_complex=True)
    found.visited("civil_household_visit", {"needs_ticked": ["goods", "counselling"]})
    shown = found.get(f"/households/{uid('a')}/measures")
    assert [n["label"] for n in shown["needs"]] == ["生活物资", "心理疏导"]
    assert [r["rule"] for r in shown["risks"]] == ["civil.hardship_complex"]
    wanted = {o["id"]: o["verdict_label"] for each in shown["offers"].values() for o in each if o["wanted"]}
    assert wanted == {"civil.charity": "符合", "civil.counselling": "尚不能确定"}


@pytest.mark.requirement("POP-10")
def test_one_page_lists_basic_special_emergency_service_and_charity_offers_by_tier(home):
    found = home("jiaozhou", charity_wanted=True, distress=True, cannot_self_care=True, **SEVERE, self_paid_year="30000",
                 funeral_needed=True, service_wanted="counselling")  # fmt: skip
    shown = found.get(f"/households/{uid('a')}/measures")
    assert shown["persons"][0]["tier_label"] == "最低生活保障对象"
    ids = {aid: {o["id"] for o in each} for aid, each in shown["offers"].items()}
    assert {"civil.dibao"} <= ids["basic"] and {"civil.funeral_relief", "civil.heating"} <= ids["special"]
    assert {"civil.temporary_aid"} <= ids["emergency"] and {"civil.visit_care", "civil.counselling"} <= ids["service"]
    assert ids["charity"] == {"civil.charity"}


def test_what_stands_behind_a_child_class_fact_is_nobody_elses(home):
    found = home("huining", child_welfare_status="orphan", child_status_seen="orphan")
    assert "child_status_seen" not in str(found.get(f"/households/{uid('a')}/measures"))


def test_items_of_other_places_and_of_nobody_are_refused(home):
    found = home("jiaozhou")
    for item in ("civil.love_bank", "civil.nothing", "civil.hardship_complex"):
        assert found.refused("/plans", {"household_id": uid("a"), "person_id": uid("a/p1"), "item": item}) == (422, "unknown-item")
    assert found.refused("/plans", {"household_id": uid("a"), "item": "civil.visit_care"}) == (422, "person-elsewhere")
    assert found.refused("/plans", {"household_id": uid("b"), "item": "civil.charity"})[0] == 404


def test_identity_numbers_in_free_text_are_masked(home):
    found = home("jiaozhou", charity_wanted=True)
    made = plan(found, "civil.charity", person=False, consent={"given_by": "本人"}, note="证号370281196005010012")
    assert "370281196005010012" not in str(made) + str(found.chain())


ACTORS = [("grid_worker", "370281001001"), ("child_director", "370281001001"), ("township_officer", "370281001"),
          ("township_officer", "370281002"), ("county_officer", "370281"), ("department_officer", "370281")]  # fmt: skip


@pytest.mark.parametrize(("role", "region"), ACTORS)
@pytest.mark.parametrize("klass", ["general", "child"])
def test_the_lists_scope_is_may_see(home, role, region, klass):
    from fieldsvc.accounts.rules import Actor

    found = home("jiaozhou")
    plan(found, "civil.visit_care")
    with found.site.db.write() as session:
        session.query(Plan).update({"klass": klass})
    actor = Actor(COUNTY, 1, "x", role, region, "medical" if role == "department_officer" else None)
    with found.site.db.read() as session:
        listed = bool(queries.page(session, actor, {"limit": 10}, None))
    assigned = role in ("grid_worker", "child_director")
    assert listed == may_see(actor, Item("370281001001", klass, assigned=assigned))


def test_turns_end_with_today_and_bound_themselves():
    day = date(2026, 1, 1)
    assert [t.missed for t in turns(day, 1, day + timedelta(2), [day])] == [False, True, False]
    assert turns(day, 7, day - timedelta(1), []) == []
