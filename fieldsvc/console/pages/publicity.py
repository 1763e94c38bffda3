"""Publicity (公示): posting a decision, the list to print for the village board, objections."""

from typing import Any

import marshmallow as ma
from flask import request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from marshmallow.validate import OneOf, Range

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import region_names
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.applications import queries as applications
from fieldsvc.applications.routes import counter
from fieldsvc.console import exports
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.homes import home, record_home
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site
from fieldsvc.publicity import queries, service
from fieldsvc.publicity.routes import ObjectionIn, PostIn
from fieldsvc.publicity.rules import POSTED, STATES

SIZE = 100
NOTICES = Listing("公示名单", (
    Column("姓名", lambda r: r[0].name), Column("村（社区）", lambda r: r[1]), Column("人数", lambda r: r[0].persons),
    Column("认定结果", lambda r: r[0].decided), Column("公示日期", lambda r: r[0].posted_on.isoformat()),
    Column("公示截止", lambda r: r[0].until.isoformat()), Column("状态", lambda r: STATES[r[0].state]),
))  # fmt: skip


class Wanted(ma.Schema):
    state = ma.fields.String(validate=OneOf(STATES), load_default=POSTED)
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))


@page("/notices", TOWNSHIP, COUNTY, menu=(85, "公示"))
def notices() -> Any:
    asked, kind = read_form(Wanted, request.args), exports.wanted()
    with site().db.read() as session:
        first, size = (0, exports.MOST) if kind else ((asked["page"] - 1) * SIZE, SIZE)
        found = queries.page(session, actor(), asked["state"], None, first, size)
        counts = queries.counts(session, actor())
        places = region_names(session, site().county, {one.village_code for one in found})
    rows = [(one, places.get(one.village_code, "")) for one in found]
    if kind:
        return exports.export(kind, NOTICES, rows, (), {one.household_id for one in found})
    with site().db.write() as session:
        record_view(session, actor(), "notice-list", (), {one.household_id for one in found})
    link = Markup('<a href="{}">{}</a>')
    lines = [(link.format(url_for("console.notice", notice_id=one.id), one.name), place, one.persons, _(one.decided),
              one.posted_on.isoformat(), one.until.isoformat()) for one, place in rows]  # fmt: skip
    return show("notices.html", lines=lines, asked=asked, states=STATES, counts=counts, total=counts.get(asked["state"], 0), size=SIZE,
                purposes=exports.PURPOSES)  # fmt: skip


@page("/notices/<notice_id>", TOWNSHIP, COUNTY)
def notice(notice_id: str) -> Any:
    with site().db.read() as session:
        one = queries.visible(session, actor(), notice_id)
        said = queries.objections(session, one.county_code, one.id)
        village = region_names(session, one.county_code, [one.village_code]).get(one.village_code, "")
    with site().db.write() as session:
        record_view(session, actor(), "notice", (), [one.household_id])
    return show("notice.html", one=one, objections=said, village=village, states=STATES, today=clock.today())


@page("/applications/<application_id>/notice", TOWNSHIP, COUNTY)
def new_notice(application_id: str) -> Any:
    with site().db.read() as session:
        row = applications.visible(session, actor(), application_id)
        found = home(session, row.household_id)
        earlier = queries.of_application(session, row.county_code, row.id)
    with site().db.write() as session:
        record_home(session, found, "notice", ())
    return show("notice_new.html", row=row, home=found, earlier=earlier, states=STATES)


@page("/applications/<application_id>/notice/post", TOWNSHIP, COUNTY, post=True, back=new_notice)
def post_notice(application_id: str) -> Any:
    body = read_form(PostIn)
    with site().db.write() as session:
        made = service.post(session, counter(), application_id, body["days"])
        session.flush()
        notice_id = made.id
    return done(_("已公示。页面可以打印张贴。"), "console.notice", notice_id=notice_id)


@page("/notices/<notice_id>/objections", TOWNSHIP, COUNTY, post=True, back=notice)
def take_objection(notice_id: str) -> Any:
    body = read_form(ObjectionIn)
    with site().db.write() as session:
        service.object_to(session, counter(), notice_id, body["said"], body.get("said_by"))
    return done(_("异议已登记，申请已退回重新审核。"), "console.notice", notice_id=notice_id)


@page("/notices/<notice_id>/end", TOWNSHIP, COUNTY, post=True, back=notice)
def end_notice(notice_id: str) -> Any:
    with site().db.write() as session:
        service.end(session, counter(), notice_id)
    return done(_("公示期满，已登记。"), "console.notice", notice_id=notice_id)
