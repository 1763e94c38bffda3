"""One person's file (一人一档): what is known, and who updated what at which visit."""

from collections import defaultdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import CLASSES, Actor
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.facts import queries as facts
from fieldsvc.facts.rules import Row, day_of
from fieldsvc.households.models import Person
from fieldsvc.kit import clock
from fieldsvc.visits.models import Visit

from .register import words
from .views import closed_to


def person_file(session: Session, actor: Actor, person: Person, book: RuleBook) -> dict[str, Any]:
    """Without facts of a class the actor's role does not carry. Updates newest first."""
    closed, declared = closed_to(actor, book), book.vocabulary.facts
    known = facts.known(session, actor.county, [person.id]).get(person.id, facts.NOTHING).document
    open_to = {name: entry for name, entry in known.items() if name in declared and name not in closed}
    rows = [r for r in facts.history(session, actor.county, [person.id]).get(person.id, ()) if r.name in declared and r.name not in closed]
    return {
        "person_id": person.id, "household_id": person.household_id, "name": person.name,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
        "facts": [{"fact": n, "label": declared[n].label, "value": e[0], "shown": words(declared[n], e[0]), "as_of": _day(e),
                   "source_kind": e[2], "source_id": e[3]} for n, e in sorted(open_to.items())],
        "updates": _updates(session, actor, rows, book),
    }  # fmt: skip


def _day(entry: list[Any]) -> str | None:
    day = day_of(entry)
    return day.isoformat() if day else None


def _updates(session: Session, actor: Actor, rows: list[Row], book: RuleBook) -> list[dict[str, Any]]:
    visits = {v.id: (v, name) for v, name in _visits(session, actor, {r.source_id for r in rows if r.source_kind == "visit"})}
    groups: dict[tuple[str, str | None, Any], list[dict[str, Any]]] = defaultdict(list)
    before: dict[str, Any] = {}
    for row in rows:
        fact = book.vocabulary.facts[row.name]
        groups[row.source_kind, row.source_id, row.as_of].append({
            "fact": row.name, "label": fact.label, "before": before.get(row.name), "after": row.value, "shown": words(fact, row.value),
        })  # fmt: skip
        before[row.name] = row.value
    made = [_update(key, told, visits) for key, told in groups.items()]
    return sorted(made, key=lambda each: str(each["at"]), reverse=True)


def _update(key: tuple[str, str | None, Any], told: list[dict[str, Any]], visits: dict[str, Any]) -> dict[str, Any]:
    kind, source, as_of = key
    visit, name = visits.get(source or "", (None, None))
    return {"at": clock.show(as_of), "source_kind": kind, "visit_id": source if kind == "visit" else None,
            "form_id": visit.form_id if visit else None, "by": name, "facts": told}  # fmt: skip


def _visits(session: Session, actor: Actor, ids: set[str | None]) -> list[Any]:
    author = (Account.county_code == Visit.county_code) & (Account.id == Visit.author_id)
    mine = Visit.county_code == actor.county, Visit.id.in_(sorted(filter(None, ids))), Visit.klass.in_(CLASSES[actor.role])
    return list(session.execute(select(Visit, Account.name).outerjoin(Account, author).where(*mine))) if ids else []
