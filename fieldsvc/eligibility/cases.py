"""Rule cases (规则样例) in TOML, by which a department shows what its rules answer and why.

    [[case]]
    name = "低保对象住院"
    samples = true                              # with the sample supplements (样例), or without any
    household = { area = "urban" }
    person = { birth_date = 1960-05-01, self_paid_year = "10000" }
    others = [{ income_month = "0" }]           # those living with the person

    [[case.expect]]
    jurisdiction = "huining"
    on = 2023-06-01
    programme = "medical.aid"                   # or an indicator
    verdict = "eligible"                        # eligible | not_eligible | unknown | silent | out_of_period | off
    conditions = { group = true }               # optional, as are: missing, amount, amount_missing, alert, tier
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from fieldsvc.policy.book import Found

from . import tree
from .evaluate import Results, evaluate, plan_of
from .oracle import value_of
from .plan import Plan, Ruling
from .reading import read
from .rulebook import Rule, RuleBook
from .state import State, run

VERDICTS = {
    "e": "eligible", "n": "not_eligible", "u": "unknown", "s": "silent", "x": "out_of_period", "o": "off",
}  # fmt: skip
HOUSEHOLD, PERSON = "household", "person"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one rule must answer in one place on one day; what is None is not asked."""

    jurisdiction: str
    on: date
    programme: str
    verdict: str
    conditions: Mapping[str, bool] = field(default_factory=dict)
    missing: tuple[str, ...] | None = None
    amount: str | None = None
    amount_missing: tuple[str, ...] | None = None
    alert: str | None = None
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    samples: bool
    household: Mapping[str, Any]
    persons: Mapping[str, Mapping[str, Any]]
    expect: tuple[Expectation, ...]


def read_cases(file: Path) -> Iterator[Case]:
    for row in tomllib.loads(file.read_text(encoding="utf-8"))["case"]:
        others = {f"other{n}": facts for n, facts in enumerate(row.get("others", ()))}
        expect = tuple(Expectation(**_tuples(each)) for each in row["expect"])
        yield Case(row["name"], row["samples"], row.get("household", {}), {PERSON: row["person"], **others}, expect)


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def differences(book: RuleBook, case: Case, expected: Expectation) -> list[str]:
    """What the rules answer otherwise than expected; empty when the case holds. Raises KeyError for a fact nobody declares."""
    seen = _Seen(book, case, expected)
    asked = {
        "verdict": (expected.verdict, lambda: seen.verdict),
        "conditions": (expected.conditions or None, lambda: {k: seen.conditions[k] for k in expected.conditions}),
        "missing": (_set(expected.missing), lambda: seen.missing(seen.open_conditions)),
        "amount": (expected.amount and Fraction(expected.amount), lambda: seen.amount),
        "amount_missing": (_set(expected.amount_missing), lambda: seen.missing(seen.amount_nodes)),
        "alert": (expected.alert, lambda: seen.alert),
        "tier": (expected.tier, lambda: seen.results.persons["tier"][0]),
    }
    found = {key: (wanted, got()) for key, (wanted, got) in asked.items() if wanted is not None}
    return [f"{key}: expected {wanted}, found {got}" for key, (wanted, got) in found.items() if wanted != got]


def _set(names: tuple[str, ...] | None) -> set[str] | None:
    return None if names is None else set(names)


class _Seen:
    """One rule's answer for the case: verdict, amount and alert by the vectorised engine, the reasons by the plain one."""

    def __init__(self, book: RuleBook, case: Case, expected: Expectation):
        self.book, self.case = book, case
        self.rule: Rule = book.by_id[expected.programme]
        self.plan: Plan = plan_of(book, expected.jurisdiction, expected.on)
        self.ruling: Ruling = self.plan.rulings[self.rule.id]
        self.results: Results = self._evaluate(expected)

    def _evaluate(self, expected: Expectation) -> Results:
        persons = [{"person_id": key, "household_id": HOUSEHOLD, **_plain(facts)} for key, facts in self.case.persons.items()]
        households = [{"household_id": HOUSEHOLD, **_plain(self.case.household)}]
        frames = (pl.DataFrame(persons, infer_schema_length=None), pl.DataFrame(households))
        return evaluate(self.book, expected.jurisdiction, expected.on, *frames)

    @cached_property
    def state(self) -> State:
        household = self._exact(self.case.household)
        return run(self.plan, household, {key: self._exact(facts) for key, facts in self.case.persons.items()})

    def _exact(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        return {name: read(self.book.vocabulary.facts[name], value) for name, value in facts.items()}

    def get(self, name: str) -> Any:
        return self.state.get(PERSON if self.rule.subject == "person" else None)(name)

    @property
    def row(self) -> dict[str, Any]:
        frame = self.results.persons if self.rule.subject == "person" else self.results.households
        return frame.row(0, named=True)

    @property
    def verdict(self) -> str:
        order = self.book.indicator_order if self.rule.is_indicator else self.book.order
        letters = self.row["indicators" if self.rule.is_indicator else "verdicts"]
        letter = letters[order(self.rule.subject).index(self.rule.id)]
        return {"e": "eligible"}.get(letter, VERDICTS[letter])

    @property
    def alert(self) -> str:
        ids = (*self.book.order(self.rule.subject), *self.book.indicator_order(self.rule.subject))
        raised = self.row["alerts"][ids.index(self.rule.id)] == "1"
        return self.rule.alert.kind if raised and self.rule.alert else ""

    @property
    def amount(self) -> Fraction | None:
        found = self.results.amounts.filter(pl.col("programme") == self.rule.id)["amount"]
        return Fraction(found[0]) if len(found) else None

    @cached_property
    def conditions(self) -> dict[str, bool | None]:
        body = self.ruling.body
        nodes = dict(zip([c.id for c in body.conditions] if body else [], self.ruling.nodes, strict=False))
        return {key: value_of(node, self.plan, self.get) for key, node in nodes.items()}

    @property
    def open_conditions(self) -> list[tree.Node]:
        return [n for n, value in zip(self.ruling.nodes, self.conditions.values(), strict=True) if value is None]

    @property
    def amount_nodes(self) -> list[tree.Node]:
        step = self.plan.by_name()[f"amount:{self.rule.id}"]
        return [n for n in (getattr(step, "value", None), getattr(step, "cap", None)) if n is not None]

    def missing(self, nodes: list[tree.Node]) -> set[str]:
        """Facts and parameters that leave these expressions unknown, derived facts followed down to what can be asked."""
        found: set[str] = set()
        for node in nodes:
            found |= {p for p in tree.params_of(node) if not isinstance(self.plan.answers[p], Found)}
            found |= {f for f in tree.facts_of(node) if self.get(f) is None}
        return found


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}
