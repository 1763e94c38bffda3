"""Incoming columns → exact internal ones. What cannot be read counts as unknown and is reported, never as zero or "no"."""

from datetime import date
from typing import Any

import polars as pl

from .reading import DATE_PATTERN, FIRST_DAY, LAST_DAY, PATTERNS, SCALES
from .vocabulary import Fact, Vocabulary

AS_OF = "@as_of"


class FloatColumn(TypeError):
    """A float column was given for an exact fact; give decimals, integers or decimal strings."""


def internal(frame: pl.DataFrame, vocabulary: Vocabulary, names: list[str], on: date) -> list[pl.Expr]:
    """One expression for each fact: exact, typed, null for unknown. A fact without a column is unknown throughout.

    A column ``<fact>@as_of`` (Date) lets ``known_for_months`` take effect.
    """
    return [_aged(frame, vocabulary.facts[name], on).alias(name) for name in names]


def _aged(frame: pl.DataFrame, fact: Fact, on: date) -> pl.Expr:
    if fact.name not in frame.columns:
        return pl.lit(None, dtype=internal_type(fact))
    value = _READERS[fact.type](fact, frame.schema[fact.name])
    as_of = f"{fact.name}{AS_OF}"
    if fact.known_for_months is None or as_of not in frame.columns:
        return value
    known = pl.col(as_of).is_null() | (pl.col(as_of).dt.offset_by(f"{fact.known_for_months}mo") >= pl.lit(on))
    return pl.when(known).then(value)


def internal_type(fact: Fact) -> Any:
    if fact.type in SCALES:
        return pl.Int64
    if fact.type == "choice":
        return pl.Enum(list(fact.choices))
    return {"bool": pl.Boolean, "date": pl.Date, "text": pl.String}[fact.type]


def _number(fact: Fact, given: Any) -> pl.Expr:
    column, scale = pl.col(fact.name), SCALES[fact.type]
    if given.is_float():
        raise FloatColumn(f"{fact.name}: a float column is not exact")
    if given.is_integer() or given == pl.String or isinstance(given, pl.Decimal):
        text = column.cast(pl.String)
    else:
        return pl.lit(None, dtype=pl.Int64)
    places = len(str(scale)) - 1
    exact = text.cast(pl.Decimal(30, places), strict=False)
    # As an integer count of the smallest unit: the decimal's own digits, point removed.
    units = exact.cast(pl.String).str.replace(".", "", literal=True).cast(pl.Int64, strict=False)
    return pl.when(text.str.contains(PATTERNS[fact.type])).then(units)


def _bool(fact: Fact, given: Any) -> pl.Expr:
    column = pl.col(fact.name)
    if given == pl.Boolean:
        return column
    if given != pl.String:
        return pl.lit(None, dtype=pl.Boolean)
    return pl.when(column == "true").then(pl.lit(True)).when(column == "false").then(pl.lit(False))


def _choice(fact: Fact, given: Any) -> pl.Expr:
    if given != pl.String and not isinstance(given, pl.Enum | pl.Categorical):
        return pl.lit(None, dtype=internal_type(fact))
    return pl.col(fact.name).cast(pl.String).cast(internal_type(fact), strict=False)


def _text(fact: Fact, given: Any) -> pl.Expr:
    return pl.col(fact.name) if given == pl.String else pl.lit(None, dtype=pl.String)


def _date(fact: Fact, given: Any) -> pl.Expr:
    column = pl.col(fact.name)
    if given == pl.String:
        column = pl.when(column.str.contains(DATE_PATTERN)).then(column.str.to_date("%Y-%m-%d", strict=False))
    elif given != pl.Date:
        return pl.lit(None, dtype=pl.Date)
    return pl.when(column.is_between(FIRST_DAY, LAST_DAY)).then(column)


_READERS = {
    "integer": _number,
    "money": _number,
    "number": _number,
    "bool": _bool,
    "choice": _choice,
    "text": _text,
    "date": _date,
}
