"""Visits to a household (走访): which form, by whom, when, and the answers in words."""

from typing import Any

import marshmallow as ma
from flask import request
from marshmallow.validate import Range

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.console import household_queries as reads
from fieldsvc.console.answered import in_words, opened
from fieldsvc.console.answers import read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.homes import TABS, home, record_home
from fieldsvc.forms.service import compiled
from fieldsvc.kit.web import site

SIZE = 10


class Wanted(ma.Schema):
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))


@page("/households/<household_id>/visits", TOWNSHIP, COUNTY)
def household_visits(household_id: str) -> Any:
    """Visits of the classes the officer's role carries, the newest first."""
    asked = read_form(Wanted, request.args)
    with site().db.read() as session:
        found = home(session, household_id)
        visits, total = reads.visits(session, actor(), found.id, (asked["page"] - 1) * SIZE, SIZE)
        people = reads.accounts(session, site().county, {one.author_id for one in visits})
        forms = {(one.form_id, one.form_version) for one in visits}
        known = {at: compiled(session, site().county, *at) for at in forms}
    with site().db.write() as session:
        record_home(session, found, "visits")
    shown = []
    for visit in visits:
        form = known[visit.form_id, visit.form_version]
        shown.append((visit, form, people.get(visit.author_id), in_words(form, opened(site().vault, visit), found.names)))
    return show("household_visits.html", home=found, tabs=TABS, visits=shown, asked=asked, size=SIZE, total=total)
