"""Quarantine and held records (待处理记录): what phones sent and could not be applied; nothing of it is lost."""

from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length, OneOf

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import names
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.console import exports, set_aside
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.filters import moment
from fieldsvc.console.guard import page
from fieldsvc.households.models import Household
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.crypto import masked_text
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site
from fieldsvc.sync import corrections
from fieldsvc.visits import queries
from fieldsvc.visits.quarantine import WAITING
from fieldsvc.visits.schemas import RefuseIn

SIZE = 50
STATES = {
    "quarantined": "待处理",
    "held": "等待补齐",
    "released": "已采用",
    "superseded": "上传人已更正",
    "refused": "不予采用",
}
TABLES = {"visits": "走访", "households": "户", "persons": "人", "tasks": "任务", "body": "无法读取的上传"}


class Wanted(ma.Schema):
    state = ma.fields.String(validate=OneOf(STATES), load_default="quarantined")
    after = ma.fields.String(load_default="", validate=Length(max=36))


def table(name: str) -> str:
    return TABLES.get(name, "其他内容")


RECORDS = Listing("待处理记录", (
    Column("内容", lambda r: table(r[0].tbl)), Column("原因", lambda r: r[0].reason), Column("上传人", lambda r: r[1]),
    Column("收到时间", lambda r: moment(r[0].received_at)), Column("状态", lambda r: STATES[r[0].state]),
    Column("处理说明", lambda r: masked_text(r[0].resolution or "")),
))  # fmt: skip


@page("/quarantine", TOWNSHIP, COUNTY, menu=(50, "待处理记录"))
def quarantine() -> Any:
    asked, kind = read_form(Wanted, request.args), exports.wanted()
    with site().db.read() as session:
        size = exports.MOST if kind else SIZE
        found = queries.set_aside_page(session, actor(), asked["state"], asked["after"], size, newest=True)
        counts = queries.aside_counts(session, actor())
        authors = names(session, site().county, {one.author_id for one in found})
    rows = [(one, authors.get(one.author_id, "")) for one in found]
    if kind:
        return exports.export(kind, RECORDS, rows, (), ())
    following = found[-1].id if len(found) == SIZE else None
    return show("quarantine.html", rows=rows, asked=asked, states=STATES, counts=counts, following=following, table=table,
                purposes=exports.PURPOSES)  # fmt: skip


@page("/quarantine/<aside_id>", TOWNSHIP, COUNTY)
def set_aside_record(aside_id: str) -> Any:
    with site().db.read() as session:
        one = queries.one_aside(session, actor(), aside_id)
        found = set_aside.opened(session, site(), one)
        people = names(session, site().county, {one.author_id, one.resolved_by or 0})
        home = session.get(Household, (site().county, found.household_id)) if found.household_id else None
        home = home if home and home.village_code.startswith(actor().region) else None
    with site().db.write() as session:
        record_view(
            session, actor(), "quarantine", [found.person_id], [found.household_id] if found.household_id else ()
        )
    return show("set_aside.html", one=one, found=found, people=people, home=home, states=STATES, table=table,
                waiting=one.state in WAITING, prefix=set_aside.FIELD)  # fmt: skip


@page("/quarantine/<aside_id>/correct", TOWNSHIP, COUNTY, post=True, back=set_aside_record)
def correct_record(aside_id: str) -> Any:
    body = read_form(RefuseIn)
    with site().db.write() as session:
        found = set_aside.opened(session, site(), queries.one_aside(session, actor(), aside_id))
        changed = set_aside.changes(found.places or (), request.form, request.form.getlist)
        if not changed:
            raise Problem(422, "nothing-changed", "没有改动任何一项。要原样采用，请用“原样采用”。")
        corrections.correct(session, site(), actor(), aside_id, changed, body["reason"])
    return done(_("已补正采用，原记录原样留存。"), "console.set_aside_record", aside_id=aside_id)


@page("/quarantine/<aside_id>/release", TOWNSHIP, COUNTY, post=True, back=set_aside_record)
def release_record(aside_id: str) -> Any:
    with site().db.write() as session:
        corrections.again(session, site(), actor(), aside_id)
    return done(_("已采用这条记录。"), "console.set_aside_record", aside_id=aside_id)


@page("/quarantine/<aside_id>/refuse", TOWNSHIP, COUNTY, post=True, back=set_aside_record)
def refuse_record(aside_id: str) -> Any:
    body = read_form(RefuseIn)
    with site().db.write() as session:
        corrections.refuse(session, actor(), aside_id, body["reason"])
    return done(_("已登记不予采用，上传人会看到原因。"), "console.set_aside_record", aside_id=aside_id)
