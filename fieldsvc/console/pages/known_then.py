"""What was known when an application was judged (容错): each fact with its value, its source and its age on that day."""

from datetime import date
from typing import Any

from flask_babel import gettext as _

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.applications import queries
from fieldsvc.console.answers import show
from fieldsvc.console.guard import page
from fieldsvc.console.homes import home, record_home
from fieldsvc.console.values import fact_words, source_words
from fieldsvc.departments.web import departments
from fieldsvc.facts.rules import day_of
from fieldsvc.kit.web import site
from fieldsvc.screening.determinations import documents_at, rules_of
from fieldsvc.screening.views import closed_to


@page("/applications/<application_id>/known", TOWNSHIP, COUNTY)
def known_then(application_id: str) -> Any:
    """The facts as they stood, also when later ones have replaced them: who judged fairly on these is free of blame."""
    book = departments().rulebook
    with site().db.read() as session:
        row = queries.visible(session, actor(), application_id)
        found = home(session, row.household_id)
        rules = book if row.rule_set == book.hash else rules_of(session, row.county_code, row.rule_set)
        documents = documents_at(session, row.county_code, row.facts, rules)
    with site().db.write() as session:
        record_home(session, found, "known-then")
    hidden, vocabulary = closed_to(actor(), rules), rules.vocabulary
    lines = [(found.names.get(subject, found.row.name), _(vocabulary.label(name)), fact_words(vocabulary.get(name), entry[0]),
              day_of(entry).isoformat(), _age(day_of(entry), row.on_date), source_words(entry[2]))
             for subject, document in documents.items() for name, entry in sorted(document.items()) if name not in hidden]  # fmt: skip
    return show("known_then.html", row=row, home=found, lines=lines)


def _age(known: date, judged: date) -> str:
    days = (judged - known).days
    return _("当日") if days <= 0 else _("%(n)s 天", n=days)
