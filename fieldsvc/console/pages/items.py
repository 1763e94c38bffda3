"""The items of the one door (救助事项): which are open here, which are done in one go, and what to bring before the start."""

from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length, OneOf, Regexp

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import regions_below
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.departments.web import departments
from fieldsvc.eligibility.catalogue import AID, Item, items
from fieldsvc.eligibility.explain import worked_through
from fieldsvc.kit import clock
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.web import site
from fieldsvc.onedoor import service
from fieldsvc.onedoor.queries import doors


class Wanted(ma.Schema):
    aid = ma.fields.String(validate=OneOf(AID))
    item = ma.fields.String(validate=Length(1, 80))


class Openings(ma.Schema):
    item = ma.fields.String(required=True, validate=Length(1, 80))
    township = ma.fields.List(ma.fields.String(validate=Regexp(r"^\d{9}\Z")), load_default=list)


class Card(ma.Schema):
    item = ma.fields.String(required=True, validate=Length(1, 80))
    in_one_go = ma.fields.Boolean(load_default=False)
    proofs = ma.fields.List(ma.fields.String(), load_default=list)


def known() -> dict[str, Item]:
    """Items of the place that its text or a supplement regulates, by id."""
    book = departments().rulebook
    plan = worked_through(book, site().settings.jurisdiction, clock.today(), {}, {}).plan
    return {item.id: item for item in items(plan) if item.state != "s"}


def chosen(given: dict[str, Any]) -> Item:
    found = known().get(given["item"])
    if found is None:
        raise not_found()
    return found


@page("/items", TOWNSHIP, COUNTY, menu=(63, "救助事项"))
def aid_items() -> Any:
    asked, listed = read_form(Wanted, request.args), known()
    with site().db.read() as session:
        door = doors(session, site().county)
        townships = {r.code: r.name for r in regions_below(session, site().county, site().county) if len(r.code) == 9}
    here = [one for one in listed.values() if door.is_open(one.id, actor().region) and asked.get("aid") in (None, one.aid)]
    one = request.form.get("item", asked.get("item", "")) if actor().role == COUNTY else ""
    return show("items.html", items=here, door=door, townships=townships, asked=asked, kinds=AID,
                one=listed.get(one))  # fmt: skip


@page("/items/openings", COUNTY, post=True, back=aid_items)
def open_item() -> Any:
    body = read_form(Openings)
    item = chosen(body)
    with site().db.write() as session:
        number = service.set_openings(session, actor(), item.id, body["township"])
    said = _("“%(item)s”已在 %(n)s 个镇（街道）开通。", item=item.title, n=number)
    return done(said if number else _("“%(item)s”各镇（街道）均已开通。", item=item.title), "console.aid_items", item=item.id)


@page("/items/card", COUNTY, post=True, back=aid_items)
def describe_item() -> Any:
    body = read_form(Card)
    item = chosen(body)
    with site().db.write() as session:
        service.set_card(session, actor(), item.id, body["in_one_go"], body["proofs"])
    return done(_("已保存“%(item)s”的办理说明。", item=item.title), "console.aid_items", item=item.id)
