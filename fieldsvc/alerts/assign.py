"""Giving alerts to an officer (交办), one or a page of them at once."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.regions import in_region
from fieldsvc.accounts.rules import CLASSES, COUNTY, TOWNSHIP, Actor, Item, may_see
from fieldsvc.households.caseload import announce_records
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.ids import new_id

from . import queries
from .models import Alert, Disposal
from .rules import ASSIGNED, CLOSED


def assign(
    session: Session, actor: Actor, alert_ids: Iterable[str], account_id: int, note: str | None = None
) -> list[Alert]:
    """Give the alerts to an officer who may see all of them; returns those that changed hands. What is closed, or is that
    officer's already, stays as it is. Written on each alert's trail.

    Problems: 404 when one of them is not the actor's to see; 422 ``nothing-chosen``, ``unknown-account``.
    """
    wanted = sorted(set(alert_ids))
    if not wanted:
        raise Problem(422, "nothing-chosen", "请先选择要交办的预警。", {"errors": {"alert_ids": "至少选择一条"}})
    found = queries.several(session, actor.county, wanted)
    if len(found) < len(wanted) or not all(may_see(actor, Item(a.village_code, a.klass)) for a in found):
        raise not_found()
    officer = _officer(session, actor.county, account_id, found)
    given = [alert for alert in found if alert.status != CLOSED and alert.assignee_id != officer.id]
    for alert in given:
        detail = {"to": officer.id, "name": officer.name, "from": alert.assignee_id}
        alert.assignee_id = officer.id
        session.add(Disposal(county_code=actor.county, id=new_id(), alert_id=alert.id, kind=ASSIGNED, note=note,
                             verification=alert.verification, detail=detail, actor_id=actor.id, at=clock.now()))  # fmt: skip
    announce_records(session, actor.county, [("alerts", a.id, a.household_id, a.klass) for a in given])
    return given


def _officer(session: Session, county: str, account_id: int, alerts: list[Alert]) -> Account:
    officer = session.get(Account, (county, account_id))
    able = officer is not None and officer.active and officer.role in (TOWNSHIP, COUNTY)
    if (
        officer is None
        or not able
        or not all(in_region(a.village_code, officer.region) and a.klass in CLASSES[officer.role] for a in alerts)
    ):
        why = "不存在、已停用，或辖区、岗位不能办理所选预警"
        raise Problem(422, "unknown-account", f"承办人{why}，请重新选择。", {"errors": {"account_id": why}})
    return officer
