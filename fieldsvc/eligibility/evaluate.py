"""Verdicts of every rule for whole frames of persons and households: the same code for one household or a county."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from .plan import Plan
from .rounds import INDEX, Prepared, Round, prepared_for, recognised
from .rulebook import RuleBook
from .vocabulary import TIER, Subject

_AMOUNTS: dict[str, Any] = {"subject": pl.String, "subject_id": pl.String, "programme": pl.String, "amount": pl.Decimal(38, 2)}


@dataclass(frozen=True)
class Results:
    """What an evaluation found.

    ``persons``: person_id, household_id, verdicts, indicators, alerts, tier, tier_source. ``households``: household_id and the
    same without person_id; its tier is the last in order among its members' (``none`` comes last).
    ``verdicts`` has one letter for each programme of ``book.order(subject)``, ``indicators`` one for each of
    ``book.indicator_order(subject)``: e eligible (an indicator: fired), n not, u not yet known, s 此文件未规定, x 不在施行期,
    o an indicator switched off. ``alerts`` has "1" where the declared alert holds, programmes first, then indicators.
    ``tier_source``: recognised | proposed | null. ``amounts``: subject, subject_id, programme, amount (yuan, two places),
    only for eligible subjects. ``unreadable``: fact → count of values that were no value of its type (unknown).
    """

    persons: pl.DataFrame
    households: pl.DataFrame
    amounts: pl.DataFrame
    unreadable: dict[str, int]


def evaluate(
    book: RuleBook, jurisdiction: str, on: date, persons: pl.DataFrame, households: pl.DataFrame
) -> Results:
    """Evaluate every programme and indicator of a jurisdiction on a day.

    ``persons``: person_id, household_id, then any fact columns; ``households``: household_id, then fact columns. A missing
    column is unknown; money and numbers come as Decimal, integers or decimal strings (a float column raises FloatColumn).
    A person whose household is not in ``households`` belongs to a household of which nothing is known.
    """
    run = _Run(prepared_for(book, jurisdiction, on), persons, households)
    for each in run.prepared.rounds:
        run.round(each)
    return run.results()


def plan_of(book: RuleBook, jurisdiction: str, on: date) -> Plan:
    """The plan behind an evaluation, for explanations and questions."""
    return prepared_for(book, jurisdiction, on).plan


class _Run:
    def __init__(self, prepared: Prepared, persons: pl.DataFrame, households: pl.DataFrame):
        self.prepared = prepared
        self.unreadable: dict[str, int] = {}
        index = _index(households["household_id"])
        placed = persons.select("household_id").join(index, on="household_id", how="left", maintain_order="left")[INDEX]
        if placed.null_count() > persons["household_id"].null_count():
            households = _with_unlisted(households, persons)
            index = _index(households["household_id"])
            placed = persons.select("household_id").join(index, on="household_id", how="left", maintain_order="left")[INDEX]
        self.households = self._read(households, "household").hstack([index[INDEX]])
        ones = pl.Series("@one", [1], dtype=pl.Int64).new_from_index(0, persons.height)
        self.persons = self._read(persons, "person").hstack([placed, ones])

    def _read(self, frame: pl.DataFrame, subject: Subject) -> pl.DataFrame:
        read = frame.select(self.prepared.reader(frame, subject))
        facts = self.prepared.plan.book.vocabulary.facts
        for name in read.columns:
            if name in facts and name in frame.columns:
                self._count_unreadable(name, frame, read)
        return read

    def _count_unreadable(self, name: str, given: pl.DataFrame, read: pl.DataFrame) -> None:
        """Values past their ``known_for_months`` are unknown, not unreadable; they are left out of the count."""
        lost = read[name].null_count() - given[name].null_count()
        if lost and f"{name}@as_of" not in given.columns:
            self.unreadable[name] = lost

    def round(self, each: Round) -> None:
        self._copy_down(each.down)
        if each.inside:
            self._aggregate(each)
        if each.person:
            self.persons = self.persons.with_columns(each.person)
        if each.household:
            self.households = self.households.with_columns(each.household)

    def _copy_down(self, names: list[str]) -> None:
        """Household columns that persons' expressions read."""
        if wanted := [n for n in names if n not in self.persons.columns]:
            chosen = pl.DataFrame([self.households[n] for n in wanted])
            self.persons = self.persons.hstack(chosen[self.persons[INDEX]])

    def _aggregate(self, each: Round) -> None:
        grouped = self.persons.group_by(INDEX).agg(each.inside)
        self.households = self._beside_households(grouped).with_columns(each.after)

    def _beside_households(self, grouped: pl.DataFrame) -> pl.DataFrame:
        """The households with a grouped frame's columns; null for a household without members."""
        grouped = grouped.filter(pl.col(INDEX).is_not_null()) if grouped[INDEX].null_count() else grouped
        place = pl.Series([None], dtype=pl.UInt32).new_from_index(0, self.households.height)
        place = place.scatter(grouped[INDEX], pl.int_range(grouped.height, dtype=pl.UInt32, eager=True))
        return self.households.hstack(grouped.drop(INDEX)[place])

    def results(self) -> Results:
        persons = self._packed("person", self.persons, ["person_id", "household_id"]).hstack(self._person_tiers())
        households = self._packed("household", self.households, ["household_id"]).hstack(self._household_tiers())
        found = [self._amounts("person", self.persons, "person_id"), self._amounts("household", self.households, "household_id")]
        return Results(persons, households, pl.concat(found), self.unreadable)

    def _packed(self, subject: Subject, frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
        """Constant words come out one row long, so the keys go along to give them the frame's length."""
        words = frame.select([*keys, *self.prepared.words[subject]])
        texts = [packing.unpack(words) for packing in self.prepared.packings[subject]]
        return words.select(keys).hstack(texts)

    def _person_tiers(self) -> pl.DataFrame:
        if not self.prepared.tiers:
            return _no_tiers(self.persons.height)
        tier = pl.col(TIER).cast(pl.String)
        known = recognised(self.persons.columns)
        source = pl.when(known).then(pl.lit("recognised")).when(tier.is_not_null()).then(pl.lit("proposed"))
        return self.persons.select(tier, source.alias("tier_source"))

    def _household_tiers(self) -> pl.DataFrame:
        """The last in order among the members; one member in no tier decides it, else an unknown member leaves it unknown."""
        tiers = self.prepared.tiers
        if not tiers:
            return _no_tiers(self.households.height)
        rank = pl.col(TIER).cast(pl.String).cast(pl.Enum(tiers)).to_physical().cast(pl.Int64)
        inside = [rank.max().alias("@r"), rank.is_null().any().alias("@u"), recognised(self.persons.columns).all().alias("@k")]
        ranked = self._beside_households(self.persons.group_by(INDEX).agg(inside))
        last = pl.col("@r") == len(tiers) - 1
        kept = pl.when(last | ~pl.col("@u")).then(pl.col("@r"))
        tier = kept.cast(pl.UInt32).replace_strict(list(range(len(tiers))), tiers, return_dtype=pl.String, default=None)
        source = pl.when(kept.is_null()).then(None).when(pl.col("@k")).then(pl.lit("recognised")).otherwise(pl.lit("proposed"))
        return ranked.select(tier.alias(TIER), source.alias("tier_source"))

    def _amounts(self, subject: Subject, frame: pl.DataFrame, key: str) -> pl.DataFrame:
        """Fen as decimals of two places: a cast moves the point, the product moves it back."""
        given = self.prepared.amounts[subject]
        if not given:
            return pl.DataFrame(schema=_AMOUNTS)
        wide = frame.select(pl.col(key).cast(pl.String).alias("subject_id"), *(expr for _, expr in given))
        long = wide.unpivot(index="subject_id", variable_name="programme", value_name="fen").filter(pl.col("fen").is_not_null())
        yuan = (pl.col("fen").cast(pl.Decimal(38, 2)) * pl.lit(Decimal("0.01"))).cast(pl.Decimal(38, 2))
        return long.select(pl.lit(subject).alias("subject"), "subject_id", "programme", yuan.alias("amount"))


def _index(ids: pl.Series) -> pl.DataFrame:
    return pl.DataFrame([ids.alias("household_id"), pl.int_range(len(ids), dtype=pl.UInt32, eager=True).alias(INDEX)])


def _with_unlisted(households: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    known = persons.select(pl.col("household_id").cast(households.schema["household_id"])).drop_nulls().unique(maintain_order=True)
    unlisted = known.join(households.select("household_id"), on="household_id", how="anti", maintain_order="left")
    return pl.concat([households, unlisted], how="diagonal")


def _no_tiers(height: int) -> pl.DataFrame:
    empty = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    return pl.DataFrame([empty.alias(TIER), empty.alias("tier_source")])
