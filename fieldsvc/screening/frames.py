"""Current documents as the engine takes them: frames for a batch, ``FactValue`` maps for an explanation."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from fieldsvc.eligibility.determination import FactValue
from fieldsvc.eligibility.vocabulary import Fact, Vocabulary
from fieldsvc.facts.rules import Document, day_of

TYPES: dict[str, Any] = {"bool": pl.Boolean, "integer": pl.Int64}


def frame(vocabulary: Vocabulary, keys: Mapping[str, list[str]], documents: list[Document], subject: str) -> pl.DataFrame:
    """Key columns, then one column for each fact that any document knows, with ``<fact>@as_of`` where knowledge expires."""
    names = sorted({name for document in documents for name in document if name in vocabulary.facts})
    columns = [pl.Series(name, values, dtype=pl.String) for name, values in keys.items()]
    for fact in (vocabulary.facts[name] for name in names if vocabulary.facts[name].subject == subject):
        columns += _columns(fact, [document.get(fact.name) for document in documents])
    return pl.DataFrame(columns)


def _columns(fact: Fact, entries: list[list[Any] | None]) -> Iterable[pl.Series]:
    values = [entry[0] if entry else None for entry in entries]
    yield pl.Series(fact.name, values, dtype=TYPES.get(fact.type, pl.String), strict=False)
    if fact.known_for_months is not None:
        days = [day_of(entry) if entry else None for entry in entries]
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
