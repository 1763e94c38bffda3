"""What is known of a household and each member (已知情况): value, day, who said so, and where sources differ."""

from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.console import household_queries as reads
from fieldsvc.console.answers import read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.homes import TABS, home, record_home
from fieldsvc.console.household_queries import Source
from fieldsvc.console.values import fact_words, source_words
from fieldsvc.departments.web import departments
from fieldsvc.eligibility.vocabulary import Vocabulary
from fieldsvc.facts import queries as facts
from fieldsvc.facts.rules import Document, Entry, contradictions, day_of
from fieldsvc.kit import clock
from fieldsvc.kit.web import site
from fieldsvc.screening.views import closed_to


class Wanted(ma.Schema):
    subject = ma.fields.String(validate=Length(max=36))


@page("/households/<household_id>/facts", TOWNSHIP, COUNTY)
def household_facts(household_id: str) -> Any:
    """One subject at a time; what is past its time says so."""
    asked, book = read_form(Wanted, request.args), departments().rulebook
    vocabulary, hidden = book.vocabulary, closed_to(actor(), book)
    with site().db.read() as session:
        found = home(session, household_id)
        chosen = asked.get("subject") if asked.get("subject") in found.names else found.id
        known = facts.known(session, site().county, found.names)
        history = facts.history(session, site().county, [chosen]).get(chosen, [])
        document = (
            {name: e for name, e in known[chosen].document.items() if name not in hidden} if chosen in known else {}
        )
        differ = {name: e for name, e in contradictions(history, vocabulary.facts).items() if name not in hidden}
        entries = [*document.values(), *(entry for each in differ.values() for entry in each)]
        told = reads.sources(session, site().county, {entry[3] for entry in entries})
    with site().db.write() as session:
        record_home(session, found, "household-facts")
    counts = {one: len([n for n in known[one].document if n not in hidden]) for one in found.names if one in known}
    return show("household_facts.html", home=found, tabs=TABS, chosen=chosen, counts=counts,
                rows=_rows(vocabulary, document, told), differ=[
                    (_(vocabulary.label(name)), [_entry(vocabulary, name, entry, told) for entry in each])
                    for name, each in differ.items()])  # fmt: skip


def _rows(vocabulary: Vocabulary, document: Document, told: dict[str, Source]) -> list[tuple[str, ...]]:
    """By label; facts of a department that is no longer installed have no label and are left out."""
    named = [(_(vocabulary.label(name)), name) for name in document if name in vocabulary.facts]
    return [(label, *_entry(vocabulary, name, document[name], told)) for label, name in sorted(named)]


def _entry(vocabulary: Vocabulary, name: str, entry: Entry, told: dict[str, Source]) -> tuple[str, str, str]:
    """Value, as-of day and source in words."""
    on, by = day_of(entry), told.get(entry[3] or "")
    value = fact_words(vocabulary.get(name), entry[0])
    if not vocabulary.still_known(name, on, clock.today()):
        value = _("%(value)s（已过有效期，需重新核实）", value=value)
    source = source_words(entry[2])
    return value, on.isoformat(), f"{source}（{by.by}）" if by and by.by else source
