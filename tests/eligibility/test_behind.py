"""A result is as sensitive as the facts behind it, however far behind."""

from datetime import date
from typing import Any

import pytest

from fieldsvc.eligibility.behind import behind_rule, facts_behind
from fieldsvc.eligibility.plan import Copy, Expression, Plan, Tier, Verdict, Yuan

STEPS = (
    Verdict("rule:child", "person", ("child_status_seen",)),
    Copy("is_candidate", "person", ("rule:child",), base="rule:child"),
    Tier("tier", "person", ("recognised_tier", "rule:child")),
    Verdict("rule:through", "person", ("is_candidate", "area")),
    Verdict("rule:plain", "person", ("area",)),
    Expression("unless:plain", "person", ("child_neglected",)),
    Verdict("rule:paid", "person", ("area",)),
    Yuan("amount:paid", "person", ("income_month",)),
)  # fmt: skip
NOTHING: Any = None
PLAN = Plan(NOTHING, "jiaozhou", date(2025, 1, 1), STEPS, {}, {}, ())


@pytest.mark.parametrize(("rule", "facts"), [
    ("child", {"child_status_seen"}), ("through", {"child_status_seen", "area"}), ("plain", {"area", "child_neglected"}),
    ("paid", {"area", "income_month"}), ("silent", set()),
])  # fmt: skip
def test_facts_are_followed_through_programmes_what_holds_an_alert_back_and_amounts(rule, facts):
    assert behind_rule(PLAN, rule) == facts


def test_a_proposed_tier_is_as_sensitive_as_what_proposes_it():
    assert facts_behind(PLAN, "tier") == {"recognised_tier", "child_status_seen"}
