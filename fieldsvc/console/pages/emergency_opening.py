"""Taking an emergency in: of a household that is registered, or of somebody nobody has registered."""

from typing import Any

import marshmallow as ma
from flask import request

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.alerts import queries as alerts
from fieldsvc.console import desk_reads
from fieldsvc.console.answers import done, read_form, show, validated
from fieldsvc.console.guard import page
from fieldsvc.emergency import service
from fieldsvc.emergency.routes import desk
from fieldsvc.emergency.rules import CAUSES, KINDS, RESIDENCES, STRANDED
from fieldsvc.emergency.schemas import NewEmergencySchema
from fieldsvc.households.queries import members, visible_household
from fieldsvc.households.rules import SEXES
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.web import site


class Where(ma.Schema):
    household_id = ma.fields.UUID()
    alert_id = ma.fields.UUID()


class PageEmergency(NewEmergencySchema):
    """A time as the page's field sends it is China's."""

    found_at = ma.fields.AwareDateTime(default_timezone=clock.CHINA)


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
        case = service.open_case(session, desk(), _given())
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
