"""Verdicts of every rule for whole frames of persons and households: the same code for one household or a county."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from .compiled import Compiled, compile_plan
from .frames import internal
from .packing import packed
from .plan import Aggregate, Plan, Step, amount_column, make_plan, unless_column, verdict_column
from .rulebook import Rule, RuleBook
from .vocabulary import NO_TIER, RECOGNISED_TIER, TIER, Subject

INDEX = "@h"
HOUSEHOLD_TIER = "household_tier"


@dataclass(frozen=True)
class Results:
    """What an evaluation found.

    ``persons``: person_id, household_id, verdicts, indicators, alerts, tier, tier_source. ``households``: household_id and the
    same without household_id twice; its tier is the last in order among its members' (``none`` comes last).
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


def compiled_for(book: RuleBook, jurisdiction: str, on: date) -> Compiled:
    """The compiled plan, kept with the book: building it costs more than a small evaluation."""
    kept: dict[tuple[str, date], Compiled] = book.__dict__.setdefault("_compiled", {})
    if (jurisdiction, on) not in kept:
        if len(kept) >= 16:
            kept.clear()
        kept[jurisdiction, on] = compile_plan(make_plan(book, jurisdiction, on))
    return kept[jurisdiction, on]


def evaluate(
    book: RuleBook, jurisdiction: str, on: date, persons: pl.DataFrame, households: pl.DataFrame
) -> Results:
    """Evaluate every programme and indicator of a jurisdiction on a day.

    ``persons``: person_id, household_id, then any fact columns; ``households``: household_id, then fact columns. A missing
    column is unknown; money and numbers come as Decimal, integers or decimal strings (a float column raises FloatColumn).
    A person whose household is not in ``households`` belongs to a household of which nothing is known.
    """
    compiled = compiled_for(book, jurisdiction, on)
    run = _Run(compiled, persons, households)
    run.steps()
    return run.results()


class _Run:
    def __init__(self, compiled: Compiled, persons: pl.DataFrame, households: pl.DataFrame):
        self.compiled, self.plan = compiled, compiled.plan
        self.unreadable: dict[str, int] = {}
        all_households = _with_unlisted(households, persons)
        self.households = self._read(all_households, "household", ["household_id"])
        index = all_households.select("household_id", pl.int_range(pl.len(), dtype=pl.UInt32).alias(INDEX))
        self.households = self.households.hstack([index[INDEX]])
        keyed = self._read(persons, "person", ["person_id", "household_id"])
        self.persons = keyed.join(index, on="household_id", how="left", maintain_order="left")
        self.persons = self.persons.with_columns(pl.lit(1, dtype=pl.Int64).alias("@one"))

    def _read(self, frame: pl.DataFrame, subject: Subject, keys: list[str]) -> pl.DataFrame:
        facts = self.plan.book.vocabulary.facts
        names = [n for n in self.plan.facts if n in facts and facts[n].subject == subject]
        read = frame.select(*keys, *internal(frame, self.plan.book.vocabulary, names, self.plan.on))
        self._count_unreadable(frame, read, [n for n in names if n in frame.columns])
        return read

    def _count_unreadable(self, given: pl.DataFrame, read: pl.DataFrame, names: list[str]) -> None:
        """Values past their ``known_for_months`` are unknown, not unreadable; they are left out of the count."""
        facts = self.plan.book.vocabulary.facts
        for name in names:
            aged = facts[name].known_for_months is not None and f"{name}@as_of" in given.columns
            lost = read[name].null_count() - given[name].null_count()
            if lost and not aged:
                self.unreadable[name] = lost

    def steps(self) -> None:
        levels: dict[int, list[Step]] = {}
        for step in self.plan.steps:
            levels.setdefault(step.level, []).append(step)
        for level in sorted(levels):
            self._level(levels[level])

    def _level(self, steps: list[Step]) -> None:
        aggregates = [s for s in steps if isinstance(s, Aggregate)]
        own = [s for s in steps if s.subject == "person"]
        self._copy_down([name for step in (*own, *aggregates) for name in step.reads])
        if aggregates:
            self._aggregate(aggregates)
        if own:
            self.persons = self.persons.with_columns(self._expressions(own))
        if others := [s for s in steps if s.subject == "household" and not isinstance(s, Aggregate)]:
            self.households = self.households.with_columns(self._expressions(others))

    def _expressions(self, steps: list[Step]) -> list[pl.Expr]:
        return [self.compiled.expressions[s.name].alias(s.name) for s in steps]

    def _copy_down(self, names: list[str]) -> None:
        """Household columns that persons' expressions read."""
        wanted = [n for n in dict.fromkeys(names) if n not in self.persons.columns and n in self.households.columns]
        if wanted:
            rows = self.persons[INDEX]
            self.persons = self.persons.with_columns([self.households[name].gather(rows) for name in wanted])

    def _aggregate(self, steps: list[Aggregate]) -> None:
        inside = [expr for s in steps for expr in self.compiled.members[s.name][0]]
        grouped = self.persons.group_by(INDEX).agg(inside)
        joined = self.households.join(grouped, on=INDEX, how="left", maintain_order="left")
        after = [self.compiled.members[s.name][1] for s in steps]
        self.households = joined.with_columns(after).drop([c for c in grouped.columns if c != INDEX])

    def results(self) -> Results:
        self._copy_down([c for s in self.plan.steps if s.subject == "household" for c in (s.name,) if c == HOUSEHOLD_TIER])
        persons = self._subject("person", self.persons, ["person_id", "household_id"])
        households = self._subject("household", self.households, ["household_id"])
        amounts = pl.concat([self._amounts("person", self.persons), self._amounts("household", self.households)])
        return Results(persons, households, amounts, self.unreadable)

    def _subject(self, subject: Subject, frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
        book = self.plan.book
        programmes = [r for r in book.programmes if r.subject == subject]
        indicators = [r for r in book.indicators if r.subject == subject]
        tiers = self._person_tiers(frame) if subject == "person" else self._household_tiers(frame)
        columns = {
            "verdicts": packed(frame, [self._letters(r) for r in programmes]),
            "indicators": packed(frame, [self._letters(r) for r in indicators]),
            "alerts": packed(frame, [self._alert(r) for r in (*programmes, *indicators)]),
        }
        return frame.select(*keys).with_columns(**columns).hstack(tiers)

    def _letters(self, rule: Rule) -> str | tuple[pl.Expr, dict[int, str]]:
        ruling = self.plan.rulings[rule.id]
        if ruling.status:
            return ruling.status
        return pl.col(verdict_column(rule.id)).cast(pl.Int64).fill_null(2), {0: "n", 1: "e", 2: "u"}

    def _alert(self, rule: Rule) -> str | tuple[pl.Expr, dict[int, str]]:
        if rule.alert is None or self.plan.rulings[rule.id].status:
            return "0"
        verdict = pl.col(verdict_column(rule.id))
        raised = {"eligible": verdict, "not_eligible": ~verdict, "unknown": verdict.is_null()}[rule.alert.when]
        if rule.alert.unless:
            raised = raised & ~pl.col(unless_column(rule.id)).fill_null(False)
        return raised.fill_null(False).cast(pl.Int64), {0: "0", 1: "1"}

    def _person_tiers(self, frame: pl.DataFrame) -> pl.DataFrame:
        if TIER not in frame.columns:
            return frame.select(pl.lit(None, dtype=pl.String).alias(TIER), pl.lit(None, dtype=pl.String).alias("tier_source"))
        recognised = pl.lit(False)
        if RECOGNISED_TIER in frame.columns:
            recognised = (pl.col(RECOGNISED_TIER).cast(pl.String) != NO_TIER).fill_null(False)
        tier = pl.col(TIER).cast(pl.String)
        source = pl.when(recognised).then(pl.lit("recognised")).when(tier.is_not_null()).then(pl.lit("proposed"))
        return frame.select(tier, source.alias("tier_source"))

    def _household_tiers(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The last in order among the members; unknown members leave it unknown unless one member is in no tier."""
        if TIER not in self.persons.columns:
            return self._person_tiers(frame.select(INDEX))
        ranks = {tier: rank for rank, tier in enumerate(self._tier_order())}
        rank = pl.col(TIER).cast(pl.String).replace_strict(ranks, return_dtype=pl.Int64, default=None)
        recognised = pl.lit(False)
        if RECOGNISED_TIER in self.persons.columns:
            recognised = (pl.col(RECOGNISED_TIER).cast(pl.String) != NO_TIER).fill_null(False)
        grouped = self.persons.select(INDEX, rank.alias("r"), recognised.alias("k")).group_by(INDEX)
        found = grouped.agg(pl.col("r").max(), pl.col("r").is_null().any().alias("u"), pl.col("k").all())
        joined = frame.select(INDEX).join(found, on=INDEX, how="left", maintain_order="left")
        last = pl.col("r") == len(ranks) - 1
        kept = pl.when(last | ~pl.col("u")).then(pl.col("r"))
        tier = kept.replace_strict({r: t for t, r in ranks.items()}, return_dtype=pl.String, default=None)
        source = pl.when(kept.is_null()).then(None).when(pl.col("k")).then(pl.lit("recognised")).otherwise(pl.lit("proposed"))
        return joined.select(tier.alias(TIER), source.alias("tier_source"))

    def _tier_order(self) -> list[str]:
        step = next(s for s in self.plan.steps if s.name == TIER)
        known = self.plan.book.vocabulary.get(TIER)
        ordered = [t for t, _ in getattr(step, "choices", ())]
        rest = [t for t in (known.choices if known else ()) if t not in ordered and t != NO_TIER]
        return [*ordered, *rest, NO_TIER]

    def _amounts(self, subject: Subject, frame: pl.DataFrame) -> pl.DataFrame:
        key = "person_id" if subject == "person" else "household_id"
        found = [_amount(frame, subject, key, r) for r in self.plan.book.programmes if r.subject == subject and self._has_amount(r)]
        return pl.concat([_amount_frame(), *found])

    def _has_amount(self, rule: Rule) -> bool:
        ruling = self.plan.rulings[rule.id]
        return not ruling.status and ruling.body is not None and ruling.body.amount is not None


def _amount_frame() -> pl.DataFrame:
    schema = {"subject": pl.String, "subject_id": pl.String, "programme": pl.String, "amount": pl.Decimal(38, 2)}
    return pl.DataFrame(schema=schema)


def _amount(frame: pl.DataFrame, subject: str, key: str, rule: Rule) -> pl.DataFrame:
    fen = pl.col(amount_column(rule.id))
    eligible = frame.filter(pl.col(verdict_column(rule.id)) & fen.is_not_null())
    yuan = (fen.cast(pl.Decimal(38, 2)) * pl.lit(Decimal("0.01"))).cast(pl.Decimal(38, 2))
    return eligible.select(
        pl.lit(subject).alias("subject"), pl.col(key).cast(pl.String).alias("subject_id"),
        pl.lit(rule.id).alias("programme"), yuan.alias("amount"),
    )  # fmt: skip


def _with_unlisted(households: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    known = persons.select(pl.col("household_id").cast(households.schema["household_id"])).drop_nulls().unique(maintain_order=True)
    unlisted = known.join(households.select("household_id"), on="household_id", how="anti", maintain_order="left")
    return households if unlisted.is_empty() else pl.concat([households, unlisted], how="diagonal")


def plan_of(book: RuleBook, jurisdiction: str, on: date) -> Plan:
    """The plan behind an evaluation, for explanations and questions."""
    return compiled_for(book, jurisdiction, on).plan
