"""Our own small expression tree. Every engine (polars, oracle, explanation, what-if) walks these nodes and no others."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from typing import Literal as OneOf


@dataclass(frozen=True, slots=True)
class Fact:
    name: str


@dataclass(frozen=True, slots=True)
class Param:
    name: str


@dataclass(frozen=True, slots=True)
class OnDate:
    """The day of evaluation (评估日)."""


@dataclass(frozen=True, slots=True)
class Literal:
    value: Fraction | str | bool | date


@dataclass(frozen=True, slots=True)
class Arith:
    op: OneOf["+", "-", "*"]
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Shift:
    """A date moved by calendar years, months or days; a day that does not exist becomes the month's last."""

    base: "Node"
    sign: OneOf[1, -1]
    amount: Literal | Param
    unit: OneOf["YEAR", "MONTH", "DAY"]


@dataclass(frozen=True, slots=True)
class Compare:
    op: OneOf["=", "<>", "<", "<=", ">", ">="]
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Between:
    value: "Node"
    low: "Node"
    high: "Node"


@dataclass(frozen=True, slots=True)
class In:
    """``items`` are literals, or ``param`` names a list parameter; never both."""

    value: "Node"
    items: tuple[Literal, ...] = ()
    param: Param | None = None


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


@dataclass(frozen=True, slots=True)
class When:
    """A number where the test holds, 0 where it does not, unknown where the test is. Only derived facts (``terms``) make it."""

    test: "Node"
    value: "Node"


Node = Fact | Param | OnDate | Literal | Arith | Shift | Compare | Between | In | And | Or | Not | When
LOGICAL = (Compare, Between, In, And, Or, Not)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the text."""
    yield node
    for each in fields(node):
        value = getattr(node, each.name)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, Node):
                yield from walk(child)


_named: dict[tuple[int, type], tuple[Node, tuple[str, ...]]] = {}


def _names(node: Node, kind: type) -> tuple[str, ...]:
    """Walking a tree costs more than most evaluations, so its names are kept by identity, with the node, which thereby lives."""
    kept = _named.get((id(node), kind))
    if kept is None:
        if len(_named) > 50_000:
            _named.clear()
        kept = _named[id(node), kind] = node, tuple(dict.fromkeys(n.name for n in walk(node) if isinstance(n, kind)))
    return kept[1]


def facts_of(node: Node) -> tuple[str, ...]:
    """Names of the facts an expression reads, in the order of the text, once each."""
    return _names(node, Fact)


def params_of(node: Node) -> tuple[str, ...]:
    """Names of the parameters an expression reads, in the order of the text, once each."""
    return _names(node, Param)
