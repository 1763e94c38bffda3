"""Leaving 低保 or 特困 (胶州 二(二)): with consent straight into the procedure for the tiers after it, on the facts already known."""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy.orm import Session

from fieldsvc.alerts.kinds import HANDLERS, Desk, Outcome, disposal_kind
from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.rules import VERIFY_AND_END
from fieldsvc.departments.load import Departments

from .service import Asked, Counter, open_application

LEAVING = ("tekun", "dibao")
_ended = HANDLERS[VERIFY_AND_END]


@disposal_kind(VERIFY_AND_END)
def end_and_reenter(session: Session, alert: Alert, desk: Desk, body: Mapping[str, Any]) -> Outcome:
    """核查终止, and where the person consents (``reenter_consent``) an application for the tiers after the one that ended."""
    outcome = _ended(session, alert, desk, body)
    left = outcome.detail.get("tier")
    if not body.get("reenter_consent") or left not in LEAVING:
        return outcome
    at = Counter(desk.actor, desk.jurisdiction, cast(Departments, desk.departments))
    opened = open_application(session, at, Asked(alert.household_id, alert.person_id, None, {"scope": ["reenter"]}, left))
    return Outcome(outcome.status, outcome.detail | {"application": opened.id}, outcome.kind)
