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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl

from .determination import FactValue, Ruled, SubjectView
from .evaluate import Results, evaluate
from .explain import explain
from .rulebook import RuleBook

LETTERS = {"eligible": "e", "not_eligible": "n", "unknown": "u", "silent": "s", "out_of_period": "x", "off": "o"}
HOUSEHOLD, PERSON = "household", "person"


@dataclass(frozen=True, slots=True)
class Case:
    """``persons``: facts of the person asked about and of those living with them, by id. ``expect``: the rows as they stand."""

    name: str
    samples: bool
    household: Mapping[str, Any]
    persons: Mapping[str, Mapping[str, Any]]
    expect: tuple[Mapping[str, Any], ...]


def read_cases(file: Path) -> Iterator[Case]:
    """The cases of one file. Raises KeyError for a case without name, samples, person or expect."""
    for row in tomllib.loads(file.read_text(encoding="utf-8"))["case"]:
        others = {f"other{n}": facts for n, facts in enumerate(row.get("others", ()))}
        yield Case(
            row["name"],
            row["samples"],
            row.get("household", {}),
            {PERSON: row["person"], **others},
            tuple(row["expect"]),
        )


def differences(book: RuleBook, case: Case, expected: Mapping[str, Any]) -> list[str]:
    """What the rules answer otherwise than expected, "" where the case holds; both engines are asked.

    Raises KeyError for a rule, condition or fact that nobody declares.
    """
    seen = _Seen(book, _varied(case, expected), expected)
    asked = {key: wanted for key, wanted in expected.items() if key in _ANSWERS}
    found = {key: (wanted, _ANSWERS[key](seen, wanted)) for key, wanted in asked.items()}
    return [f"{key}: expected {wanted!r}, found {got!r}" for key, (wanted, got) in found.items() if wanted != got]


def _varied(case: Case, expected: Mapping[str, Any]) -> Case:
    if unknown := expected.keys() - _ANSWERS.keys() - {"jurisdiction", "on", "programme", HOUSEHOLD, PERSON}:
        raise KeyError(*unknown)
    person = {**case.persons[PERSON], **expected.get(PERSON, {})}
    return replace(
        case, household={**case.household, **expected.get(HOUSEHOLD, {})}, persons={**case.persons, PERSON: person}
    )


class _Seen:
    """One rule's answer for the case, by the vectorised engine and, with its reasons, by the explanation."""

    def __init__(self, book: RuleBook, case: Case, expected: Mapping[str, Any]):
        _check_names(book, case)
        self.book, self.rule = book, book.by_id[expected["programme"]]
        place = (expected["jurisdiction"], expected["on"])
        self.results: Results = evaluate(book, *place, *_frames(case))
        persons = {key: _given(facts) for key, facts in case.persons.items()}
        made = explain(book, *place, _given(case.household), persons, HOUSEHOLD)
        self.ruled: Ruled = made.ruled(self.rule.id, PERSON if self.rule.subject == PERSON else HOUSEHOLD)
        self.person: SubjectView = next(s for s in made.subjects if s.id == PERSON)

    def row(self) -> dict[str, Any]:
        frame = self.results.persons if self.rule.subject == PERSON else self.results.households
        return frame.row(0, named=True)

    def both(self, vectorised: Any, explained: Any) -> Any:
        """One answer, or the two where the engines differ."""
        return vectorised if vectorised == explained else f"{vectorised} / {explained}"

    def verdict(self) -> str:
        order = self.book.indicator_order if self.rule.is_indicator else self.book.order
        packed = self.row()["indicators" if self.rule.is_indicator else "verdicts"]
        letter = self.both(packed[order(self.rule.subject).index(self.rule.id)], self.ruled.verdict)
        return next((word for word, known in LETTERS.items() if known == letter), letter)

    def alert(self) -> str:
        ids = (*self.book.order(self.rule.subject), *self.book.indicator_order(self.rule.subject))
        raised = self.both(self.row()["alerts"][ids.index(self.rule.id)] == "1", self.ruled.alert)
        return str(raised) if isinstance(raised, str) else self.rule.alert.kind if raised and self.rule.alert else ""

    def amount(self) -> str:
        found = self.results.amounts.filter(
            (pl.col("programme") == self.rule.id) & (pl.col("subject_id") == self.ruled.subject_id)
        )
        explained = self.ruled.amount.yuan if self.ruled.amount else None
        return str(self.both(str(found["amount"][0]) if len(found) else None, explained))

    def missing(self) -> set[str]:
        return {f.fact for f in self.ruled.missing_facts} | {p.name for p in self.ruled.missing_supplements}

    def amount_missing(self) -> set[str]:
        view = self.ruled.amount
        return {p.name for p in view.parameters if p.state == "missing"} if view else set()


def _check_names(book: RuleBook, case: Case) -> None:
    for name in (*case.household, *(name for facts in case.persons.values() for name in facts)):
        book.vocabulary.facts[name]


def _frames(case: Case) -> tuple[pl.DataFrame, pl.DataFrame]:
    persons = [{"person_id": key, "household_id": HOUSEHOLD, **_plain(facts)} for key, facts in case.persons.items()]
    households = [{"household_id": HOUSEHOLD, **_plain(case.household)}]
    return pl.DataFrame(persons, infer_schema_length=None), pl.DataFrame(households)


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}


def _given(facts: Mapping[str, Any]) -> dict[str, FactValue]:
    return {name: FactValue(value) for name, value in _plain(facts).items()}


def _conditions(seen: _Seen, wanted: Mapping[str, bool]) -> dict[str, bool | None]:
    results = {c.id: {"true": True, "false": False}.get(c.result) for c in seen.ruled.conditions}
    return {name: results[name] for name in wanted}


def _yuan(seen: _Seen, wanted: str) -> str:
    got = seen.amount()
    return wanted if got not in ("None", "") and "/" not in got and Fraction(got) == Fraction(wanted) else got


_ANSWERS: dict[str, Callable[[_Seen, Any], Any]] = {
    "verdict": lambda seen, _: seen.verdict(),
    "alert": lambda seen, _: seen.alert(),
    "tier": lambda seen, _: seen.both(seen.results.persons["tier"][0], seen.person.tier),
    "amount": _yuan,
    "conditions": _conditions,
    "missing": lambda seen, wanted: wanted if set(wanted) == seen.missing() else sorted(seen.missing()),
    "amount_missing": lambda seen, wanted: (
        wanted if set(wanted) == seen.amount_missing() else sorted(seen.amount_missing())
    ),
}
