"""Emergencies (急难救助): who waits for aid and for how long, what was paid first, which papers are still to be made up."""

from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import names, region_names
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.conferences import queries as conferences
from fieldsvc.conferences.rules import LEVELS
from fieldsvc.console import desk_reads, exports
from fieldsvc.console import emergency_reads as reads
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.filters import day, moment
from fieldsvc.console.guard import page
from fieldsvc.console.wording import told
from fieldsvc.departments.web import departments
from fieldsvc.emergency import limits, queries, reserve, service
from fieldsvc.emergency.routes import desk
from fieldsvc.emergency.rules import (
    ADVANCE,
    CAUSES,
    KINDS,
    PAYMENTS,
    RESIDENCES,
    STAGE,
    STATES,
    STRANDED,
    sum_of,
)
from fieldsvc.emergency.schemas import (
    AccountSchema,
    ApprovalSchema,
    ClosingSchema,
    NewPaymentSchema,
)
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site

SIZE = 50
TABS = {reads.ACTIVE: "未办结", **STATES}


class Wanted(ma.Schema):
    state = ma.fields.String(validate=OneOf(TABS), load_default=reads.ACTIVE)
    kind = ma.fields.String(validate=OneOf(KINDS))
    cause = ma.fields.String(validate=OneOf(CAUSES))
    up = ma.fields.Boolean()
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))


class Shown(ma.Schema):
    form = ma.fields.String(validate=Length(max=16))


class PageApproval(ApprovalSchema):
    stages = ma.fields.Integer(load_default=1, validate=Range(1, 12))


def paper_words(line: reads.Line) -> str:
    if not line.owed:
        return _("已补充") if line.case.account else ""
    return _("%(day)s 前补充", day=day(line.case.account_due_on)) if line.case.account_due_on else _("待补充")


def aid_words(line: reads.Line) -> str:
    return "；".join(filter(None, (_paid(each) for each in line.payments)))


def _paid(one: Any) -> str:
    return "、".join(filter(None, (f"{one.amount} 元" if one.amount else "", one.what or "")))


CASES = Listing("急难救助", (
    Column("户", lambda one: one.household), Column("人", lambda one: one.person), Column("急难发生地", lambda one: one.village),
    Column("类型", lambda one: KINDS[one.case.kind]), Column("原因", lambda one: CAUSES[one.case.cause]),
    Column("发现时间", lambda one: moment(one.case.found_at)), Column("发现人", lambda one: one.case.found_by),
    Column("状态", lambda one: STATES[one.case.state]), Column("首次救助", lambda one: moment(one.payments[0].at) if one.payments else ""),
    Column("救助内容", aid_words), Column("补充说明", paper_words), Column("下次跟踪", lambda one: day(one.look) if one.look else ""),
))  # fmt: skip


@page("/emergencies", TOWNSHIP, COUNTY, menu=(15, "急难救助"))
def emergencies() -> Any:
    asked, kind = read_form(Wanted, request.args), exports.wanted()
    first, size = (0, exports.MOST) if kind else ((asked["page"] - 1) * SIZE, SIZE)
    with site().db.read() as session:
        counts, up = reads.counts(session, actor(), asked), conferences.waiting(session, actor())
        reserves = reserve.balances(session, actor())
        found = reads.page(session, actor(), asked, first, size)
        places = desk_reads.places(session, actor())
        lines = reads.lines(session, site().county, found, places)
    if kind:
        return exports.export(kind, CASES, lines, (one.person_id for one in found), (one.household_id for one in found))
    with site().db.write() as session:
        record_view(session, actor(), "emergency-list", (one.person_id for one in found), {one.household_id for one in found})
    return show(
        "emergencies.html", lines=lines, asked=asked, size=SIZE, total=up if asked.get("up") else counts[asked["state"]], counts=counts,
        up=up,
        reserves=[(places.get(code, ""), amount) for code, amount in reserves.items()], may_fill=actor().role == COUNTY,
        townships={code: name for code, name in places.items() if len(code) == 9}, tabs=TABS, kinds=KINDS,
        causes=CAUSES, states=STATES, aid_words=aid_words, paper_words=paper_words, purposes=exports.PURPOSES,
    )  # fmt: skip


@page("/emergencies/<emergency_id>", TOWNSHIP, COUNTY)
def emergency(emergency_id: str) -> Any:
    with site().db.read() as session:
        found = queries.visible(session, actor(), emergency_id)
        places = region_names(session, site().county, {found.village_code})
        (line,) = reads.lines(session, site().county, [found], places)
        links = reads.links(session, actor(), found)
        held = conferences.of(session, site().county, [found.id])
        left = reserve.balance(session, site().county, found.village_code)
        people = names(session, site().county, {one.asked_by for one in held})
    with site().db.write() as session:
        record_view(session, actor(), "emergency", [found.person_id], [found.household_id])
    choices = reads.choices(line, held, actor())
    asked = request.form.get("form") if request.method == "POST" else read_form(Shown, request.args).get("form")
    book = departments().rulebook
    shelter = site().vault.open_text(found.shelter, service.SHELTER) if found.opened_by == actor().id else None
    return show(
        "emergency.html", line=line, case=found, choices=choices, chosen=asked if asked in choices else next(iter(choices), ""),
        kinds=KINDS, causes=CAUSES, states=STATES, residences=RESIDENCES, stranded=STRANDED, payments=PAYMENTS, shelter=shelter,
        tiers=limits.tiers(desk(), found),
        total=sum_of(each.amount for each in line.payments), steps=[(link, told(link.kind, link.content, book)) for link in links],
        advance=ADVANCE, stage=STAGE, held=held, left=left, people=people, levels=LEVELS,
        waiting={one.level: one for one in held if one.result is None}, offices=departments().policy.offices(site().settings.jurisdiction),
    )  # fmt: skip


@page("/emergencies/<emergency_id>/payments", TOWNSHIP, COUNTY, post=True, back=emergency)
def pay_emergency(emergency_id: str) -> Any:
    body = read_form(NewPaymentSchema)
    with site().db.write() as session:
        service.pay(session, desk(), emergency_id, body)
    said = "先行救助已登记，请在之后补充说明情况。" if body["kind"] == ADVANCE else "发放已登记。"
    return done(said, "console.emergency", emergency_id=emergency_id)


@page("/emergencies/<emergency_id>/account", TOWNSHIP, COUNTY, post=True, back=emergency)
def account_emergency(emergency_id: str) -> Any:
    """补充说明情况: what came first on trust is now accounted for."""
    body = read_form(AccountSchema)
    with site().db.write() as session:
        service.supply_account(session, desk(), emergency_id, body["text"], body["papers"])
    return done("情况说明已补充。", "console.emergency", emergency_id=emergency_id)


@page("/emergencies/<emergency_id>/approval", TOWNSHIP, COUNTY, post=True, back=emergency)
def approve_emergency(emergency_id: str) -> Any:
    body = read_form(PageApproval)
    with site().db.write() as session:
        service.approve(session, desk(), emergency_id, body)
    return done("审批已登记，可以按次发放。", "console.emergency", emergency_id=emergency_id)


@page("/emergencies/<emergency_id>/closing", TOWNSHIP, COUNTY, post=True, back=emergency)
def close_emergency(emergency_id: str) -> Any:
    body = read_form(ClosingSchema)
    with site().db.write() as session:
        service.close_case(session, desk(), emergency_id, body["outcome"])
    return done("急难救助已办结。", "console.emergency", emergency_id=emergency_id)
