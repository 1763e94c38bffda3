"""Joint meetings of the aid departments (联席会议、定期会商): matters sent up, what was decided, tasks with owners and dates."""

from typing import Any

import marshmallow as ma
from flask_babel import gettext as _
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.accounts import queries as accounts
from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY, DEPARTMENT, TOWNSHIP
from fieldsvc.console import exports
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import masked_text
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site
from fieldsvc.organisation import queries, service

MOST = 200


class Matter(ma.Schema):
    title = ma.fields.String(required=True, validate=Length(1, 120))
    said = ma.fields.String(required=True, validate=Length(1, 2000))


class Meeting(ma.Schema):
    kind = ma.fields.String(required=True, validate=OneOf(service.KINDS))
    held_on = ma.fields.Date(required=True)
    members = ma.fields.List(ma.fields.String(validate=Length(1, 80)), required=True, validate=Length(1, 60))
    result = ma.fields.String(required=True, validate=Length(1, 4000))


class Decision(ma.Schema):
    meeting_id = ma.fields.String(required=True, validate=Length(max=36))
    matter_id = ma.fields.String(required=True, validate=Length(max=36))
    decision = ma.fields.String(required=True, validate=Length(1, 2000))


class Task(ma.Schema):
    meeting_id = ma.fields.String(required=True, validate=Length(max=36))
    matter_id = ma.fields.String(validate=Length(max=36))
    title = ma.fields.String(required=True, validate=Length(1, 200))
    owner_id = ma.fields.Integer(required=True, validate=Range(1, 2**31 - 1))
    due_on = ma.fields.Date(required=True)


class Result(ma.Schema):
    result = ma.fields.String(required=True, validate=Length(1, 1000))


def states(one: Any) -> str:
    if one.done_at:
        return _("已办结")
    return _("已超期") if one.due_on < clock.today() else _("办理中")


def _listing(names: dict[int, str], meetings: dict[str, Any]) -> Listing:
    def held(task: Any) -> str:
        one = meetings.get(task.meeting_id)
        return f"{_(service.KINDS[one.kind])} {one.held_on.isoformat()}" if one else ""

    return Listing("会议任务", (
        Column("会议", held), Column("任务", lambda t: masked_text(t.title)), Column("责任人", lambda t: names.get(t.owner_id, "")),
        Column("完成期限", lambda t: t.due_on.isoformat()), Column("状态", states), Column("结果", lambda t: masked_text(t.result or "")),
    ))  # fmt: skip


@page("/joint", TOWNSHIP, COUNTY, DEPARTMENT, menu=(65, "联席会议"))
def joint() -> Any:
    who, kind = actor(), exports.wanted()
    with site().db.read() as session:
        matters, tasks = queries.matters(session, who, MOST), queries.tasks(session, who, MOST)
        meetings = queries.meetings(session, site().county, MOST)
        owners = queries.owners(session, site().county)
        names = accounts.names(session, site().county, {t.owner_id for t in tasks} | {m.sent_by for m in matters})
    seen = {one.meeting_id for one in (*matters, *tasks)}
    shown = [one for one in meetings if who.role not in (TOWNSHIP, DEPARTMENT) or one.id in seen]
    listing = _listing(names, {one.id: one for one in shown})
    if kind:
        return exports.export(kind, listing, tasks, [], [])
    titles = {one.id: f"{_(service.KINDS[one.kind])} {one.held_on.isoformat()}" for one in shown}
    return show("joint.html", matters=matters, meetings=shown, titles=titles, names=names, owners=owners, kinds=service.KINDS,
                heads=[_(head) for head in listing.heads], tasks=list(zip(tasks, listing.cells(tasks), strict=True)),
                waiting={m.id: m.title for m in matters if m.decision is None}, about={m.id: m.title for m in matters},
                today=clock.today(), purposes=exports.PURPOSES)  # fmt: skip


@page("/joint/matters", TOWNSHIP, COUNTY, DEPARTMENT, post=True, back=joint)
def send_matter() -> Any:
    body = read_form(Matter)
    with site().db.write() as session:
        service.send_up(session, actor(), body["title"], body["said"])
    return done(_("已提请联席会议研究。"), "console.joint")


@page("/joint/meetings", COUNTY, post=True, back=joint)
def enter_joint() -> Any:
    body = read_form(Meeting)
    with site().db.write() as session:
        service.enter_meeting(session, actor(), **body)
    return done(_("已登记会议，可以登记对事项的决定和交办的任务。"), "console.joint")


@page("/joint/decisions", COUNTY, post=True, back=joint)
def decide_matter() -> Any:
    body = read_form(Decision)
    with site().db.write() as session:
        service.decide(session, actor(), **body)
    return done(_("已登记会议决定，提请的单位会看到。"), "console.joint")


@page("/joint/tasks", COUNTY, post=True, back=joint)
def give_joint_task() -> Any:
    body = read_form(Task)
    with site().db.write() as session:
        service.give_task(session, actor(), body["meeting_id"], body)
    return done(_("已交办任务。"), "console.joint")


@page("/joint/tasks/<task_id>/done", TOWNSHIP, COUNTY, DEPARTMENT, post=True, back=lambda task_id: joint())
def finish_joint_task(task_id: str) -> Any:
    body = read_form(Result)
    with site().db.write() as session:
        service.finish_task(session, actor(), task_id, body["result"])
    return done(_("任务已办结。"), "console.joint")
