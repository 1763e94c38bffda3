"""Who must be screened again though no fact came in: after a change of the rules, or as days pass."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.facts.service import mark_dirty
from fieldsvc.kit import clock
from fieldsvc.kit.db import written
from fieldsvc.kit.site import Site

from . import claims, queries
from .models import RuleSet

SLICE = 500
INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_met: "WeakKeyDictionary[Engine, set[str]]" = WeakKeyDictionary()


def stamp(rule_hash: str) -> str:
    """How an error of a set-aside household begins: under which rules it happened."""
    return f"[{rule_hash[:12]}]"


def meet_rules(site: Site, departments: Departments) -> int:
    """Once per process and rule set: store the set, make due what was set aside under another one, and mark every household
    not yet judged by this one. Returns how many were marked."""
    book, met = departments.rulebook, _met.setdefault(site.db.engine, set())
    if book.hash in met:
        return 0
    written(site.db, lambda session: keep_rules(session, site.county, book))
    written(site.db, lambda session: claims.retry_set_aside(session, site.county, stamp(book.hash)))
    marked = _mark(site, lambda session, after: queries.outdated(session, site.county, book.hash, after, SLICE))
    met.add(book.hash)
    return marked


def keep_rules(session: Session, county: str, book: RuleBook) -> None:
    values = {"county_code": county, "hash": book.hash, "content": book.to_json().decode(), "stored_at": clock.now()}
    session.execute(INSERT[session.get_bind().dialect.name](RuleSet).values(**values).on_conflict_do_nothing())


def mark_everyone(site: Site) -> int:
    """Owe every household a screening: for the daily run, because people age and knowledge expires."""
    return _mark(site, lambda session, after: queries.household_ids(session, site.county, after, SLICE))


def retry_set_aside(session: Session, county: str) -> int:
    """For the doctor: screen what was set aside once more."""
    return claims.retry_set_aside(session, county)


def _mark(site: Site, wanted: Callable[[Session, str], list[str]]) -> int:
    marked = 0
    for ids in _slices(site, wanted):
        written(site.db, partial(mark_dirty, county=site.county, household_ids=ids))
        marked += len(ids)
    return marked


def _slices(site: Site, wanted: Callable[[Session, str], list[str]]) -> Iterator[list[str]]:
    after = ""
    while True:
        with site.db.read() as session:
            ids = wanted(session, after)
        if not ids:
            return
        yield ids
        after = ids[-1]
