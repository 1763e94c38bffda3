"""Case conferences (个案会商) on an emergency, and sending it up to the county."""

from typing import Any

from flask_babel import gettext as _

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.alerts.kinds import Desk
from fieldsvc.conferences import service as conferring
from fieldsvc.conferences.rules import COUNTY_LEVEL
from fieldsvc.conferences.schemas import CallSchema, ConclusionSchema
from fieldsvc.console.answers import done, read_form
from fieldsvc.console.guard import page
from fieldsvc.console.wording import worded
from fieldsvc.departments.web import departments
from fieldsvc.kit.web import site

from .emergency import emergency


def _again(emergency_id: str, **_other: Any) -> Any:
    return emergency(emergency_id)


@page("/emergencies/<emergency_id>/conferences", TOWNSHIP, COUNTY, post=True, back=emergency)
def call_conference(emergency_id: str) -> Any:
    """Invite the departments to a case conference (个案会商), or send the case up to the county."""
    body = read_form(CallSchema)
    desk = Desk(actor(), site().settings.jurisdiction, departments())
    with site().db.write() as session:
        conferring.call(session, desk, emergency_id, body)
    said = "已上报县级协调机制。" if body["level"] == COUNTY_LEVEL else "已邀请部门会商，邀请在各部门的转办中。"
    return done(said, "console.emergency", emergency_id=emergency_id)


@page("/emergencies/<emergency_id>/conferences/<conference_id>", TOWNSHIP, COUNTY, post=True, back=_again)
def conclude_conference(emergency_id: str, conference_id: str) -> Any:
    body = read_form(ConclusionSchema)
    desk = Desk(actor(), site().settings.jurisdiction, departments())
    with site().db.write() as session:
        conferring.conclude(session, desk, conference_id, body["members"], body["result"])
    return done("会商结果已登记。", "console.emergency", emergency_id=emergency_id)


@worded("emergency_conference")
def _called(content: Any, book: Any) -> str:
    offices, at = "、".join(content.get("offices") or ()), str(content.get("meets_at") or "")[:16].replace("T", " ")
    when = _("，时间 %(at)s", at=at) if at else ""
    return _("邀请%(who)s会商%(when)s：%(matter)s", who=offices, when=when, matter=content.get("matter") or "")


@worded("emergency_sent_up")
def _sent_up(content: Any, book: Any) -> str:
    return _("镇（街道）解决不了，上报县级协调机制：%(matter)s", matter=content.get("matter") or "")


@worded("emergency_concluded")
def _concluded(content: Any, book: Any) -> str:
    members = "、".join(content.get("members") or ())
    return _("%(members)s研究决定：%(result)s", members=members, result=content.get("result") or "")
