"""What visits say, through to the alert: the indicators (动态监测指标) of the civil office and the medical department."""

import pytest
from sqlalchemy import select

from fieldsvc.alerts.models import Alert
from fieldsvc.facts.service import mark_dirty
from fieldsvc.households.models import Household
from fieldsvc.screening.models import DeterminationRow
from tests.support.jiaozhou import INPATIENT, departments, medical_visit
from tests.support.river import uid, visit


@pytest.fixture
def alerts_after(town, screen):
    """``alerts_after(answers)`` → rule ids of the alerts that a civil visit to household a raises."""

    def run(answers=None, medical=None):
        if answers is not None:
            with town.db.write() as session:
                visit(town, session, uid("a"), "civil", answers, person=uid("a/p1"), form="civil_household_visit")
        if medical is not None:
            medical_visit(town, "a", medical)
        screen()
        with town.db.read() as session:
            return sorted(session.scalars(select(Alert.rule_id)))

    return run


@pytest.mark.requirement("MON-07")
def test_aid_that_did_not_arrive_is_carried_out(alerts_after, town):
    assert alerts_after({"policy_not_delivered": "yes"}) == ["civil.policy_not_delivered"]
    with town.db.read() as session:
        assert session.scalar(select(Alert.kind)) == "carry_out"


@pytest.mark.requirement("MON-03")
@pytest.mark.parametrize(("main", "raised"), [("yes", ["civil.income_drop"]), ("no", []), ("unknown", [])])
def test_the_death_of_the_main_earner_and_of_nobody_else_alerts(alerts_after, main, raised):
    assert alerts_after({"members": [{"person_id": uid("a/p1"), "main_labour": main, "died": "yes"}]}) == raised


def threshold():
    (found,) = departments().policy.named("expense_surge_threshold")
    return int(found.value)


@pytest.mark.requirement("MON-02")
@pytest.mark.parametrize(("over", "raised"), [(1, True), (0, False)])
def test_a_bill_above_the_set_amount_alerts_and_one_at_it_does_not(alerts_after, over, raised):
    bill = INPATIENT | {"self_paid_year": threshold() + over, "medical_aid_received": "yes"}
    assert ("medical.expense_surge" in alerts_after(medical=bill)) == raised


def test_a_visit_to_a_family_without_a_tier_proposes_one(alerts_after, town):
    with town.db.write() as session:
        session.get(Household, (town.county, uid("a"))).tier = None
        mark_dirty(session, town.county, [uid("a")])
    alerts_after()
    member = {"person_id": uid("a/p1"), "income_month": 100, "no_capable_supporter": "no"}
    alerts_after({"members": [member], "financial_assets": 0, "owns_vehicle": "no", "owns_second_home": "no"})
    with town.db.read() as session:
        rows = session.scalars(select(DeterminationRow).where(DeterminationRow.subject_id == uid("a/p1")).order_by(DeterminationRow.n))
        tiers = [row.tier for row in rows]
    assert tiers == ["dibao", None, "dibao"]
