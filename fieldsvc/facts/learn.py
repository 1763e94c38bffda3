"""From gathered households to what is to be stored: new history rows and the documents that follow from them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fieldsvc.kit.crypto import Vault

from .derive import derive
from .gather import Home, seen
from .queries import Known
from .rules import Declared, Document, Row, merge, rebuild


@dataclass(slots=True)
class HomeFacts:
    """What is known of one household after its visits were derived. ``base`` = n of each subject as it was read."""

    home: Home
    base: dict[str, int]
    known: dict[str, Known]
    rows: list[Row] = field(default_factory=list)
    unplaced: set[str] = field(default_factory=set)

    @property
    def touched(self) -> list[str]:
        """Subjects whose document is to be written again."""
        return [s for s in self.home.subjects if self.known[s] != self.home.known[s]]


class FormMissing(LookupError):
    """A visit's form version was never published here, so its facts cannot be told."""


def learn(vault: Vault, home: Home, declared: Mapping[str, Declared]) -> HomeFacts:
    """Derive the household's fresh visits and the registry's own facts. Raises FormMissing."""
    if not (home.fresh or home.gone or home.news):
        return HomeFacts(home, {subject: known.n for subject, known in home.known.items()}, home.known)
    news = _News(home, declared)
    for visit, form in home.fresh:
        if form is None:
            raise FormMissing(f"表单 {visit.form_id} 版本 {visit.form_version} 没有发布过")
        look = seen(vault, home, visit, form)
        learned = derive(look, form, declared)
        news.visit(look, learned.facts, learned.undeclared)
        news.unplaced |= learned.unplaced
    for visit_id in sorted(home.gone):
        news.take_back(visit_id)
    for subject in home.subjects:
        news.registry(subject)
    return news.result()


@dataclass(slots=True)
class _News:
    home: Home
    declared: Mapping[str, Declared]
    rows: dict[str, list[Row]] = field(default_factory=dict)
    visits: dict[str, dict[str, Any]] = field(default_factory=dict)
    unplaced: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rows = {subject: [] for subject in self.home.subjects}
        self.visits = {subject: dict(known.visits) for subject, known in self.home.known.items()}

    def visit(self, look: Any, facts: list[tuple[str, str, str, Any]], undeclared: set[str]) -> None:
        mark = self.visits[self.home.id].get(look.id)
        late = set(mark[1]) if isinstance(mark, list) and mark[0] == look.revision else None
        told = set()
        for subject, _, name, value in facts:
            told.add((subject, name))
            if late is None or name in late:
                self.add(subject, name, value, look.observed_at, "visit", look.id, look.revision)
        if look.revision > 1 and late is None:
            self._unsay(look.id, look.revision, look.observed_at, told)
        self.visits[self.home.id][look.id] = [look.revision, sorted(undeclared)] if undeclared else look.revision

    def take_back(self, visit_id: str) -> None:
        """A visit that was moved to another household no longer speaks for this one."""
        mark = self.visits[self.home.id].pop(visit_id)
        self._unsay(visit_id, (mark[0] if isinstance(mark, list) else mark) + 1, None, set())

    def _unsay(self, source: str, revision: int, at: datetime | None, told: set[tuple[str, str]]) -> None:
        for subject, history in self.home.history.items():
            said = {row.name: row for row in history if row.source_id == source and row.value is not None}
            for name, row in said.items():
                if (subject, name) not in told:
                    self.add(subject, name, None, at or row.as_of, row.source_kind, source, revision)

    def registry(self, subject: str) -> None:
        row = self.home.row if subject == self.home.id else next(p for p in self.home.persons if p.id == subject)
        news = self.home.news.get(subject, {})
        for name, (value, revision) in news.items():
            self.add(subject, name, value, row.updated_at, "registry", "registry", revision)
        if news:
            told = self.visits[subject].get("registry", {})
            self.visits[subject]["registry"] = told | {name: [*said] for name, said in news.items()}

    def add(self, subject: str, name: str, value: Any, at: datetime, kind: str, source: str, revision: int) -> None:
        n = self.home.known[subject].n + len(self.rows[subject]) + 1
        what = "household" if subject == self.home.id else "person"
        self.rows[subject].append(Row(subject, n, what, name, value, at, kind, source, revision))

    def result(self) -> HomeFacts:
        known = {subject: self._known(subject) for subject in self.home.subjects}
        base = {subject: known.n for subject, known in self.home.known.items()}
        rows = [row for subject in self.home.subjects for row in self.rows[subject]]
        return HomeFacts(self.home, base, known, rows, self.unplaced)

    def _known(self, subject: str) -> Known:
        before, new = self.home.known[subject], self.rows[subject]
        document: Document = before.document
        if subject in self.home.history:
            document = rebuild([*self.home.history[subject], *new], self.declared)
        elif new:
            document = merge(document, new, self.declared)
        return Known(before.n + len(new), document, self.visits[subject])
