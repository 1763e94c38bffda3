"""Who looked at a household (查阅记录): who, when, for what."""

from datetime import timedelta
from typing import Any

import marshmallow as ma
from flask import request
from marshmallow.validate import OneOf

from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.console import household_queries as reads
from fieldsvc.console.answers import read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.homes import TABS, home, record_home
from fieldsvc.console.purposes import purpose_words
from fieldsvc.kit import clock
from fieldsvc.kit.web import site

SPANS = {30: "最近 30 天", 90: "最近 90 天", 365: "最近一年"}
MOST = 200


class Wanted(ma.Schema):
    days = ma.fields.Integer(load_default=30, validate=OneOf(list(SPANS)))


@page("/households/<household_id>/access", TOWNSHIP, COUNTY)
def household_access(household_id: str) -> Any:
    asked = read_form(Wanted, request.args)
    with site().db.read() as session:
        found = home(session, household_id)
        rows = reads.looked_at(session, site().county, found.id, clock.now() - timedelta(days=asked["days"]), 0, MOST)
        people = reads.accounts(session, site().county, {row.account_id for row in rows})
    with site().db.write() as session:
        record_home(session, found, "access", [])
    shown = [(row, people.get(row.account_id), purpose_words(row.purpose),
              [found.names[one] for one in row.persons if one in found.names]) for row in rows]  # fmt: skip
    return show("household_access.html", home=found, tabs=TABS, rows=shown, asked=asked, spans=SPANS, most=MOST)
