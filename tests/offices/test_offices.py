"""The departments' plugins at work: what a visit tells reaches their handlers, and what they answer reaches chain and facts."""

import pytest
from sqlalchemy import select

from fieldsvc.accounts.rules import Actor
from fieldsvc.aidchain.models import Link
from fieldsvc.alerts.kinds import Desk
from fieldsvc.alerts.models import Alert
from fieldsvc.facts import queries as facts
from fieldsvc.referrals.models import Referral
from fieldsvc.referrals.outbox import deliver_due
from fieldsvc.referrals.service import Matter, feedback, open_referral
from tests.support.jiaozhou import departments
from tests.support.river import COUNTY, VILLAGE, uid, visit

TOWNSHIP = Actor(COUNTY, 2, "王主任", "township_officer", "370281001")
DUTIES = {
    "education": "education",
    "housing": "housing",
    "human_resources": "employment",
    "emergency_management": "disaster",
}
JOBLESS = {
    "employment_status": "jobless",
    "employment_willing": "yes",
    "skill_training_wanted": "yes",
    "training_wish": "电工",
}
HIT = {
    "disaster_hit": "yes", "disaster_on": "2025-01-02", "disaster_kind": "flood", "house_damage": "collapsed",
    "disaster_life_hard": "yes", "disaster_verified": "no",
}  # fmt: skip


@pytest.fixture
def visited(town, screen):
    """``visited("housing_visit", answers)``: a visit to household a (and its member), learned and screened."""

    def visited(form, answers, person=True):
        with town.db.write() as session:
            member = uid("a/p1") if person else None
            visit(town, session, uid("a"), f"a-{form}", answers, person=member, form=form)
        screen()

    return visited


@pytest.fixture
def refer(town):
    """``refer("housing", "housing.renovation")`` → the referral after its delivery."""

    def refer(duty, programme, person=True):
        matter = Matter(uid("a"), uid("a/p1") if person else None, VILLAGE, "general", duty, "请办理", programme)
        with town.db.write() as session:
            key = open_referral(session, Desk(TOWNSHIP, "jiaozhou", departments()), matter).id
        assert deliver_due(town, departments()) == 1
        return kept(town, key)

    return refer


@pytest.fixture
def done(town, screen):
    """The department reports the matter done."""

    def done(referral, outcome):
        officer = Actor(COUNTY, 9, "经办人", "department_officer", COUNTY, DUTIES[referral.duty])
        with town.db.write() as session:
            feedback(session, Desk(officer, "jiaozhou", departments()), referral.id, "done", {"outcome": outcome})
        screen()

    return done


def kept(site, key):
    with site.db.read() as session:
        return session.get(Referral, (COUNTY, key))


def chain(site):
    with site.db.read() as session:
        links = session.scalars(select(Link).where(Link.kind == "referral_done").order_by(Link.n))
        return [(link.content["programme"], link.content["outcome"]) for link in links]


def told(site, subject, name):
    with site.db.read() as session:
        entry = facts.known(session, COUNTY, [subject])[subject].document.get(name)
    return entry and entry[0]


def counted(shown):
    """What the determinations count as the household's monthly income."""
    if isinstance(shown, list):
        return set().union(*map(counted, shown))
    if not isinstance(shown, dict):
        return set()
    own = (
        {int(float(shown["value"]))} if shown.get("fact") == "household_income_month" and shown.get("value") else set()
    )
    return own.union(*map(counted, shown.values()))


def alerts(site):
    with site.db.read() as session:
        return {a.rule_id: a for a in session.scalars(select(Alert).where(Alert.household_id == uid("a")))}


@pytest.mark.requirement("HOU-02")
def test_photo_and_grade_of_the_house_travel_with_the_referral(visited, refer):
    house = {"house_tenure": "own", "house_state": "dangerous", "house_worse": "yes", "housing_difficulty": "yes",
             "housing_form_wanted": "renovation"}  # fmt: skip
    assert refer("housing", "housing.renovation", person=False).state == "returned"
    visited("housing_visit", house | {"house_danger_grade": "D", "house_photo": "house.jpg"}, person=False)
    assert refer("housing", "housing.renovation", person=False).state == "sent"


@pytest.mark.requirement("HOU-01", "REF-02")
def test_a_housing_need_from_a_visit_is_in_the_housing_queue_with_its_form(visited, refer, town):
    need = {"house_tenure": "rent", "house_state": "minor", "house_worse": "no", "housing_difficulty": "yes"}
    visited("housing_visit", need | {"housing_form_wanted": "rental_subsidy"}, person=False)
    referral = refer("housing", "housing.rental_subsidy", person=False)
    assert (referral.state, referral.department, referral.office) == ("sent", "housing", "市住房服务保障中心")
    assert refer("housing", "housing.public_rental", person=False).reason == "退回补充：未记录该户选择配租公租房。"


def test_what_is_not_applied_for_comes_back(visited, refer):
    student = {"education_stage": "college", "education_school": "职业技术学院", "education_aid_needed": "yes"}
    visited("education_visit", student)
    assert refer("education", "education.work_study").reason == "退回补充：未记录本人申请勤工助学。"


@pytest.mark.requirement("EDU-05")
@pytest.mark.parametrize("item", ["work_study", "loan_relief", "scholarship"])
def test_what_is_applied_for_at_a_visit_is_queued(visited, refer, item):
    student = {"education_stage": "college", "education_school": "职业技术学院", "education_aid_needed": "yes",
               "has_student_loan": "yes", "excellent_grades": "yes"}  # fmt: skip
    visited("education_visit", student | {f"education_apply_{item}": "yes"})
    assert refer("education", f"education.{item}").state == "sent"


@pytest.mark.requirement("EDU-03")
def test_the_schools_own_aid_stands_on_the_chain_beside_the_states(visited, refer, done, town):
    visited(
        "education_visit", {"education_stage": "senior", "education_school": "第一中学", "education_aid_needed": "yes"}
    )
    done(refer("education", "education.grant"), {"助学金": "2000.00", "facts": {"education_grant_received": True}})
    done(refer("education", "education.school_aid"), {"学校助学金": "500.00", "facts": {"school_aid_received": True}})
    assert [(programme, next(iter(outcome))) for programme, outcome in chain(town)] == [
        ("education.grant", "助学金"), ("education.school_aid", "学校助学金"),
    ]  # fmt: skip


@pytest.mark.requirement("EMP-03")
def test_a_placement_is_on_the_chain_and_counts_as_income(visited, refer, done, town, client, signed):
    visited("employment_visit", JOBLESS | {"no_labour_capacity": "no", "market_hard_to_employ": "yes"})
    wage = {
        "public_post": True,
        "public_post_unit": "镇环卫所",
        "employment_status": "employed",
        "income_month": "2100",
    }
    done(refer("human_resources", "employment.public_post"), {"岗位": "保洁员", "facts": wage})
    assert [(programme, outcome["岗位"]) for programme, outcome in chain(town)] == [
        ("employment.public_post", "保洁员")
    ]
    assert (told(town, uid("a/p1"), "income_month"), told(town, uid("a/p1"), "employment_status")) == (
        "2100",
        "employed",
    )


@pytest.mark.requirement("EMP-06")
def test_a_wish_to_learn_is_answered_with_a_course(visited, refer, done, town):
    visited("employment_visit", JOBLESS)
    referral = refer("human_resources", "employment.training")
    assert (referral.state, referral.department) == ("sent", "employment")
    done(referral, {"课程": "低压电工，6月10日开班", "facts": {"training_done": True}})
    assert chain(town) == [("employment.training", {"课程": "低压电工，6月10日开班", "facts": {"training_done": True}})]
    assert told(town, uid("a/p1"), "training_done") is True


@pytest.mark.requirement("EMP-08")
def test_who_paid_the_pension_contribution_is_on_the_chain(visited, refer, done, town):
    visited(
        "employment_visit",
        {"employment_status": "retired", "resident_pension_insured": "yes", "pension_contribution_paid": "no"},
    )
    paid = {"pension_contribution_paid": True, "pension_payer": "county"}
    done(refer("human_resources", "employment.pension_paid"), {"缴纳人": "县人民政府", "facts": paid})
    assert chain(town)[0][1]["缴纳人"] == "县人民政府"
    assert told(town, uid("a/p1"), "pension_payer") == "county"


@pytest.mark.requirement("DST-06")
def test_a_payout_stands_on_the_chain_and_is_known(visited, refer, done, town):
    visited("disaster_visit", HIT, person=False)
    referral = refer("emergency_management", "disaster.insurance", person=False)
    done(referral, {"理赔金额": "5000.00", "facts": {"disaster_insurance_paid": "5000"}})
    assert chain(town)[0][1]["理赔金额"] == "5000.00"
    assert told(town, uid("a"), "disaster_insurance_paid") == "5000"


@pytest.mark.requirement("MON-04")
def test_the_main_earners_unemployment_told_at_a_visit_alerts(visited, town):
    visited("employment_visit", JOBLESS | {"main_labour": "yes", "registered_unemployed": "yes"})
    assert alerts(town)["employment.main_labour_unemployed"].person_id == uid("a/p1")


@pytest.mark.requirement("MON-05")
def test_disaster_aid_alerts_the_households_township(visited, town):
    visited("disaster_visit", HIT | {"disaster_emergency_aided": "yes"}, person=False)
    alert = alerts(town)["disaster.property_loss"]
    assert (alert.household_id, alert.village_code.startswith("370281001")) == (uid("a"), True)
