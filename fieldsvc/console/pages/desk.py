"""The desk (工作台): what waits for this officer, what is overdue or due first on top."""

from collections import Counter
from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length, OneOf, Range, Regexp

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.alerts import worklist
from fieldsvc.alerts.assign import assign
from fieldsvc.alerts.rules import CARRY_OUT, CHANNELS, JOINT_STUDY, KINDS, SEVERITIES, STATUSES, VERIFY_AND_END
from fieldsvc.alerts.schemas import AssignmentSchema
from fieldsvc.alerts.worklist import ACTIVE, MINE, OVERDUE, UNASSIGNED
from fieldsvc.console import desk_reads as reads
from fieldsvc.console import exports, saved
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.filters import moment
from fieldsvc.console.guard import page
from fieldsvc.departments.web import departments
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site

SIZE = 50
TABS = {ACTIVE: "待办", **STATUSES}
PROPOSED = {kind: KINDS[kind] for kind in (CARRY_OUT, JOINT_STUDY, VERIFY_AND_END)}
ASSIGNEES = {MINE: "我承办的", UNASSIGNED: "还没有承办人"}


class Wanted(ma.Schema):
    status = ma.fields.String(validate=OneOf(TABS), load_default=ACTIVE)
    state = ma.fields.String(validate=OneOf([OVERDUE]))
    severity = ma.fields.String(validate=OneOf(SEVERITIES))
    kind = ma.fields.String(validate=OneOf(PROPOSED))
    village = ma.fields.String(validate=Length(max=12))
    duty = ma.fields.String(validate=Length(max=32))
    worker = ma.fields.Integer(validate=Range(1, 2**31 - 1))
    channel = ma.fields.String(validate=OneOf(CHANNELS))
    assignee = ma.fields.String(validate=Regexp(rf"{MINE}|{UNASSIGNED}|[0-9]{{1,9}}"))
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))


def channel_words(found_by: str) -> str:
    return "、".join(_(CHANNELS.get(each, "其他渠道")) for each in found_by.split())


def office(duty: str | None) -> str:
    """The office that answers for a duty here; empty when there is none."""
    found = departments().policy.office(site().settings.jurisdiction, duty) if duty else None
    return found.office if found else ""


def due_words(line: reads.Line) -> str:
    if line.due is None or line.due.due_at is None:
        return ""
    return f"{line.due.label}：{line.due.due_text}"


ALERTS = Listing("预警", (
    Column("预警", lambda one: one.alert.title), Column("户", lambda one: one.household), Column("人", lambda one: one.person),
    Column("村（社区）", lambda one: one.village), Column("程度", lambda one: SEVERITIES[one.alert.severity]),
    Column("建议处置", lambda one: KINDS[one.alert.kind]), Column("责任部门", lambda one: office(one.alert.duty)),
    Column("状态", lambda one: STATUSES[one.alert.status]), Column("时限", due_words),
    Column("发现渠道", lambda one: channel_words(one.alert.found_by)), Column("发现人", lambda one: one.finder),
    Column("产生时间", lambda one: moment(one.alert.opened_at)), Column("承办人", lambda one: one.assignee),
))  # fmt: skip


@page("/desk", TOWNSHIP, COUNTY, menu=(10, "工作台"))
def desk() -> Any:
    asked, kind = read_form(Wanted, request.args), exports.wanted()
    who, county = actor(), site().county
    first, size = (0, exports.MOST) if kind else ((asked["page"] - 1) * SIZE, SIZE)
    with site().db.read() as session:
        places = reads.places(session, who)
        people = reads.people(session, who, asked.get("village"), places)
        counted = worklist.counts(session, who, asked)
        tabs, kinds = reads.tabs(counted, asked.get("kind")), reads.kinds(counted, asked["status"])
        found = worklist.page(session, who, asked, tabs[asked["status"]], first, size)
        lines = reads.lines(session, county, found, places, people)
        overdue = worklist.overdue(session, who, asked)
        held = saved.saved(session, who, "console.desk")
    if kind:
        return exports.export(kind, ALERTS, lines, (one.alert.person_id for one in lines), (one.alert.household_id for one in lines))
    with site().db.write() as session:
        record_view(session, who, "desk", (one.alert.person_id for one in lines), {one.alert.household_id for one in lines})
    total = overdue if asked.get("state") else tabs[asked["status"]]
    return show(
        "desk.html", lines=lines, asked=asked, size=SIZE, total=total, tabs=tabs, tab_names=TABS, overdue=overdue,
        assignee_choices=ASSIGNEES | {str(each): name for each, name in people.officers.items()},
        kind_names=KINDS, kind_choices=_counted(kinds), offices=_offices(),
        places=reads.choices(places, who, asked.get("village")), people=people,
        severities=SEVERITIES, channels=CHANNELS, statuses=STATUSES, channel_words=channel_words,
        held=held, saved_now=saved.filters_of(request.query_string.decode("utf-8", "ignore")), purposes=exports.PURPOSES,
    )  # fmt: skip


def _counted(kinds: Counter[str]) -> dict[str, str]:
    return {kind: f"{_(name)} {kinds[kind]}" for kind, name in PROPOSED.items()}


def _offices() -> dict[str, str]:
    """``{duty: office}`` of the duties alerts are raised for."""
    held = departments()
    offices = held.policy.offices(site().settings.jurisdiction)
    raised = {rule.duty for rule in held.rulebook.by_id.values() if rule.alert and rule.duty}
    return {duty: offices[duty] for duty in sorted(raised) if duty in offices}


@page("/desk/assignments", TOWNSHIP, COUNTY, post=True, back=desk)
def assign_alerts() -> Any:
    """Give the ticked alerts to one officer."""
    body = read_form(AssignmentSchema)
    with site().db.write() as session:
        wanted = {str(each) for each in body["alert_ids"]}
        given = len(assign(session, actor(), wanted, body["account_id"], body.get("note")))
    left = len(wanted) - given
    said = _("已交办 %(n)s 条预警。", n=given) + (_("另有 %(n)s 条已办结或本由其承办，没有变化。", n=left) if left else "")
    return done(said, "console.desk",
                **{name: value for name, value in request.args.items() if name not in ("page", "export", "purpose")})  # fmt: skip
