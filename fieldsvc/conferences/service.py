"""Verbs of conferences: call one and invite the departments, send a case up to the county, keep the result."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import COUNTY, GENERAL
from fieldsvc.aidchain.service import append
from fieldsvc.alerts.kinds import Desk
from fieldsvc.emergency import queries as emergencies
from fieldsvc.emergency.models import Emergency
from fieldsvc.emergency.rules import CLOSED
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import masked_text
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id
from fieldsvc.referrals.service import Matter, send

from . import queries
from .models import Conference
from .rules import CALLED, COUNTY_LEVEL, refused


def call(session: Session, desk: Desk, emergency_id: str, body: Mapping[str, Any]) -> Conference:
    """Call a case conference (个案会商): each department invited gets a referral that says so; or send the case up to the county
    (``level`` county). While one of a level is open, calling it again gives that one.

    Problems: 404; 409 ``emergency-closed``, ``no-office``; 422 ``nobody-invited``.
    """
    case = emergencies.visible(session, desk.actor, emergency_id, lock=True)
    level, duties = body["level"], list(dict.fromkeys(body.get("duties") or ()))
    for each in queries.of(session, case.county_code, [case.id]):
        if each.level == level and each.result is None:
            return each
    if told := refused(level, case.state == CLOSED, len(duties)):
        raise Problem(409 if told[0] == "emergency-closed" else 422, *told)
    matter = masked_text(body["matter"])
    invited = [_invite(session, desk, case, duty, matter, body) for duty in duties]
    made = Conference(
        county_code=case.county_code, id=new_id(), emergency_id=case.id, household_id=case.household_id, level=level, matter=matter,
        invited=invited, meets_at=body.get("meets_at"), asked_by=desk.actor.id, asked_at=clock.now(), members=None, result=None,
        result_by=None, result_at=None,
    )  # fmt: skip
    session.add(made)
    told_of = {"matter": matter, "offices": [each["office"] for each in invited], "meets_at": clock.show(body.get("meets_at"))}
    _chain(session, desk, case, CALLED[level], told_of)
    return made


def _invite(session: Session, desk: Desk, case: Emergency, duty: str, matter: str, body: Mapping[str, Any]) -> dict[str, Any]:
    at = f"（{(clock.show(body['meets_at']) or '')[:16].replace('T', ' ')}）" if body.get("meets_at") else ""
    summary = f"邀请参加急难个案会商{at}：{matter}"
    sent = send(session, desk, Matter(case.household_id, case.person_id, case.village_code, GENERAL, duty, summary))
    return {"duty": duty, "office": sent.office, "referral": sent.id}


def conclude(session: Session, desk: Desk, conference_id: str, members: list[str], result: str) -> Conference:
    """Keep what was decided. Problems: 404; 403 ``county-only``; 409 ``conference-over``."""
    found = queries.visible(session, desk.actor, conference_id, lock=True)
    if found.level == COUNTY_LEVEL and desk.actor.role != COUNTY:
        raise Problem(403, "county-only", "上报县级的事项由县级登记协调结果。")
    if found.result is not None:
        raise Problem(409, "conference-over", "这次会商已经登记了结果。")
    found.members, found.result = members, masked_text(result)
    found.result_by, found.result_at = desk.actor.id, clock.now()
    case = emergencies.visible(session, desk.actor, found.emergency_id)
    _chain(session, desk, case, "emergency_concluded", {"level": found.level, "members": members, "result": found.result})
    return found


def _chain(session: Session, desk: Desk, case: Emergency, kind: str, told: Mapping[str, Any]) -> None:
    content = {"emergency": case.id} | {name: value for name, value in told.items() if value}
    append(session, case.county_code, case.household_id, kind, desk.actor.name, content, person_id=case.person_id)
