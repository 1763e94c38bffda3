"""启动救助程序 (胶州 三(三)): a finding about people not aided, once verified, opens their application from what the visit told."""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy.orm import Session

from fieldsvc.alerts.kinds import Desk, Outcome, disposal_kind, verify
from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.rules import PROCEDURE, VERIFY
from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.vocabulary import NO_TIER, TIER
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.screening.determinations import present

from . import queries
from .service import Asked, Counter, open_application

OPENS = {"civil.may_enter_aid": "", "civil.out_of_poverty_candidate": "", "civil.vagrant_tekun": "tekun"}
"""Rules about people who are not aided, with the tier of the application they lead to; "": the one that fits now."""


@disposal_kind(VERIFY)
def verify_and_start(session: Session, alert: Alert, desk: Desk, body: Mapping[str, Any]) -> Outcome:
    """核实; with ``procedure_started`` the application is opened, or the one under way is named. Problem 409 ``no-tier-fits``."""
    outcome = verify(session, alert, desk, body)
    if body["result"] != PROCEDURE or alert.rule_id not in OPENS:
        return outcome
    at = Counter(desk.actor, desk.jurisdiction, cast(Departments, desk.departments))
    person, tier = _fitting(session, alert, at)
    standing = queries.standing(session, alert.county_code, alert.household_id, person)
    if standing is None:
        consent = {"scope": ["classification"]} if body.get("consent") else None
        asked = Asked(alert.household_id, person, tier, consent)
        standing = open_application(session, at, asked, {"alert": alert.id, "channels": alert.channels}).id
    return Outcome(outcome.status, outcome.detail | {"application": standing}, outcome.kind)


def _fitting(session: Session, alert: Alert, at: Counter) -> tuple[str | None, str]:
    """Who applies for what: the whole household where every member fits one tier, else the alert's person alone."""
    if named := OPENS[alert.rule_id]:
        return alert.person_id, named
    known = present(session, alert.county_code, alert.household_id, at.departments.rulebook, at.jurisdiction, clock.today())
    tiers = {person: known.state.get(person)(TIER) for person in known.state.persons}
    shared = set(tiers.values())
    own = tiers.get(alert.person_id or "") if alert.person_id else next(iter(shared)) if len(shared) == 1 else None
    if own in (None, NO_TIER):
        raise Problem(409, "no-tier-fits", "按现有情况还不能确定符合哪一类，请先补充核实，再启动程序。")
    return (None if len(shared) == 1 else alert.person_id), str(own)
