"""The pay list (发放名册): who is owed an item this month, and who has been paid."""

from datetime import date
from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length, OneOf, Range, Regexp

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import region_names, regions_below
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.applications import payments
from fieldsvc.applications.payments import Owed, Wanted
from fieldsvc.applications.routes import counter
from fieldsvc.console import exports
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.wording import tier
from fieldsvc.departments.web import departments
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site

SIZE = 100
USUAL = "civil.price_subsidy"
STATES = {"due": "未发放", "paid": "已发放"}


class Asked(ma.Schema):
    programme = ma.fields.String(load_default=USUAL, validate=Length(1, 80))
    month = ma.fields.String(validate=Regexp(r"^\d{4}-(0[1-9]|1[0-2])\Z"))
    state = ma.fields.String(validate=OneOf(STATES))
    village = ma.fields.String(validate=Regexp(r"^\d{6,12}\Z"))
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))


class Payment(Asked):
    on = ma.fields.Date(required=True)
    person = ma.fields.List(ma.fields.String(validate=Length(max=36)), load_default=list, validate=Length(max=payments.MOST))


def listing(villages: dict[str, str]) -> Listing:
    def place(row: Owed) -> str:
        return villages.get(row.village_code, "")

    return Listing("发放名册", (
        Column("姓名", lambda r: r.name), Column("户", lambda r: r.household), Column("村（社区）", place),
        Column("认定类别", lambda r: tier(r.tier or "none")), Column("应发金额（元）", lambda r: r.amount or _("待本地设定")),
        Column("发放", lambda r: _("%(day)s 已发放", day=r.paid_on.isoformat()) if r.paid_on else _("未发放")),
    ))  # fmt: skip


@page("/payments", TOWNSHIP, COUNTY, menu=(61, "发放名册"))
def pay_list() -> Any:
    """``export`` takes it away whole."""
    asked, kind, book = read_form(Asked, request.args), exports.wanted(), departments().rulebook
    first, size = (0, exports.MOST) if kind else ((asked["page"] - 1) * SIZE, SIZE)
    with site().db.read() as session:
        found, total = payments.owed(session, actor(), book, _wanted(asked), first, size)
        villages = region_names(session, site().county, {row.village_code for row in found})
        places = [] if kind else regions_below(session, site().county, actor().region)
    seen = [row.person_id for row in found], {row.household_id for row in found}
    if kind:
        return exports.export(kind, listing(villages), found, *seen)
    with site().db.write() as session:
        record_view(session, actor(), "payments", *seen)
    lines = listing(villages)
    return show("payments.html", heads=[_(head) for head in lines.heads], rows=list(zip(found, lines.cells(found), strict=True)),
                asked=asked, month=_month(asked), total=total, size=SIZE, items=payments.items(book), states=STATES,
                places=[(row.code, row.name) for row in places if len(row.code) in (9, 12)], today=clock.today(),
                purposes=exports.PURPOSES)  # fmt: skip


def _month(asked: dict[str, Any]) -> date:
    return date.fromisoformat(f"{asked['month']}-01") if asked.get("month") else clock.today().replace(day=1)


def _wanted(asked: dict[str, Any]) -> Wanted:
    if asked["programme"] not in payments.items(departments().rulebook):
        raise Problem(422, "unknown-item", "没有这一项，请从列表中选择。", {"errors": {"programme": "请重新选择"}})
    paid = {"paid": True, "due": False}.get(asked.get("state", ""))
    registered = payments.by_tier(departments().rulebook, site().settings.jurisdiction, asked["programme"])
    return Wanted(asked["programme"], _month(asked), registered, paid, asked.get("village"))


@page("/payments", TOWNSHIP, COUNTY, post=True, back=pay_list)
def enter_payment() -> Any:
    body = read_form(Payment)
    with site().db.write() as session:
        number = payments.pay(session, counter(), _wanted(body), body["person"], body["on"])
    said = _("已登记发放 %(n)s 人，记入各户的救助链。", n=number)
    kept = {name: body[name] for name in ("programme", "month", "state", "village") if body.get(name)}
    return done(said, "console.pay_list", **kept)
