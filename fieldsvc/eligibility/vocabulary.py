"""The facts (事实) rules may read, and those the engine derives from them (推导事实)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Subject = Literal["person", "household"]
SUBJECTS = ("person", "household")
TYPES = ("bool", "integer", "money", "number", "text", "choice", "date")
TIER = "tier"
RECOGNISED_TIER = "recognised_tier"
NO_TIER = "none"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that can be known of a person or household. ``sources`` is ranked, best first.

    ``known_for_months``: after so many months from its as-of date the value counts as unknown. ``sensitivity`` "child"
    values come from child visits (儿童主任) only.
    """

    name: str
    label: str
    subject: Subject
    type: str
    choices: dict[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    known_for_months: int | None = None
    sensitivity: str = "general"
    ask: str = ""
    package: str = ""


@dataclass(frozen=True, slots=True)
class Members:
    """An aggregate over household members: ``op`` sum | count | any | all | max of ``of`` among those ``where`` holds.

    One member of unknown value, or unknown membership, makes the whole unknown, except where the known members already
    decide any/all. A household without any registered member is unknown too: nothing known is not zero.
    """

    op: str
    of: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A number that counts only where a test holds; elsewhere it is 0, and need not be known."""

    value: str
    where: str


@dataclass(frozen=True, slots=True)
class Derived:
    """A fact the engine computes. Exactly one of ``test`` to ``programme`` and ``terms`` is set.

    ``test`` (bool) and ``value`` (number) are expressions; ``terms`` are added up; ``members`` aggregates; ``years_since``
    counts completed years (周岁) from a date fact; ``text`` fills ``{fact}`` places; ``programme`` is that programme's verdict
    (unknown where no body decides it).
    """

    name: str
    label: str
    subject: Subject
    type: str
    test: str = ""
    value: str = ""
    members: Members | None = None
    years_since: str = ""
    text: str = ""
    programme: str = ""
    choices: dict[str, str] = field(default_factory=dict)
    package: str = ""
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """All facts of the core and the departments by name; names are globally unique."""

    facts: dict[str, Fact]
    derived: dict[str, Derived]

    def get(self, name: str) -> Fact | Derived | None:
        return self.facts.get(name) or self.derived.get(name)

    def label(self, name: str) -> str:
        found = self.get(name)
        return found.label if found else name

    def still_known(self, name: str, as_of: date | None, on: date) -> bool:
        """False once the fact's ``known_for_months`` have passed since ``as_of``."""
        fact = self.facts.get(name)
        if fact is None or fact.known_for_months is None or as_of is None:
            return True
        return on <= shift(as_of, fact.known_for_months, "MONTH")


def merged(parts: Iterable[Vocabulary]) -> Vocabulary:
    facts: dict[str, Fact] = {}
    derived: dict[str, Derived] = {}
    for part in parts:
        facts |= part.facts
        derived |= part.derived
    return Vocabulary(facts, derived)


def shift(day: date, amount: int, unit: str) -> date:
    """The day so many YEAR, MONTH or DAY later (earlier if negative); a day that does not exist becomes the month's last."""
    if unit == "DAY":
        return date.fromordinal(day.toordinal() + amount)
    months = day.year * 12 + day.month - 1 + amount * (12 if unit == "YEAR" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, _days(year, month + 1)))


def _days(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - date(year, month, 1)).days


def years_between(born: date, on: date) -> int:
    """Completed years (周岁); someone born on 29 February completes a year on 1 March of a common year."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
