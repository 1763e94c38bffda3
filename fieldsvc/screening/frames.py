"""Current documents as the engine takes them: frames for a batch, ``FactValue`` maps for an explanation."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.vocabulary import Fact, Vocabulary
from fieldsvc.facts.rules import Document, day_of

NOTHING: list[Any] = [None]
TYPES: dict[str, Any] = {"bool": pl.Boolean, "integer": pl.Int64}


def frame(
    vocabulary: Vocabulary, keys: Mapping[str, list[str]], documents: list[Document], subject: str, names: Iterable[str]
) -> pl.DataFrame:
    """Key columns, then one column for each of these facts that any document knows, with ``<fact>@as_of`` where knowledge
    expires."""
    columns = [pl.Series(name, values, dtype=pl.String) for name, values in keys.items()]
    for name in sorted(names):
        fact = vocabulary.facts.get(name)
        if fact is not None and fact.subject == subject:
            columns += _columns(fact, [document.get(name, NOTHING) for document in documents])
    return pl.DataFrame(columns)


def _columns(fact: Fact, entries: list[list[Any]]) -> Iterable[pl.Series]:
    values = [entry[0] for entry in entries]
    if values.count(None) == len(values):
        return
    yield pl.Series(fact.name, values, dtype=TYPES.get(fact.type, pl.String), strict=False)
    if fact.known_for_months is not None:
        days = [None if entry is NOTHING else day_of(entry) for entry in entries]
        yield pl.Series(f"{fact.name}@as_of", days, dtype=pl.Date)


class Given(Mapping[str, FactValue]):
    """A document's facts as explanations take them, each made when it is read: rules read few of those that are known."""

    def __init__(self, document: Document):
        self.document = document

    def __getitem__(self, name: str) -> FactValue:
        entry = self.document[name]
        return FactValue(entry[0], day_of(entry), entry[2], entry[3] or "")

    def __contains__(self, name: object) -> bool:
        return name in self.document

    def __iter__(self) -> Iterator[str]:
        return iter(self.document)

    def __len__(self) -> int:
        return len(self.document)


def given(document: Document) -> Given:
    return Given(document)
