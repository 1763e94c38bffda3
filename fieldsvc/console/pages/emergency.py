"""Emergencies (急难救助): who waits for aid and for how long, what was paid first, which papers are still to be made up."""

from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import region_names
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.alerts import queries as alerts
from fieldsvc.console import desk_reads, exports
from fieldsvc.console import emergency_reads as reads
from fieldsvc.console.answers import done, read_form, show, validated
from fieldsvc.console.filters import day, moment
from fieldsvc.console.guard import page
from fieldsvc.console.wording import told
from fieldsvc.departments.web import departments
from fieldsvc.emergency import queries, service
from fieldsvc.emergency.rules import (
    ADVANCE,
    CAUSES,
    EMERGENCY,
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
    NewEmergencySchema,
    NewPaymentSchema,
)
from fieldsvc.households.queries import members, visible_household
from fieldsvc.households.rules import SEXES
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site

SIZE = 50
TABS = {reads.ACTIVE: "未办结", **STATES}


class Wanted(ma.Schema):
    state = ma.fields.String(validate=OneOf(TABS), load_default=reads.ACTIVE)
    kind = ma.fields.String(validate=OneOf(KINDS))
    cause = ma.fields.String(validate=OneOf(CAUSES))
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))


class Where(ma.Schema):
    household_id = ma.fields.UUID()
    alert_id = ma.fields.UUID()


class Shown(ma.Schema):
    form = ma.fields.String(validate=Length(max=16))


class PageEmergency(NewEmergencySchema):
    """A time as the page's field sends it is China's."""

    found_at = ma.fields.AwareDateTime(default_timezone=clock.CHINA)


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
        counts = reads.counts(session, actor(), asked)
        found = reads.page(session, actor(), asked, first, size)
        places = region_names(session, site().county, {one.village_code for one in found})
        lines = reads.lines(session, site().county, found, places)
    if kind:
        return exports.export(kind, CASES, lines, (one.person_id for one in found), (one.household_id for one in found))
    with site().db.write() as session:
        record_view(session, actor(), "emergency-list", (one.person_id for one in found), {one.household_id for one in found})
    return show(
        "emergencies.html", lines=lines, asked=asked, size=SIZE, total=counts[asked["state"]], counts=counts, tabs=TABS, kinds=KINDS,
        causes=CAUSES, states=STATES, aid_words=aid_words, paper_words=paper_words, purposes=exports.PURPOSES,
    )  # fmt: skip


@page("/emergencies/<emergency_id>", TOWNSHIP, COUNTY)
def emergency(emergency_id: str) -> Any:
    with site().db.read() as session:
        found = queries.visible(session, actor(), emergency_id)
        places = region_names(session, site().county, {found.village_code})
        (line,) = reads.lines(session, site().county, [found], places)
        links = reads.links(session, actor(), found)
    with site().db.write() as session:
        record_view(session, actor(), "emergency", [found.person_id], [found.household_id])
    choices = reads.choices(line)
    asked = request.form.get("form") if request.method == "POST" else read_form(Shown, request.args).get("form")
    book = departments().rulebook
    shelter = site().vault.open_text(found.shelter, service.SHELTER) if found.opened_by == actor().id else None
    return show(
        "emergency.html", line=line, case=found, choices=choices, chosen=asked if asked in choices else next(iter(choices), ""),
        kinds=KINDS, causes=CAUSES, states=STATES, residences=RESIDENCES, stranded=STRANDED, payments=PAYMENTS, shelter=shelter,
        total=sum_of(each.amount for each in line.payments), steps=[(link, told(link.kind, link.content, book)) for link in links],
        advance=ADVANCE, stage=STAGE, acute=EMERGENCY,
    )  # fmt: skip


@page("/emergencies/new", TOWNSHIP, COUNTY)
def new_emergency() -> Any:
    """The form to take a case in: of the household named in the address, or of somebody nobody has registered."""
    asked = read_form(Where, request.args if request.method == "GET" else request.form)
    home, persons, alert = None, [], None
    with site().db.read() as session:
        if asked.get("alert_id"):
            alert = alerts.visible(session, actor(), str(asked["alert_id"]))
        wanted = str(asked["household_id"]) if asked.get("household_id") else alert.household_id if alert else None
        if wanted:
            home = visible_household(session, actor(), wanted)
            persons = members(session, home.county_code, [home.id])
        places = desk_reads.places(session, actor())
    if home:
        with site().db.write() as session:
            record_view(session, actor(), "emergency", (one.id for one in persons), [home.id])
    return show(
        "emergency_new.html", home=home, persons={one.id: one.name for one in persons}, alert=alert, kinds=KINDS, causes=CAUSES,
        residences=RESIDENCES, stranded=STRANDED, sexes=SEXES, villages={code: name for code, name in places.items() if len(code) == 12},
        now=clock.now().astimezone(clock.CHINA).strftime("%Y-%m-%dT%H:%M"),
    )  # fmt: skip


@page("/emergencies", TOWNSHIP, COUNTY, post=True, back=new_emergency)
def open_emergency() -> Any:
    with site().db.write() as session:
        case = service.open_case(session, _desk(), _given())
        known = case.id
    return done("已受理急难救助，时钟从发现时起算。", "console.emergency", emergency_id=known)


def _given() -> dict[str, Any]:
    """The form as the API takes it. What is wrong is named by the page's own fields."""
    values: dict[str, Any] = {name: text.strip() for name, text in request.form.items() if text.strip()}
    newcomer = {name.removeprefix("newcomer_"): text for name, text in values.items() if name.startswith("newcomer_")}
    kept = {name: text for name, text in values.items() if name in PageEmergency().fields and name != "newcomer"}
    if newcomer and "household_id" not in kept:
        kept["newcomer"] = newcomer
    try:
        return validated(PageEmergency(), kept)
    except Problem as wrong:
        errors = dict(wrong.extra["errors"])
        inner = errors.pop("newcomer", {})
        errors |= {f"newcomer_{name}": text for name, text in (inner.items() if isinstance(inner, dict) else ())}
        raise Problem(wrong.status, wrong.code, wrong.detail, {"errors": errors}) from None


def _desk() -> service.Desk:
    return service.Desk(actor(), site().settings.jurisdiction, departments(), site().vault)


@page("/emergencies/<emergency_id>/payments", TOWNSHIP, COUNTY, post=True, back=emergency)
def pay_emergency(emergency_id: str) -> Any:
    body = read_form(NewPaymentSchema)
    with site().db.write() as session:
        service.pay(session, _desk(), emergency_id, body)
    said = "先行救助已登记，请在之后补充说明情况。" if body["kind"] == ADVANCE else "发放已登记。"
    return done(said, "console.emergency", emergency_id=emergency_id)


@page("/emergencies/<emergency_id>/account", TOWNSHIP, COUNTY, post=True, back=emergency)
def account_emergency(emergency_id: str) -> Any:
    """补充说明情况: what came first on trust is now accounted for."""
    body = read_form(AccountSchema)
    with site().db.write() as session:
        service.supply_account(session, _desk(), emergency_id, body["text"], body["papers"])
    return done("情况说明已补充。", "console.emergency", emergency_id=emergency_id)


@page("/emergencies/<emergency_id>/approval", TOWNSHIP, COUNTY, post=True, back=emergency)
def approve_emergency(emergency_id: str) -> Any:
    body = read_form(PageApproval)
    with site().db.write() as session:
        service.approve(session, _desk(), emergency_id, body)
    return done("审批已登记，可以按次发放。", "console.emergency", emergency_id=emergency_id)


@page("/emergencies/<emergency_id>/closing", TOWNSHIP, COUNTY, post=True, back=emergency)
def close_emergency(emergency_id: str) -> Any:
    body = read_form(ClosingSchema)
    with site().db.write() as session:
        service.close_case(session, _desk(), emergency_id, body["outcome"])
    return done("急难救助已办结。", "console.emergency", emergency_id=emergency_id)
