"""Meeting records (一事一议): who met, what was decided, which tasks it gave and how they stand. Each prints as a record."""

from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length, Range

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.console import desk_reads, exports
from fieldsvc.console import meeting_reads as reads
from fieldsvc.console.answers import read_form, show
from fieldsvc.console.filters import moment
from fieldsvc.console.guard import page
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.crypto import masked_text
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site

SIZE = 50


class Wanted(ma.Schema):
    village = ma.fields.String(validate=Length(max=12))
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))


def task_words(meeting: reads.Meeting) -> str:
    rows = [(title, who, due, _(reads.STATES.get(state, "办理中"))) for title, who, due, state in meeting.tasks]
    return "；".join(f"{title}（{'，'.join(filter(None, rest))}）" for title, *rest in rows)


MEETINGS = Listing("一事一议", (
    Column("时间", lambda one: moment(one.row.at)), Column("事项", lambda one: one.alert.title), Column("户", lambda one: one.household),
    Column("人", lambda one: one.person), Column("村（社区）", lambda one: one.village),
    Column("参加人员", lambda one: "、".join(one.row.detail.get("members", ()))),
    Column("研究决定", lambda one: masked_text(one.row.detail.get("decision", ""))), Column("任务", task_words),
    Column("登记人", lambda one: one.chair), Column("备注", lambda one: "已撤销" if one.undone else ""),
))  # fmt: skip


@page("/meetings", TOWNSHIP, COUNTY, menu=(64, "会议记录"))
def meetings() -> Any:
    asked, kind = read_form(Wanted, request.args), exports.wanted()
    first, size = (0, exports.MOST) if kind else ((asked["page"] - 1) * SIZE, SIZE)
    with site().db.read() as session:
        found = reads.page(session, actor(), asked, first, size)
        total = reads.total(session, actor(), asked)
        places = desk_reads.places(session, actor())
    if kind:
        return exports.export(kind, MEETINGS, found, (one.alert.person_id for one in found), (one.alert.household_id for one in found))
    with site().db.write() as session:
        record_view(session, actor(), "meetings", (one.alert.person_id for one in found), {one.alert.household_id for one in found})
    return show("meetings.html", meetings=found, asked=asked, size=SIZE, total=total, task_words=task_words,
                places=desk_reads.choices(places, actor(), asked.get("village")), purposes=exports.PURPOSES)  # fmt: skip


@page("/meetings/<meeting_id>", TOWNSHIP, COUNTY)
def meeting(meeting_id: str) -> Any:
    with site().db.read() as session:
        found = reads.one(session, actor(), meeting_id)
    with site().db.write() as session:
        record_view(session, actor(), "meetings", [found.alert.person_id], [found.alert.household_id])
    return show("meeting.html", one=found, states=reads.STATES)
