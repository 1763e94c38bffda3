"""What the departments' plugins do with a visit, from the visit to the office's answer: insurance, patients without a name, houses."""

from datetime import date

import pytest

from fieldsvc.kit import clock
from fieldsvc.referrals.outbox import deliver_due
from tests.support.places import HOME, PERSON, VILLAGE, County
from tests.support.river import COUNTY, uid, visit

JUNE = date(2023, 6, 1)
UNINSURED = {"insured": "no", "inpatient_year": "no", "emergency_treatment": "no"}
OFFICES = {"medical_insurance": "medical", "health": "medical", "housing": "housing", "human_resources": "employment"}


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
    case = found.post("/emergencies", {"newcomer": newcomer, "kind": "emergency", "cause": "sudden_major_illness", "residence": "temporary"})
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
    assert (shown["emergency_fund_paid"], shown["identity_unknown"]) == (True, True), "what the hospital's visit and the fund told is theirs"
    assert found.call("get", f"/persons/{nobody}/file")[0] == 404
    chain = found.get(f"/households/{home}/chain")["items"]
    assert {"emergency_opened", "referral_done"} <= {link["kind"] for link in chain}
