"""What matched rows would change, from what is known now: read for a batch at a time, decided by ``rules.changes``."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.vocabulary import Fact
from fieldsvc.facts import queries as facts
from fieldsvc.facts.queries import NOTHING
from fieldsvc.facts.rules import Document
from fieldsvc.kit import clock

from .rules import SOURCE, Change, Said, changes


@dataclass(frozen=True, slots=True)
class Telling:
    """What one row says of a registered person (and of the household): ``facts`` = {fact: value}, true on ``as_of``."""

    person_id: str
    household_id: str
    facts: Mapping[str, Any]
    as_of: date


def plan(session: Session, county: str, departments: Departments, tellings: Iterable[Telling]) -> list[list[Change]]:
    """The changes of each telling, in their order. Facts no installed vocabulary knows are left out; a batch that says the same
    twice says it once."""
    given, declared = list(tellings), departments.vocabulary.facts
    parts = [list(_by_subject(each, declared)) for each in given]
    subjects = {subject for part in parts for subject, _ in part}
    names = {name for part in parts for _, values in part for name in values}
    known = facts.known(session, county, subjects) if subjects else {}
    documents = {subject: each.document for subject, each in known.items()}
    said = _said(session, county, subjects, names)
    told: set[tuple[Any, ...]] = set()
    found = [_changes(each, part, documents, said, declared) for each, part in zip(given, parts, strict=True)]
    return [_once(changed, each, declared, told) for changed, each in zip(found, given, strict=True)]


def subject_of(name: str, telling: Telling, declared: Mapping[str, Fact]) -> str:
    return telling.household_id if declared[name].subject == "household" else telling.person_id


def _by_subject(telling: Telling, declared: Mapping[str, Fact]) -> Iterable[tuple[str, dict[str, Any]]]:
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, value in telling.facts.items():
        if name in declared:
            found[subject_of(name, telling, declared)][name] = value
    return found.items()


def _said(session: Session, county: str, subjects: set[str], names: set[str]) -> dict[str, dict[str, list[Said]]]:
    found: dict[str, dict[str, list[Said]]] = defaultdict(lambda: defaultdict(list))
    for row in facts.said(session, county, subjects, SOURCE, names) if subjects else ():
        found[row.subject_id][row.name].append(Said(row.value, row.as_of.astimezone(clock.CHINA).date()))
    return found


def _changes(
    telling: Telling, part: list[tuple[str, dict[str, Any]]], documents: Mapping[str, Document],
    said: Mapping[str, Mapping[str, list[Said]]], declared: Mapping[str, Fact],
) -> list[Change]:  # fmt: skip
    now, found = clock.now(), list[Change]()
    for subject, values in part:
        document = documents.get(subject, NOTHING.document)
        found += changes(values, telling.as_of, now, document, said.get(subject, {}), declared)
    return found


def _once(
    found: list[Change], telling: Telling, declared: Mapping[str, Fact], told: set[tuple[Any, ...]]
) -> list[Change]:
    kept = []
    for change in found:
        at = subject_of(change.fact, telling, declared), change.fact, telling.as_of, change.new
        kept += [] if at in told else [change]
        told.add(at)
    return kept
