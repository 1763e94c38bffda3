"""Overlaps and omissions, pure: kinds of lines, what counts as an aid that can be left out, citations, when an override holds."""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from fieldsvc.eligibility.rulebook import Rule, RuleBook
from fieldsvc.policy.book import Citation

TWICE, EXCLUSIVE, ENDED, OMISSION = "twice", "exclusive", "ended", "omission"
KINDS = {TWICE: "重复救助", EXCLUSIVE: "互斥救助同享", ENDED: "条件消失仍在享受", OMISSION: "遗漏救助"}
OVERLAPS = (TWICE, EXCLUSIVE, ENDED)
TIER = "tier:"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list. ``programmes``: rule ids, or ``tier:<tier>``; ``others``: further households it is about; ``seen``:
    what it stands on beside facts (aid rows, tiers), for the fingerprint; ``alert`` is open on it already."""

    kind: str
    subject_id: str
    household_id: str
    person_id: str | None
    village_code: str
    programmes: tuple[str, ...]
    why: str
    seen: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    cite: Citation | None = None
    reference: str = ""
    alert: str | None = None

    @property
    def id(self) -> str:
        """The same for the same matter, so that an override finds it again."""
        told = "|".join((self.kind, self.subject_id, *self.programmes, *self.others))
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are asked for. ``village``: a prefix; ``alerted``: omissions with an open alert too; ``unsure``: also where
    nobody has asked whether it is received; ``overridden``: justified lines instead of the others."""

    kinds: tuple[str, ...]
    village: str | None = None
    programme: str | None = None
    household: str | None = None
    alerted: bool = False
    unsure: bool = False
    overridden: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Under which rules the lists are drawn: the book, the jurisdiction, the day."""

    book: RuleBook
    jurisdiction: str
    on: date
    titles: Mapping[str, str] = field(default_factory=dict)

    def title(self, programme: str) -> str:
        if programme.startswith(TIER):
            return self.titles.get(programme.removeprefix(TIER), programme)
        rule = self.book.by_id.get(programme)
        return rule.title if rule else programme

    def cite_of(self, programme: str) -> tuple[Citation | None, str]:
        """Where the programme's own text stands in the place: its first condition's clause, or the local document."""
        body = self.book.body(self.book.by_id[programme], self.jurisdiction) if programme in self.book.by_id else None
        for condition in body.conditions if body else ():
            if condition.cite or condition.reference:
                return condition.cite, condition.reference
        return None, ""

    def clause(self, kind: str, programme: str) -> tuple[Citation | None, str]:
        """What the text says of such a line; where it says nothing, the programme's own clause."""
        said = own_clause(self.jurisdiction, kind) or next(
            (found for parent in self.book.policy.parents(self.jurisdiction) if (found := own_clause(parent, kind))), None)  # fmt: skip
        return (said, "") if said else self.cite_of(programme)


@cache
def clauses() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("clauses.toml").read_text(encoding="utf-8"))


def own_clause(jurisdiction: str, kind: str) -> Citation | None:
    held = clauses().get(jurisdiction, {})
    return Citation(held["document"], held[kind]["clause"], held[kind]["quote"]) if kind in held else None


def can_be_left_out(rule: Rule) -> bool:
    """Aid of which it is known whether somebody has it: a tier, or what the rules watch to be carried out. Of other programmes
    nobody can say that they are left out; they are listed when asked for by name."""
    watched = rule.alert is not None and rule.alert.kind == "carry_out" and rule.alert.when == "eligible"
    return bool(rule.tier) or watched


def ranks(order: Iterable[str]) -> dict[str, int]:
    """The place's order of tiers: the first goes before the others; nobody is left out of a tier behind their own."""
    return {tier: n for n, tier in enumerate(order)}


def fingerprint(line: Line, versions: Mapping[str, int]) -> str:
    """Of the facts known of the household (``{subject: last row}``) and of what else the line stands on."""
    told = orjson.dumps([dict(versions), sorted(line.seen)], option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(told, digest_size=16).hexdigest()
