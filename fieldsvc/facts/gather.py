"""Reading everything a batch of households needs, so that deriving and screening run with no transaction open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy.orm import Session

from fieldsvc.forms.model import CompiledForm
from fieldsvc.forms.service import compiled
from fieldsvc.households.redirects import merged_into
from fieldsvc.kit.clock import CHINA
from fieldsvc.kit.crypto import Vault
from fieldsvc.visits.rules import read_answers
from fieldsvc.visits.service import COLUMN

from . import queries, registry
from .derive import Seen
from .queries import NOTHING, Known
from .rules import Declared, Row


@dataclass(slots=True)
class Home:
    """One household as read. ``fresh``: visits not yet derived, with their forms (None: never published here). ``gone``:
    visits once derived that now belong elsewhere. ``aliases`` = {person merged away: the member it was merged into}.
    ``history`` only of subjects whose document must be rebuilt.
    ``news`` = {subject: what the registry now says of it that it did not say before}."""

    row: Any
    persons: list[Any]
    known: dict[str, Known]
    fresh: list[tuple[Any, CompiledForm | None]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)
    history: dict[str, list[Row]] = field(default_factory=dict)
    news: dict[str, dict[str, tuple[Any, int]]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.row.id)

    @property
    def subjects(self) -> list[str]:
        """The household, then its persons by id."""
        return [self.id, *(person.id for person in self.persons)]


def gather(session: Session, county: str, household_ids: Iterable[str], declared: Mapping[str, Declared]) -> list[Home]:
    """The households that exist, in the order of their ids."""
    rows = queries.households(session, county, household_ids)
    members = queries.persons(session, county, (row.id for row in rows))
    subjects = {row.id for row in rows} | {p.id for people in members.values() for p in people}
    known = queries.known(session, county, subjects)
    homes = [Home(row, members.get(row.id, []), {}) for row in sorted(rows, key=lambda row: row.id)]
    for home in homes:
        home.known = {subject: known.get(subject, NOTHING) for subject in home.subjects}
    _add_visits(session, county, homes, declared)
    _add_history(session, county, homes)
    return homes


def _add_visits(session: Session, county: str, homes: list[Home], declared: Mapping[str, Declared]) -> None:
    heads = queries.visit_heads(session, county, (home.id for home in homes))
    wanted: dict[str, Home] = {}
    for home in homes:
        done, now = home.known[home.id].visits, heads.get(home.id, {})
        home.gone = {visit for visit in done if visit != "registry" and visit not in now}
        wanted |= {visit: home for visit, revision in now.items() if not is_done(done.get(visit), revision, declared)}
    _add_aliases(session, county, homes if wanted else ())
    for visit in queries.visits(session, county, wanted) if wanted else ():
        wanted[visit.id].fresh.append((visit, compiled(session, county, visit.form_id, visit.form_version)))


def _add_aliases(session: Session, county: str, homes: Iterable[Home]) -> None:
    members = {person.id: home for home in homes for person in home.persons}
    for old, now in merged_into(session, county, members).items() if members else ():
        members[now].aliases[old] = now


def is_done(mark: Any, revision: int, declared: Mapping[str, Declared]) -> bool:
    """Whether a visit's mark ``revision`` or ``[revision, [names undeclared then]]`` leaves nothing to derive."""
    if isinstance(mark, list):
        return bool(mark[0] == revision) and not any(name in declared for name in mark[1])
    return bool(mark == revision)


def _add_history(session: Session, county: str, homes: list[Home]) -> None:
    """A document is rebuilt from its history where a later revision replaces or takes back what an earlier one said."""
    for home in homes:
        home.news = {subject: news for subject in home.subjects if (news := registry_news(home, subject))}
    again = {s for home in homes for s in home.subjects if _revised(home) or has_revision(home, s)}
    found = queries.history(session, county, again) if again else {}
    for home in homes:
        home.history = {subject: found.get(subject, []) for subject in home.subjects if subject in again}


def _revised(home: Home) -> bool:
    return bool(home.gone) or any(visit.revision > 1 for visit, _ in home.fresh)


def has_revision(home: Home, subject: str) -> bool:
    return any(revision > 1 for _, revision in home.news.get(subject, {}).values())


def registry_news(home: Home, subject: str) -> dict[str, tuple[Any, int]]:
    """What the registry now says of a subject that it did not say before."""
    told = home.known[subject].visits.get("registry", {})
    if subject == home.id:
        return registry.changed(told, registry.household_facts(home.row))
    person = next(p for p in home.persons if p.id == subject)
    return registry.changed(told, registry.person_facts(person, home.row))


def seen(vault: Vault, home: Home, visit: Any, form: CompiledForm) -> Seen:
    """Open a visit's sealed answers and keep the readable, relevant ones, calculations filled in."""
    content = orjson.loads(vault.open(visit.answers_sealed, COLUMN))
    day = visit.observed_at.astimezone(CHINA).date()
    values = form.validate(read_answers(content.get("answers")), today=day).values
    members = frozenset(person.id for person in home.persons)
    return Seen(visit.id, visit.revision, home.id, visit.person_id, visit.observed_at, values, members, home.aliases)
