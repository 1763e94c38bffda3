"""Applications (申请): the list, and taking a new one in (受理)."""

from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length, OneOf

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import region_names
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.applications import queries, service
from fieldsvc.applications.models import Application
from fieldsvc.applications.routes import counter
from fieldsvc.applications.rules import STATES
from fieldsvc.applications.schemas import APPLIED
from fieldsvc.console import exports
from fieldsvc.console import household_queries as reads
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.filters import moment
from fieldsvc.console.guard import page
from fieldsvc.console.homes import home, record_home
from fieldsvc.console.links import linked
from fieldsvc.console.wording import tier
from fieldsvc.households.rules import TIERS
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.pages import cursor_of, read_cursor
from fieldsvc.kit.web import site

SIZE = 50
CHOICES = {code: TIERS[code] for code in APPLIED}
CONSENTS = {"yes": "同意：按先后顺序逐类审核，认定为最适合的一类", "no": "不同意：只审核所申请的一类"}


class Wanted(ma.Schema):
    state = ma.fields.String(validate=OneOf([code for code in STATES if code != "withdrawn"]))
    cursor = ma.fields.String(validate=Length(max=200))


class Opening(ma.Schema):
    """What the counter fills in; ``person_id`` empty: the whole household applies."""

    person_id = ma.fields.UUID()
    tier = ma.fields.String(required=True, validate=OneOf(APPLIED))
    consent = ma.fields.String(required=True, validate=OneOf(CONSENTS))
    data_check = ma.fields.Boolean(load_default=False)
    taken_on = ma.fields.Date()
    helper = ma.fields.String(validate=Length(1, 80))


@dataclass(frozen=True, slots=True)
class Row:
    one: Application
    home: str
    person: str
    village: str


LISTED = Listing("申请", (
    Column("申请人", lambda r: r.person or _("%(home)s（全户）", home=r.home)), Column("户", lambda r: r.home),
    Column("村（社区）", lambda r: r.village), Column("申请类别", lambda r: tier(r.one.applied)),
    Column("现在的程序", lambda r: tier(r.one.procedure)), Column("状态", lambda r: _(STATES.get(r.one.state, ""))),
    Column("认定结果", lambda r: tier(r.one.decision["tier"]) if r.one.decision else ""),
    Column("受理时间", lambda r: moment(r.one.opened_at)), Column("帮办代办", lambda r: r.one.helper),
))  # fmt: skip


@page("/applications", TOWNSHIP, COUNTY, menu=(30, "申请"))
def applications() -> Any:
    """The newest first; ``export`` takes them away whole."""
    asked, kind = read_form(Wanted, request.args), exports.wanted()
    after = read_cursor(asked["cursor"]) if asked.get("cursor") and not kind else None
    with site().db.read() as session:
        found = queries.page(session, actor(), asked | {"limit": exports.MOST if kind else SIZE}, after)
        homes, persons = reads.named(session, site().county, found)
        villages = region_names(session, site().county, {one.village_code for one in found})
    rows = [Row(one, homes.get(one.household_id, ""), persons.get(one.person_id or "", ""), villages.get(one.village_code, ""))
            for one in found]  # fmt: skip
    seen = [one.person_id for one in found], {one.household_id for one in found}
    if kind:
        return exports.export(kind, LISTED, rows, *seen)
    with site().db.write() as session:
        record_view(session, actor(), "application-list", *seen)
    shown = [(linked(str(cells[0]), "application", application_id=row.one.id), *cells[1:])
             for row, cells in zip(rows, LISTED.cells(rows), strict=True)]  # fmt: skip
    following = cursor_of(found[-1].opened_at, found[-1].id) if len(found) == SIZE else None
    return show("applications.html", heads=[_(head) for head in LISTED.heads], rows=shown, asked=asked, following=following,
                states={code: label for code, label in STATES.items() if code != "withdrawn"}, purposes=exports.PURPOSES)  # fmt: skip


@page("/households/<household_id>/applications/new", TOWNSHIP, COUNTY)
def new_application(household_id: str) -> Any:
    with site().db.read() as session:
        found = home(session, household_id)
    with site().db.write() as session:
        record_home(session, found, "application")
    return show("application_new.html", home=found, tiers=CHOICES, consents=CONSENTS, today=clock.today(),
                people=[(one.id, one.name) for one in found.persons])  # fmt: skip


@page("/households/<household_id>/applications", TOWNSHIP, COUNTY, post=True, back=new_application)
def take_application(household_id: str) -> Any:
    """受理: judged at once from what is already known; nothing known is asked again."""
    body = read_form(Opening)
    person = str(body["person_id"]) if body.get("person_id") else None
    asked = service.Asked(household_id, person, body["tier"], _consent(body), None, body.get("helper"))
    with site().db.write() as session:
        opened = service.open_application(session, counter(), asked).id
    return done("申请已受理，系统已按现有情况逐类审核。", "console.application", application_id=opened)


def _consent(body: dict[str, Any]) -> dict[str, Any] | None:
    if body["consent"] != "yes":
        return None
    scope = ["classification", *(["data_check"] if body["data_check"] else [])]
    return {"scope": scope, "taken_on": body.get("taken_on") or clock.today()}
