"""What-if over whole frames: the same households under two rule books, old and new side by side."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from .evaluate import Results, evaluate
from .rulebook import RuleBook
from .vocabulary import SUBJECTS, TIER


@dataclass(frozen=True, slots=True)
class Line:
    """One result that changes. ``programme`` is a programme's id, or ``tier``; results are verdict letters, or tiers."""

    household_id: str
    subject_id: str
    programme: str
    old: str | None
    new: str | None
    old_yuan: str | None = None
    new_yuan: str | None = None


@dataclass
class Totals:
    """Sums over everything simulated so far: by programme the count of each result and the yuan, old and new."""

    households: int = 0
    persons: int = 0
    changed: set[str] = field(default_factory=set)
    counts: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    yuan: dict[str, dict[str, Decimal]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """``{programme: {"old": {letter: n}, "new": …, "old_yuan": …, "new_yuan": …}}``, only what differs or pays."""
        made: dict[str, Any] = {}
        for name, sides in sorted(self.counts.items()):
            paid = self.yuan.get(name, {})
            if sides["old"] != sides["new"] or paid:
                told: dict[str, Any] = {side: dict(sorted(sides[side].items())) for side in ("old", "new")}
                made[name] = told | {f"{side}_yuan": str(paid.get(side, Decimal(0))) for side in ("old", "new") if paid}
        return made


def simulate(
    old: RuleBook, new: RuleBook, jurisdiction: str, on: date, persons: pl.DataFrame, households: pl.DataFrame, totals: Totals
) -> Iterator[Line]:
    """Lines of every programme and tier whose result or sum differs on that day; ``totals`` is added to.

    Frames as for ``evaluate``. Both books must have the same rules; only parameters differ.
    """
    before, after = evaluate(old, jurisdiction, on, persons, households), evaluate(new, jurisdiction, on, persons, households)
    totals.households += households.height
    totals.persons += persons.height
    amounts = _amounts(before, after, totals)
    for subject in SUBJECTS:
        for line in _lines(subject, old, before, after, amounts, totals):
            totals.changed.add(line.household_id)
            yield line


Sums = dict[tuple[str, str], tuple[str | None, str | None]]


def _amounts(before: Results, after: Results, totals: Totals) -> Sums:
    """``{(subject id, programme): (old, new)}`` of the sums that differ."""
    for side, results in (("old", before), ("new", after)):
        for programme, total in results.amounts.group_by("programme").agg(pl.col("amount").sum()).iter_rows():
            paid = totals.yuan.setdefault(programme, {})
            paid[side] = paid.get(side, Decimal(0)) + total
    keys = ["subject_id", "programme"]
    joined = before.amounts.select(*keys, "amount").join(
        after.amounts.select(*keys, pl.col("amount").alias("new")), on=keys, how="full", coalesce=True
    )
    differ = joined.filter(pl.col("amount").ne_missing(pl.col("new")))
    return {(row[0], row[1]): (_text(row[2]), _text(row[3])) for row in differ.iter_rows()}


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _lines(subject: Any, book: RuleBook, before: Results, after: Results, amounts: Sums, totals: Totals) -> Iterator[Line]:
    one, other = (r.persons if subject == "person" else r.households for r in (before, after))
    order, key = book.order(subject), f"{subject}_id"
    _count(order, one, other, totals)
    ids = {i for i, _ in amounts}
    rows = pl.DataFrame([one["household_id"], one[key].alias("@id"), one["verdicts"], one[TIER], other["verdicts"].alias("@v"),
                         other[TIER].alias("@t")])  # fmt: skip
    paid = pl.Series(list(ids), dtype=pl.String)
    changed = (pl.col("verdicts") != pl.col("@v")) | pl.col(TIER).ne_missing(pl.col("@t")) | pl.col("@id").is_in(paid.implode())
    for home, who, was, tier, now, new_tier in rows.filter(changed).iter_rows():
        if subject == "person" and tier != new_tier:
            yield Line(home, who, TIER, tier, new_tier)
        for place, programme in enumerate(order):
            sums = amounts.get((who, programme), (None, None))
            if was[place] != now[place] or sums != (None, None):
                yield Line(home, who, programme, was[place], now[place], *sums)


def _count(order: tuple[str, ...], one: pl.DataFrame, other: pl.DataFrame, totals: Totals) -> None:
    for side, frame in (("old", one), ("new", other)):
        for packed, count in frame["verdicts"].value_counts().iter_rows():
            for place, programme in enumerate(order):
                sides = totals.counts.setdefault(programme, {"old": Counter(), "new": Counter()})
                sides[side][packed[place]] += count
