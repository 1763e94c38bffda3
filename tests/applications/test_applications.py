"""One application, every tier in the jurisdiction's order, on consent; the officer decides, and both stay."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from fieldsvc.aidchain.models import Link
from fieldsvc.alerts.models import Alert
from fieldsvc.facts.service import record
from fieldsvc.households.models import Household, Person, Task
from tests.support.jiaozhou import UNINSURED, departments, medical_visit
from tests.support.river import COUNTY, assign, household, uid

POOR = {"disability_certificate": False, "listed_major_disease": False, "employment_status": "retired",
        "income_month": "500", "single_household_applied": False, "no_capable_supporter": False, "no_labour_capacity": False}
MODEST = POOR | {"income_month": "1200"}
ALONE = {"disability_certificate": False, "listed_major_disease": False, "employment_status": "retired",
         "single_household_applied": False, "income_month": "500", "no_capable_supporter": True, "no_labour_capacity": True}
HOME = {"financial_assets": "1000", "owns_vehicle": False, "owns_second_home": False, "income_unsteady": False}
TIERS = ["tekun", "dibao", "dibao_margin", "rigid_expense"]
CONSENT = {"scope": ["classification"]}


@pytest.fixture
def homes(town, screen):
    """Household c of one person nobody has recognised yet; ``homes(facts)`` tells of the person."""
    with town.db.write() as session:
        household(session, "c")
        assign(session, uid("c"), 1)
    screen()

    def tell(person, source="told", **home):
        with town.db.write() as session:
            for who, facts in ((uid("c/p1"), person), (None, HOME | home)):
                record(session, COUNTY, uid("c"), who, facts, as_of=datetime.now(UTC), source_kind="visit", source_id=source,
                       declared=departments().vocabulary.facts)  # fmt: skip
        screen()

    tell.site = town
    return tell


@pytest.fixture
def call(client, signed):
    def call(method, path="", body=None, role="township_officer", region="370281001"):
        got = getattr(client, method)(f"/api/v1/applications{path}", json=body, headers=signed(role, region))
        return got.status_code, got.get_json()

    return call


@pytest.fixture
def apply(call):
    def apply(tier="dibao", name="c", **more):
        return call("post", "", {"household_id": uid(name), "tier": tier} | more)

    return apply


def tried(body):
    return [(t["tier"], t["result"]) for t in body["proposal"]["tried"]]


def chain(site, name="c"):
    with site.db.read() as session:
        return [(link.kind, link.content) for link in session.scalars(select(Link).where(Link.household_id == uid(name)).order_by(Link.n))]


@pytest.mark.requirement("CLS-01")
def test_one_application_is_judged_for_every_tier_on_recorded_consent(homes, apply):
    homes(MODEST)
    status, body = apply(consent=CONSENT)
    assert status == 201
    assert tried(body) == [("tekun", "refused"), ("dibao", "refused"), ("dibao_margin", "fits")]
    assert body["proposal"]["order"] == TIERS
    assert body["consent"]["scope"] == ["classification"] and body["consent"]["taken_by"] and body["consent"]["withdrawn_on"] is None


@pytest.mark.requirement("CLS-01")
def test_without_consent_only_the_tier_applied_for_is_judged(homes, apply):
    homes(MODEST)
    body = apply()[1]
    assert (tried(body), body["proposal"]["tier"], body["procedure"]) == ([("dibao", "refused")], "none", "dibao")


@pytest.mark.requirement("CLS-02")
def test_refusals_before_the_match_keep_their_reasons_with_clause_or_reference(homes, apply):
    homes(MODEST)
    body = apply(consent=CONSENT)[1]
    for refused in body["proposal"]["tried"][:2]:
        assert refused["reasons"], refused["tier"]
        for reason in refused["reasons"]:
            assert reason["result"] == "false" and ((reason["clause"] and reason["quote"]) or reason["reference"])


@pytest.mark.requirement("CLS-03")
def test_a_dibao_application_with_tekun_facts_becomes_a_tekun_one_under_the_same_id(homes, apply, call):
    homes(POOR)
    body = apply(consent=CONSENT)[1]
    assert (body["applied"], body["procedure"], body["proposal"]["tier"]) == ("dibao", "dibao", "dibao")
    homes(ALONE, "later")
    again = call("post", f"/{body['id']}/judgement")[1]
    assert (again["id"], again["applied"], again["procedure"]) == (body["id"], "dibao", "tekun")
    assert [s["kind"] for s in again["steps"]] == ["opened", "judged", "judged", "changed_over"]
    assert ("application_changed", "tekun") in [(kind, content.get("to")) for kind, content in chain(homes.site)]


def test_a_second_application_is_led_to_the_first(homes, apply):
    homes(POOR)
    first = apply(consent=CONSENT)[1]
    status, body = apply("tekun", consent=CONSENT)
    assert (status, body["code"], body["application"]) == (409, "application-open", first["id"])


def test_an_undecided_tier_stops_the_trial_and_names_what_to_ask(homes, apply, call):
    _, body = apply(consent=CONSENT)
    assert (body["proposal"]["tier"], tried(body)) == (None, [("tekun", "undecided")])
    asked = {m.get("fact") for m in body["proposal"]["tried"][0]["missing"]}
    assert "no_capable_supporter" in asked
    assert call("post", f"/{body['id']}/decision", {"kind": "confirm"})[1]["code"] == "undecided"


def test_withdrawn_consent_narrows_the_judgement_to_what_was_applied_for(homes, apply, call):
    homes(ALONE)
    body = apply(consent=CONSENT)[1]
    assert body["procedure"] == "tekun"
    after = call("post", f"/{body['id']}/withdrawal")[1]
    assert (after["procedure"], tried(after), bool(after["consent"]["withdrawn_on"])) == ("dibao", [("dibao", "fits")], True)
    assert call("post", f"/{body['id']}/withdrawal")[0] == 409


def test_the_officer_confirms_and_the_tier_is_recognised(homes, apply, call):
    homes(ALONE)
    body = apply(consent=CONSENT)[1]
    status, decided = call("post", f"/{body['id']}/decision", {"kind": "confirm"})
    assert (status, decided["state"], decided["decision"]["tier"], decided["decision"]["proposed"]) == (200, "decided", "tekun", "tekun")
    with homes.site.db.read() as session:
        assert session.get(Household, (COUNTY, uid("c"))).tier == "tekun"
        assert session.get(Person, (COUNTY, uid("c/p1"))).tier == "tekun"
    kind, content = chain(homes.site)[-1]
    assert kind == "application_decided" and content["tier"] == "tekun" and content["tried"][0]["tier"] == "tekun"
    assert call("post", f"/{body['id']}/decision", {"kind": "confirm"})[0] == 409


def test_an_override_needs_a_reason_and_both_opinions_stay(homes, apply, call):
    homes(MODEST)
    body = apply(consent=CONSENT)[1]
    where = f"/{body['id']}/decision"
    assert call("post", where, {"kind": "override", "tier": "dibao"})[1]["code"] == "reason-missing"
    assert call("post", where, {"kind": "override", "reason": "x"})[1]["code"] == "tier-missing"
    assert call("post", where, {"kind": "override", "tier": "dibao_margin", "reason": "x"})[1]["code"] == "same-tier"
    decided = call("post", where, {"kind": "override", "tier": "dibao", "reason": "一事一议"})[1]
    assert (decided["proposal"]["tier"], decided["decision"]["tier"]) == ("dibao_margin", "dibao")
    assert (decided["decision"]["proposed"], decided["decision"]["reason"]) == ("dibao_margin", "一事一议")


def test_a_decision_on_what_has_changed_since_is_refused(homes, apply, call):
    homes(POOR)
    body = apply(consent=CONSENT)[1]
    homes(MODEST, "later")
    status, refused = call("post", f"/{body['id']}/decision", {"kind": "confirm"})
    assert (status, refused["code"], refused["proposal"]["tier"]) == (409, "proposal-outdated", "dibao_margin")
    assert call("get", f"/{body['id']}")[1]["proposal"]["tier"] == "dibao"


def test_the_two_categories_outside_the_order_are_marks_beside_the_tier(homes, apply):
    homes(MODEST | {"anti_relapse_monitored": True, "other_hardship": False})
    body = apply(consent=CONSENT)[1]
    assert body["proposal"]["tier"] == "dibao_margin"
    assert {m["mark"]: m["value"] for m in body["proposal"]["marks"]} == {"anti_relapse_monitored": True, "other_hardship": False}


@pytest.mark.requirement("CLS-05")
def test_who_leaves_dibao_reenters_with_consent_on_the_old_facts(homes, apply, call):
    homes(MODEST)
    assert apply(None, left="dibao")[0] == 422
    status, body = call("post", "", {"household_id": uid("c"), "left": "dibao", "consent": CONSENT})
    assert (status, body["left"], body["applied"], body["procedure"]) == (201, "dibao", "dibao_margin", "dibao_margin")
    assert tried(body) == [("dibao_margin", "fits")]


def test_foreign_households_persons_and_roles_are_refused(homes, apply, call):
    homes(POOR)
    assert call("post", "", {"household_id": uid("c"), "tier": "dibao"}, region="370281999")[0] == 404
    assert call("post", "", {"household_id": uid("c"), "tier": "dibao"}, role="grid_worker", region="370281001001")[0] == 403
    assert apply(person_id=uid("a/p1"))[1]["code"] == "person-elsewhere"
    assert apply("gold")[0] == 422
    body = apply()[1]
    assert call("get", f"/{body['id']}", region="370281999")[0] == 404
    assert [a["id"] for a in call("get", "?state=open")[1]["items"]] == [body["id"]]
    assert call("get", "?state=open", region="370281999")[1]["items"] == []


def test_nothing_known_is_asked_again(homes, apply):
    homes(MODEST)
    body = apply(consent=CONSENT)[1]
    assert all(not t["missing"] for t in body["proposal"]["tried"])
    with homes.site.db.read() as session:
        about = set(session.scalars(select(Task.about).where(Task.household_id == uid("c"), Task.status == "open")))
    assert not about & {*MODEST, *HOME}


@pytest.mark.requirement("CLS-05")
@pytest.mark.parametrize("consent", [True, False])
def test_ending_dibao_from_an_alert_opens_a_margin_case_only_with_consent(town, screen, client, signed, call, consent):
    medical_visit(town, "a", UNINSURED)
    screen()
    with town.db.read() as session:
        alert = session.scalar(select(Alert.id))
    where, officer = f"/api/v1/alerts/{alert}/disposal", signed()
    client.post(where, json={"kind": "verify", "result": "confirmed"}, headers=officer)
    ended = {"kind": "verify_and_end", "findings": "家庭收入已超过标准", "ended": True, "reenter_consent": consent}
    got = client.post(where, json=ended, headers=officer)
    assert got.status_code == 200, got.get_json()
    found = call("get")[1]["items"]
    assert [(a["left"], a["applied"]) for a in found] == ([("dibao", "dibao_margin")] if consent else [])
    if consent:
        whole = call("get", f"/{found[0]['id']}")[1]
        judged = next(s for s in whole["steps"] if s["kind"] == "judged")
        assert judged["detail"]["facts"][uid("a/p1")] > 0 and whole["consent"]["scope"] == ["reenter"]
        assert "dibao" not in {t["tier"] for t in whole["proposal"]["tried"]}
