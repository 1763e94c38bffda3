"""Determinations (认定建议) with every reason: the stored one replayed from what is stored, or one worked out for another
place or day."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.eligibility.determination import Determination
from fieldsvc.eligibility.explain import Explanation, worked_through
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.facts import queries as facts
from fieldsvc.facts.rules import Document, contradictions, rebuild
from fieldsvc.kit.errors import Problem

from . import queries
from .frames import given
from .models import DeterminationRow


@dataclass(frozen=True)
class Shown:
    """``screened_at`` is None when the determination was computed for this request and is not stored."""

    explanation: Explanation
    screened_at: datetime | None
    rows: tuple[DeterminationRow, ...] = ()

    @cached_property
    def determination(self) -> Determination:
        return self.explanation.determination()


def stored(session: Session, county: str, household_id: str, book: RuleBook) -> Shown | None:
    """What the last screening said, from the facts and rules it read; None when the household was never screened."""
    members = [p.id for p in facts.persons(session, county, [household_id]).get(household_id, ())]
    rows = list(queries.current(session, county, [household_id, *members]).values())
    last = max((row for row in rows if row.household_id == household_id), key=lambda row: (row.at, row.n), default=None)
    return None if last is None else Shown(replayed(session, county, last, book), last.at, tuple(rows))


def replay(session: Session, county: str, row: DeterminationRow, book: RuleBook) -> Determination:
    """Work a stored determination out again from the stored rule set and the facts it read."""
    return replayed(session, county, row, book).determination()


def replayed(session: Session, county: str, row: DeterminationRow, book: RuleBook) -> Explanation:
    rules = book if book.hash == row.rule_set else rules_of(session, county, row.rule_set)
    documents = {s: given(d) for s, d in documents_at(session, county, row.facts, rules).items()}
    household = documents.pop(row.household_id)
    return worked_through(rules, row.jurisdiction, row.on_date, household, documents, row.household_id)


def documents_at(session: Session, county: str, versions: dict[str, int], book: RuleBook) -> dict[str, Document]:
    """Every subject's document as it was after its n-th history row."""
    declared, now = book.vocabulary.facts, facts.known(session, county, versions)
    found = {subject: now[subject].document for subject, n in versions.items() if subject in now and now[subject].n == n}
    earlier = [subject for subject in versions if subject not in found]
    lines = facts.history(session, county, earlier) if earlier else {}
    for subject in earlier:
        found[subject] = rebuild([row for row in lines.get(subject, []) if row.n <= versions[subject]], declared)
    return found


def rules_of(session: Session, county: str, hashed: str) -> RuleBook:
    content = queries.rule_set(session, county, hashed)
    if content is None:
        raise Problem(409, "rules-lost", "当时的规则没有保存，无法重现这次认定建议。请联系系统管理员。")
    return _read(content)


@lru_cache(maxsize=4)
def _read(content: str) -> RuleBook:
    return RuleBook.from_json(content)


def computed(session: Session, county: str, household_id: str, book: RuleBook, jurisdiction: str, on: date) -> Shown:
    """What the rules of a place would say on a day of what is known now. Nothing is stored. Problem 404 for a place nobody
    has rules of."""
    if jurisdiction not in book.policy.jurisdictions:
        known = "、".join(f"{j.id}（{j.name}）" for j in book.policy.jurisdictions.values())
        raise Problem(404, "unknown-jurisdiction", f"没有这个地区的政策。可选：{known}。")
    return Shown(present(session, county, household_id, book, jurisdiction, on), None)


def present(session: Session, county: str, household_id: str, book: RuleBook, jurisdiction: str, on: date) -> Explanation:
    """The household worked through from what is known now."""
    members = [p.id for p in facts.persons(session, county, [household_id]).get(household_id, ())]
    now = facts.known(session, county, [household_id, *members])
    documents = {s: given(now[s].document) if s in now else {} for s in (household_id, *members)}
    household = documents.pop(household_id)
    return worked_through(book, jurisdiction, on, household, documents, household_id)


def disagreements(session: Session, county: str, household_id: str, book: RuleBook) -> list[dict[str, Any]]:
    """Facts of the household on which sources differ, each source's latest word, the one that counts first."""
    members = [p.id for p in facts.persons(session, county, [household_id]).get(household_id, ())]
    found = []
    for subject, rows in facts.history(session, county, [household_id, *members]).items():
        for name, entries in contradictions(rows, book.vocabulary.facts).items():
            said = [{"value": e[0], "as_of": e[1], "source_kind": e[2], "source_id": e[3]} for e in entries]
            found.append({"subject_id": subject, "fact": name, "label": book.vocabulary.label(name), "said": said})
    return found
