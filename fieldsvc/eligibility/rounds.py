"""The plan cut into rounds: in each, what a polars call can do at once, with its expressions built beforehand."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from .compiled import compile_plan
from .expressions import Compiled
from .frames import internal
from .packing import Letters, Packing
from .plan import Aggregate, Plan, Step, Tier, amount_column, unless_column, verdict_column
from .planner import make_plan
from .rulebook import Rule, RuleBook
from .vocabulary import NO_TIER, RECOGNISED_TIER, SUBJECTS, TIER, Subject

INDEX = "@h"
_KEYS: dict[str, list[str]] = {"person": ["person_id", "household_id"], "household": ["household_id"]}


@dataclass
class Round:
    """``down``: household columns that persons' expressions read first. ``inside``/``after``: member aggregates."""

    down: list[str] = field(default_factory=list)
    inside: list[pl.Expr] = field(default_factory=list)
    after: list[pl.Expr] = field(default_factory=list)
    person: list[pl.Expr] = field(default_factory=list)
    household: list[pl.Expr] = field(default_factory=list)


@dataclass
class Prepared:
    """Everything about a jurisdiction and day that does not depend on the data; built once, no query runs while building."""

    compiled: Compiled
    rounds: list[Round]
    packings: dict[str, list[Packing]]
    words: dict[str, list[pl.Expr]]
    amounts: dict[str, list[tuple[str, pl.Expr]]]
    tiers: list[str]
    readers: dict[Any, list[pl.Expr]] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        return self.compiled.plan

    def reader(self, frame: pl.DataFrame, subject: Subject) -> list[pl.Expr]:
        """Expressions that read a frame's columns; kept by the frame's schema."""
        key = (subject, tuple(frame.schema.items()))
        if key not in self.readers:
            facts = self.plan.book.vocabulary.facts
            names = [n for n in self.plan.facts if n in facts and facts[n].subject == subject]
            if len(self.readers) > 64:
                self.readers.clear()
            self.readers[key] = [*map(pl.col, _KEYS[subject]), *internal(frame, self.plan.book.vocabulary, names, self.plan.on)]
        return self.readers[key]


def prepared_for(book: RuleBook, jurisdiction: str, on: date) -> Prepared:
    """Kept with the book: building it costs more than a small evaluation. Raises PlanError."""
    kept: dict[tuple[str, date], Prepared] = book.__dict__.setdefault("_prepared", {})
    if (jurisdiction, on) not in kept:
        if len(kept) >= 16:
            kept.clear()
        kept[jurisdiction, on] = prepare(compile_plan(make_plan(book, jurisdiction, on)))
    return kept[jurisdiction, on]


def prepare(compiled: Compiled) -> Prepared:
    packings = {subject: _packings(compiled.plan, subject) for subject in SUBJECTS}
    words = {subject: [w for p in each for w in p.words()] for subject, each in packings.items()}
    amounts = {subject: _amounts(compiled.plan, subject) for subject in SUBJECTS}
    return Prepared(compiled, _rounds(compiled), packings, words, amounts, _tier_order(compiled.plan))


def _rounds(compiled: Compiled) -> list[Round]:
    levels: dict[int, list[Step]] = {}
    for step in compiled.plan.steps:
        levels.setdefault(step.level, []).append(step)
    return [_round(compiled, levels[level]) for level in sorted(levels)]


def _round(compiled: Compiled, steps: list[Step]) -> Round:
    made = Round()
    reads = [name for s in steps if s.subject == "person" or isinstance(s, Aggregate) for name in s.reads]
    made.down = [name for name in dict.fromkeys(reads) if _of_household(compiled.plan, name)]
    for step in steps:
        if isinstance(step, Aggregate):
            inside, after = compiled.members[step.name]
            made.inside += inside
            made.after.append(after)
        else:
            target = made.person if step.subject == "person" else made.household
            target.append(compiled.expressions[step.name].alias(step.name))
    return made


def _of_household(plan: Plan, name: str) -> bool:
    if name.startswith("rule:"):
        return plan.book.by_id[name.removeprefix("rule:")].subject == "household"
    found = plan.book.vocabulary.get(name)
    return found is not None and found.subject == "household"


def _packings(plan: Plan, subject: str) -> list[Packing]:
    programmes = [r for r in plan.book.programmes if r.subject == subject]
    indicators = [r for r in plan.book.indicators if r.subject == subject]
    return [
        Packing("verdicts", [_letters(plan, r) for r in programmes]),
        Packing("indicators", [_letters(plan, r) for r in indicators]),
        Packing("alerts", [_alert(plan, r) for r in (*programmes, *indicators)]),
    ]


def _letters(plan: Plan, rule: Rule) -> Letters:
    status = plan.rulings[rule.id].status
    return status or (pl.col(verdict_column(rule.id)).cast(pl.UInt8).fill_null(2), "neu")


def _alert(plan: Plan, rule: Rule) -> Letters:
    if rule.alert is None or plan.rulings[rule.id].status:
        return "0"
    verdict = pl.col(verdict_column(rule.id))
    raised = {"eligible": verdict, "not_eligible": ~verdict, "unknown": verdict.is_null()}[rule.alert.when]
    if rule.alert.unless:
        raised = raised & ~pl.col(unless_column(rule.id))
    return raised.fill_null(False).cast(pl.UInt8), "01"


def _amounts(plan: Plan, subject: str) -> list[tuple[str, pl.Expr]]:
    """For each programme with a sum: its fen where the subject is eligible."""
    found = []
    for rule in plan.book.programmes:
        body = plan.rulings[rule.id].body
        if rule.subject == subject and not plan.rulings[rule.id].status and body is not None and body.amount:
            found.append((rule.id, pl.when(pl.col(verdict_column(rule.id))).then(pl.col(amount_column(rule.id))).alias(rule.id)))
    return found


def _tier_order(plan: Plan) -> list[str]:
    """Tiers in the jurisdiction's order, then those outside it, then none; empty without a fact ``tier``."""
    known = plan.book.vocabulary.get(TIER)
    if known is None:
        return []
    ordered = [t for s in plan.steps if isinstance(s, Tier) for t, _ in s.choices]
    return [*ordered, *(t for t in known.choices if t not in ordered and t != NO_TIER), NO_TIER]


def recognised(columns: list[str]) -> pl.Expr:
    """Whether an officer has recognised a tier for the person."""
    if RECOGNISED_TIER not in columns:
        return pl.lit(False)
    return (pl.col(RECOGNISED_TIER).cast(pl.String) != NO_TIER).fill_null(False)
