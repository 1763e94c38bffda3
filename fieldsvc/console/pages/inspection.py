"""Supervision (监督检查): samples drawn of the households aided, and what the visit back to each found."""

from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length, OneOf, Range, Regexp

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import region_names, regions_below
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.console import exports
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.wording import tier
from fieldsvc.households.queries import household_names
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import masked_text
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site
from fieldsvc.supervision import queries, service
from fieldsvc.supervision.models import DrawnCase

MOST = 100


class Wanted(ma.Schema):
    draw = ma.fields.String(validate=Length(max=36))


class New(ma.Schema):
    region = ma.fields.String(required=True, validate=Regexp(r"^\d{6}(\d{3})?\Z"))
    tier = ma.fields.String(validate=OneOf(queries.AIDED))
    size = ma.fields.Integer(required=True, validate=Range(1, service.MOST))
    seed = ma.fields.String(validate=Length(1, 40))


class Result(ma.Schema):
    household_id = ma.fields.String(required=True, validate=Length(max=36))
    result = ma.fields.String(required=True, validate=OneOf(service.RESULTS))
    found = ma.fields.String(validate=Length(max=2000))
    visited_on = ma.fields.Date(required=True)


@dataclass(frozen=True, slots=True)
class Case:
    row: DrawnCase
    household: str
    village: str


CASES = Listing("抽查回访", (
    Column("序号", lambda c: c.row.place), Column("户", lambda c: c.household), Column("村（社区）", lambda c: c.village),
    Column("回访结果", lambda c: _(service.RESULTS[c.row.result]) if c.row.result else _("未回访")),
    Column("回访情况", lambda c: masked_text(c.row.found or "")),
    Column("回访日期", lambda c: c.row.visited_on.isoformat() if c.row.visited_on else ""),
))  # fmt: skip


@page("/inspection", TOWNSHIP, COUNTY, menu=(88, "监督检查"))
def inspection() -> Any:
    asked, kind, who = read_form(Wanted, request.args), exports.wanted(), actor()
    with site().db.read() as session:
        draws = queries.draws(session, who, MOST)
        one = queries.draw(session, who, asked["draw"]) if asked.get("draw") else None
        if asked.get("draw") and one is None:
            raise not_found()
        rows = queries.cases(session, site().county, one.id) if one else []
        homes = household_names(session, site().county, {row.household_id for row in rows})
        places = region_names(session, site().county, {row.village_code for row in rows} | {draw.region for draw, *_n in draws})
        regions = {r.code: r.name for r in regions_below(session, site().county, who.region) if len(r.code) < 12}
    cases = [Case(row, homes.get(row.household_id, ""), places.get(row.village_code, "")) for row in rows]
    if kind:
        return exports.export(kind, CASES, cases, [], homes)
    if cases:
        with site().db.write() as session:
            record_view(session, who, "inspection", [], homes)
    left = {c.row.household_id: f"{c.row.place}. {c.household}" for c in cases if not c.row.result}
    return show("inspection.html", draws=draws, one=one, cases=cases, heads=[_(head) for head in CASES.heads],
                lines=list(CASES.cells(cases)), left=left,
                places=places, regions=regions, tiers={code: tier(code) for code in queries.AIDED}, tier=tier, results=service.RESULTS,
                most=service.MOST, today=clock.today(), purposes=exports.PURPOSES)  # fmt: skip


@page("/inspection/draws", COUNTY, post=True, back=inspection)
def draw_sample() -> Any:
    body = read_form(New)
    with site().db.write() as session:
        made = service.draw(session, actor(), body["region"], body.get("tier"), body["size"], body.get("seed"))
        number, of, own = made.size, made.pool, made.id
    return done(_("已从 %(of)s 户中抽出 %(n)s 户。", of=of, n=number), "console.inspection", draw=own)


@page("/inspection/draws/<draw_id>/results", COUNTY, post=True, back=lambda draw_id: inspection())
def enter_visit_back(draw_id: str) -> Any:
    body = read_form(Result)
    with site().db.write() as session:
        service.enter_result(session, actor(), draw_id, body["household_id"], body["result"], body.get("found"), body["visited_on"])
    return done(_("已登记回访结果。"), "console.inspection", draw=draw_id)
