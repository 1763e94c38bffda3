"""Money for the care of severely disabled people (照护资金): spending by source beside the share of the aid fund."""

from fractions import Fraction
from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import names
from fieldsvc.accounts.rules import COUNTY
from fieldsvc.console import exports
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.departments.web import departments
from fieldsvc.kit import clock
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.money import signed_yuan
from fieldsvc.kit.web import site
from fieldsvc.policy.book import Found
from fieldsvc.supervision import care_money as money


class Wanted(ma.Schema):
    year = ma.fields.Integer(validate=Range(2000, 2100))


class New(ma.Schema):
    source = ma.fields.String(required=True, validate=OneOf(money.SOURCES))
    amount = ma.fields.Decimal(required=True, validate=signed_yuan)
    on = ma.fields.Date(required=True)
    what = ma.fields.String(required=True, validate=Length(1, 500))


ENTRIES = Listing("照护资金", (
    Column("日期", lambda e: e.on_date.isoformat()), Column("资金来源", lambda e: _(money.SOURCES[e.source])),
    Column("金额（元）", lambda e: e.amount), Column("用途或说明", lambda e: e.what),
))  # fmt: skip


@page("/funds/care", COUNTY, menu=(63, "照护资金"))
def care_funds() -> Any:
    kind, year = exports.wanted(), read_form(Wanted, request.args).get("year") or clock.today().year
    with site().db.read() as session:
        held = money.entries(session, site().county, year)
        who = names(session, site().county, {each.account_id for each in held})
    if kind:
        return exports.export(kind, ENTRIES, held, [], [])
    share = departments().policy.at(site().settings.jurisdiction, money.SHARE, clock.today())
    ratio = share.value if isinstance(share, Found) and isinstance(share.value, Fraction) else None
    cite = share.parameter.cite if isinstance(share, Found) else None
    return show("care_money.html", year=year, sums=money.added_up(held, ratio), ratio=None if ratio is None else f"{float(ratio):.0%}",
                cite=cite, sources=money.SOURCES, spent=money.SPENT, purchase=money.PURCHASE, heads=[*map(_, ENTRIES.heads), _("登记人")],
                lines=[(*cells, who.get(each.account_id, "")) for cells, each in zip(ENTRIES.cells(held), held, strict=True)],
                today=clock.today(), purposes=exports.PURPOSES)  # fmt: skip


@page("/funds/care/entries", COUNTY, post=True, back=care_funds)
def enter_care_money() -> Any:
    body = read_form(New)
    with site().db.write() as session:
        money.enter(session, actor(), body["source"], body["amount"], body["on"], body["what"])
    return done(_("已登记。"), "console.care_funds", year=body["on"].year)
