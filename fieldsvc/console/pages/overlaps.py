"""Overlaps and omissions (重复与遗漏救助): who has too much by which clause, and who is left out."""

from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import regions_below
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.console import exports
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.web import site
from fieldsvc.overlaps import service, views
from fieldsvc.overlaps.routes import place
from fieldsvc.overlaps.rules import KINDS, OMISSION, OVERLAPS
from fieldsvc.overlaps.rules import Wanted as Lines

SIZE = 50


class Wanted(ma.Schema):
    kind = ma.fields.String(validate=OneOf(KINDS), load_default=OMISSION)
    village = ma.fields.String(validate=Length(max=12))
    overridden = ma.fields.Boolean(load_default=False)
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))


class Justified(ma.Schema):
    household_id = ma.fields.String(required=True, validate=Length(36, 36))
    reason = ma.fields.String(required=True, validate=Length(1, 1000))


@page("/overlaps", TOWNSHIP, COUNTY, menu=(70, "重复与遗漏"))
def overlaps() -> Any:
    asked, kind = read_form(Wanted, request.args), exports.wanted()
    with site().db.read() as session:
        kinds = (asked["kind"],) if asked["kind"] in OVERLAPS else (OMISSION,)
        found = service.found(
            session, actor(), place(), Lines(kinds, asked.get("village"), overridden=asked["overridden"])
        )
        first = (asked["page"] - 1) * SIZE
        lines = found if kind else found[first : first + SIZE]
        items = views.shown(session, actor(), place(), lines)
        villages = {
            row.code: row.name for row in regions_below(session, site().county, actor().region) if len(row.code) == 12
        }
    persons, homes = {each for line in lines for each in views.persons(line)}, {line.household_id for line in lines}
    if kind:
        return exports.export(kind, views.LISTING, items, persons, homes)
    with site().db.write() as session:
        record_view(session, actor(), "overlaps", persons, homes)
    return show("overlaps.html", items=items, asked=asked, kinds=KINDS, villages=villages, total=len(found), size=SIZE,
                purposes=exports.PURPOSES)  # fmt: skip


@page("/overlaps/<line_id>", TOWNSHIP, COUNTY, post=True, back=lambda line_id: overlaps())
def justify_overlap(line_id: str) -> Any:
    body = read_form(Justified)
    with site().db.write() as session:
        service.override(session, actor(), place(), body["household_id"], line_id, body["reason"])
    return done(_("理由已登记；情况变化以前不再列出。"), "console.overlaps", kind=request.args.get("kind", OMISSION))
