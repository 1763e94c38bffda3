"""One programme over everybody the county knows: only the facts it stands on are read, as columns, and nothing is stored."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from fieldsvc.eligibility.evaluate import Results, evaluate, plan_of
from fieldsvc.eligibility.planner import pair_plan
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.eligibility.vocabulary import Fact
from fieldsvc.kit.site import Site

SEPARATOR = "\x1f"
AHEAD = "8h"
"""China's time ahead of UTC."""


@dataclass(frozen=True)
class Dialect:
    """How a database gathers a column into one text and takes an item out of a stored document."""

    gather: str
    word: str
    json: str


DIALECTS = {
    "sqlite": Dialect("group_concat({0}, char(31))", "document ->> '$.{0}[{1}]'", "document -> '$.{0}[{1}]'"),
    "postgresql": Dialect("string_agg({0}, chr(31))", *["CAST(document AS json) #>> '{{{0},{1}}}'"] * 2),
}


def judge_county(site: Site, book: RuleBook, programme: str, jurisdiction: str, on: date) -> Results:
    """Verdicts of one programme on everybody, from what is stored now; see ``evaluate``. Raises KeyError for an unknown one."""
    small = standing_on(book, programme, jurisdiction, on)
    facts = plan_of(small, jurisdiction, on).facts
    with site.db.read() as session:
        persons, households = (_frame(session, site.county, book, subject, facts) for subject in ("person", "household"))
    return evaluate(small, jurisdiction, on, persons, households)


def standing_on(book: RuleBook, programme: str, jurisdiction: str, on: date) -> RuleBook:
    """The rule book without the rules the programme does not stand on; kept with the book."""
    kept: dict[Any, RuleBook] = book.__dict__.setdefault("_standing_on", {})
    key = programme, jurisdiction, on
    if key not in kept:
        needed = pair_plan(book, jurisdiction, on, [programme]).rulings
        if len(kept) >= 16:
            kept.clear()
        kept[key] = replace(book, programmes=tuple(p for p in book.programmes if p.id in needed), indicators=())
    return kept[key]


def _frame(session: Session, county: str, book: RuleBook, subject: str, names: tuple[str, ...]) -> pl.DataFrame:
    """The database gives each column as one text, which is cut up without making an object of every value."""
    facts = [f for n in names if (f := book.vocabulary.facts.get(n)) is not None and f.subject == subject]
    columns = dict(_columns(session, subject, facts))
    gathered = DIALECTS[session.get_bind().dialect.name].gather
    told = ", ".join(gathered.format(f"coalesce({column}, '')") for column in columns.values())
    source = DOCUMENTS if facts or subject == "person" else "SELECT id AS subject_id FROM households WHERE county_code = :county"
    row = session.execute(text(f"SELECT {told} FROM ({source}) AS part"), {"county": county, "subject": subject}).one()
    whole = [pl.Series(name, [values or ""]).str.split(SEPARATOR).explode() for name, values in zip(columns, row, strict=True)]
    frame = pl.DataFrame(whole).clear() if row[0] is None else pl.DataFrame(whole)
    return frame.with_columns(_typed(facts))


DOCUMENTS = "SELECT subject_id, household_id, document FROM fact_documents WHERE county_code = :county AND subject = :subject"


def _columns(session: Session, subject: str, facts: list[Fact]) -> Iterator[tuple[str, str]]:
    dialect = DIALECTS[session.get_bind().dialect.name]
    yield f"{subject}_id", "subject_id"
    if subject == "person":
        yield "household_id", "household_id"
    for fact in facts:
        taken = (dialect.json if fact.type == "bool" else dialect.word).format(fact.name, 0)
        yield fact.name, f"replace({taken}, '{SEPARATOR}', ' ')" if fact.type == "text" else taken
        if fact.known_for_months is not None:
            yield f"{fact.name}@as_of", dialect.word.format(fact.name, 1)


def _typed(facts: list[Fact]) -> list[pl.Expr]:
    """An empty text is nothing known; the day of a moment is the day in China."""
    known = [pl.when(pl.col(fact.name) != "").then(pl.col(fact.name)).alias(fact.name) for fact in facts]
    days = [pl.col(f"{f.name}@as_of").str.head(19).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False).dt.offset_by(AHEAD).dt.date()
            for f in facts if f.known_for_months is not None]  # fmt: skip
    return known + days
