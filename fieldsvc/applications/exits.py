"""Leaving 低保 or 特困: by the jurisdiction's procedure, through gradual exit where it has one (``gradual``), after a second look
where the place asks for it (``second_look``); and with consent straight into the procedure for the tiers after it, on the facts
already known (胶州 二(二))."""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy.orm import Session

from fieldsvc.alerts.kinds import Desk, Outcome, disposal_kind, verify_and_end
from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.rules import VERIFY_AND_END
from fieldsvc.departments.load import Departments

from . import gradual, second_look
from .service import Asked, Counter, open_application

LEAVING = ("tekun", "dibao")


@disposal_kind(VERIFY_AND_END)
def end_and_reenter(session: Session, alert: Alert, desk: Desk, body: Mapping[str, Any]) -> Outcome:
    """核查终止, and where the person consents (``reenter_consent``) an application for the tiers after the one that ended."""
    if asked := second_look.ask(session, alert, desk, body):
        return asked
    outcome = verify_and_end(session, alert, desk, body, end=gradual.end)
    if alert.rule_id == gradual.LAST_CHECK and outcome.detail.get("ended") is False:
        return Outcome(outcome.status, outcome.detail | gradual.keep(session, alert, desk), outcome.kind)
    left = outcome.detail.get("tier")
    if not body.get("reenter_consent") or left not in LEAVING:
        return outcome
    at = Counter(desk.actor, desk.jurisdiction, cast(Departments, desk.departments))
    opened = open_application(session, at, Asked(alert.household_id, alert.person_id, None, {"scope": ["reenter"]}, left))
    return Outcome(outcome.status, outcome.detail | {"application": opened.id}, outcome.kind)
