"""The desk (工作台): what waits for this officer, the most pressing first."""

from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import OneOf, Range

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import region_names
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.alerts import queries
from fieldsvc.alerts.rules import SEVERITIES, STATUSES
from fieldsvc.console import exports
from fieldsvc.console.answers import read_form, show
from fieldsvc.console.guard import page
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site

SIZE = 50


class Wanted(ma.Schema):
    status = ma.fields.String(validate=OneOf([*STATUSES, "active"]), load_default="active")
    severity = ma.fields.String(validate=OneOf(SEVERITIES))
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))


ALERTS = Listing("预警", (
    Column("预警", lambda a: a.title), Column("程度", lambda a: SEVERITIES[a.severity]),
    Column("状态", lambda a: STATUSES[a.status]), Column("村（社区）代码", lambda a: a.village_code),
))  # fmt: skip


@page("/desk", TOWNSHIP, COUNTY, menu=(10, "工作台"))
def desk() -> Any:
    asked, kind = read_form(Wanted, request.args), exports.wanted()
    size = exports.MOST if kind else SIZE
    with site().db.read() as session:
        found = queries.page(session, actor(), asked, None, size)
        names = region_names(session, site().county, {a.village_code for a in found})
    if kind:
        return exports.export(kind, ALERTS, found, (a.person_id for a in found), (a.household_id for a in found))
    with site().db.write() as session:
        record_view(session, actor(), "desk", (a.person_id for a in found), {a.household_id for a in found})
    rows = [(a.title, _(SEVERITIES[a.severity]), _(STATUSES[a.status]), names.get(a.village_code, "")) for a in found]
    return show(
        "desk.html", rows=rows, asked=asked, statuses=STATUSES, severities=SEVERITIES, purposes=exports.PURPOSES
    )
