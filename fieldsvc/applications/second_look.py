"""审慎把握 (淄博 二(一)): the 低保 of the old, weak, ill or disabled, of people out of poverty and of anti-relapse households ends
only when a second officer has looked at it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.alerts import queries
from fieldsvc.alerts.kinds import Desk, Outcome
from fieldsvc.alerts.models import Alert, Disposal
from fieldsvc.alerts.rules import CONFIRMED, SECOND_LOOK, VERIFIED
from fieldsvc.eligibility.plan import conditions
from fieldsvc.eligibility.rulebook import Condition
from fieldsvc.households import queries as registry
from fieldsvc.households.models import Person
from fieldsvc.kit.errors import Problem

from . import gradual

RULE, GROUP, DIBAO = "civil.cautious_exit", "group", "dibao"


def ask(session: Session, alert: Alert, desk: Desk, body: Mapping[str, Any]) -> Outcome | None:
    """The step that asks for a second look, where this end needs one and nobody has asked yet; None where aid may end.

    Problem 409 ``second-look`` when who asked would answer.
    """
    if body.get("ask") or not body.get("ended") or alert.verification != CONFIRMED or not _leaves_dibao(session, alert):
        return None
    matter = gradual.of(session, alert, desk)
    why = _cautious(matter)
    if why is None or not gradual.ends_now(matter):
        return None
    first = _asked(session, alert)
    if first is None:
        cite = why.cite
        told = {"findings": body["findings"], "ended": True, "group": why.label}
        return Outcome(VERIFIED, told | ({"clause": cite.clause, "quote": cite.quote} if cite else {}), SECOND_LOOK)
    if first.actor_id == desk.actor.id:
        raise Problem(409, "second-look", "该对象退出低保须审慎把握，已提请复核；须由另一位经办人员核查后才能终止。")
    return None


def _leaves_dibao(session: Session, alert: Alert) -> bool:
    household = registry.household(session, alert.county_code, alert.household_id)
    person = session.get(Person, (alert.county_code, alert.person_id)) if alert.person_id else None
    return ((person and person.tier) or household.tier) == DIBAO


def _cautious(matter: gradual.Matter) -> Condition | None:
    """The condition that names the group, where one of those who would lose aid is known to belong to it."""
    ruling = matter.known.plan.rulings.get(RULE)
    if ruling is None or ruling.status:
        return None
    people = [matter.alert.person_id] if matter.alert.person_id else list(matter.known.state.persons)
    found = [c for c, node in conditions(ruling) if c.id == GROUP and any(matter.known.value(node, who) is True for who in people)]
    return found[0] if found else None


def _asked(session: Session, alert: Alert) -> Disposal | None:
    """The request for a second look that stands: since the alert opened, and not taken back."""
    steps = queries.disposals(session, alert.county_code, alert.id)
    back = {each.undoes for each in steps if each.undoes}
    since = [each for each in steps if each.kind == SECOND_LOOK and each.at >= alert.opened_at and each.id not in back]
    return since[-1] if since else None
