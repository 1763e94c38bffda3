"""Programmes (救助项目) and indicators (预警指标) as data: one body per jurisdiction, each condition with its own citation."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from fieldsvc.policy.book import Citation, Document, Jurisdiction, OpenPoint, Parameter, PolicyBook, Quote
from fieldsvc.policy.refusals import Refusal

from .vocabulary import Derived, Fact, Subject, Vocabulary


@dataclass(frozen=True, slots=True)
class Condition:
    """One named condition. Exactly one of ``cite`` and ``reference`` (本地设定; ``sample`` marks 样例) is set."""

    id: str
    label: str
    test: str
    cite: Citation | None = None
    reference: str = ""
    ask: str = ""
    sample: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum in yuan the text gives a formula for. ``floor``: the text sets a minimum (不低于), not the sum itself. ``as_of`` names
    a fact with the day by whose standard it is worked out, however standards were adjusted since (标准调整机制)."""

    value: str
    cap: str = ""
    floor: bool = False
    cite: Citation | None = None
    reference: str = ""
    sample: bool = False
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """What one jurisdiction's text asks: all conditions must hold."""

    jurisdiction: str
    conditions: tuple[Condition, ...]
    amount: Amount | None = None


@dataclass(frozen=True, slots=True)
class AlertDeclaration:
    """Which alert a result raises. ``when``: eligible | not_eligible | unknown; where ``unless`` is not known false there is
    none: what has not been asked yet is a question for the next visit. ``visit``: the form of the visit by which the
    household's worker looks into it on the spot (调查核实), where one is wanted. ``limit`` names the parameter within which aid must
    come first (先行救助), counted from the finding."""

    kind: str
    severity: str
    message: str
    when: str = "eligible"
    unless: str = ""
    visit: str = ""
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A programme, or with ``is_indicator`` an indicator: off in a place where ``needs_parameter`` has no value.

    ``needs`` are the needs ticked at a visit (帮扶需求) that a programme answers, as the catalogue shows it.
    """

    id: str
    title: str
    subject: Subject
    duty: str = ""
    tier: str = ""
    aid: str = ""
    is_indicator: bool = False
    signal: str = ""
    source: str = ""
    needs_parameter: str = ""
    alert: AlertDeclaration | None = None
    bodies: dict[str, Body] = field(default_factory=dict)
    package: str = ""
    is_standard: bool = False
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Two programmes of which a place's text grants only one (互斥), with that text's citation, or the local document's reference.

    ``choice`` is the fact that records which of them a family chose, where the text leaves it to the family.
    """

    a: str
    b: str
    jurisdiction: str
    cite: Citation | None = None
    reference: str = ""
    sample: bool = False
    choice: str = ""


@dataclass(frozen=True)
class RuleBook:
    """Facts, rules and the policy book they stand on: everything an evaluation depends on besides the data.

    ``standards`` are about the place's own values (``standards.py``) and belong to no person or household.

    ``quotes`` and ``refusals`` are about the files it was read from and are not stored; ``exclusive`` decides no verdict and is
    not stored either.
    """

    vocabulary: Vocabulary
    programmes: tuple[Rule, ...]
    indicators: tuple[Rule, ...]
    policy: PolicyBook
    quotes: tuple[Quote, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    standards: tuple[Rule, ...] = ()
    exclusive: tuple[Exclusive, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules()}

    def rules(self) -> Iterator[Rule]:
        yield from self.programmes
        yield from self.indicators

    def order(self, subject: Subject) -> tuple[str, ...]:
        """Programme ids in the order of the packed verdict string of such a subject."""
        return tuple(p.id for p in self.programmes if p.subject == subject)

    def indicator_order(self, subject: Subject) -> tuple[str, ...]:
        return tuple(i.id for i in self.indicators if i.subject == subject)

    def body(self, rule: Rule, jurisdiction: str) -> Body | None:
        """The jurisdiction's own body, else the one of the document it forwards, else None (此文件未规定)."""
        for place in (jurisdiction, *self.policy.parents(jurisdiction)):
            if place in rule.bodies:
                return rule.bodies[place]
        return None

    @cached_property
    def hash(self) -> str:
        """sha256 (hex) of the canonical JSON: equal if and only if every rule, fact and parameter is equal."""
        return hashlib.sha256(self.to_json()).hexdigest()

    def to_json(self) -> bytes:
        """Canonical JSON of the whole rule set; ``from_json`` gives an equal book."""
        return msgspec.json.encode(_Stored.of(self), order="deterministic")

    @staticmethod
    def from_json(stored: bytes | str) -> "RuleBook":
        return msgspec.json.decode(stored, type=_Stored).book()


class _Stored(msgspec.Struct, frozen=True):
    facts: list[Fact]
    derived: list[Derived]
    programmes: list[Rule]
    indicators: list[Rule]
    documents: list[Document]
    jurisdictions: list[Jurisdiction]
    parameters: list[Parameter]
    open_points: list[OpenPoint]
    standards: list[Rule] = []

    @staticmethod
    def of(book: RuleBook) -> "_Stored":
        vocabulary, policy = book.vocabulary, book.policy
        return _Stored(
            _sorted(vocabulary.facts), _sorted(vocabulary.derived), list(book.programmes), list(book.indicators),
            _sorted(policy.documents), _sorted(policy.jurisdictions),
            sorted(policy.parameters, key=lambda p: (p.jurisdiction, p.name, p.starts)), _sorted(policy.open_points), list(book.standards),
        )  # fmt: skip

    def book(self) -> RuleBook:
        policy = PolicyBook(
            {d.id: d for d in self.documents}, {j.id: j for j in self.jurisdictions}, tuple(self.parameters),
            {o.name: o for o in self.open_points},
        )  # fmt: skip
        vocabulary = Vocabulary({f.name: f for f in self.facts}, {d.name: d for d in self.derived})
        return RuleBook(vocabulary, tuple(self.programmes), tuple(self.indicators), policy, standards=tuple(self.standards))


def _sorted(table: dict[str, Any]) -> list[Any]:
    return [table[key] for key in sorted(table)]
