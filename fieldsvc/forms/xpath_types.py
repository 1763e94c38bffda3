"""What the XPath compiler passes around: kinds, typed closures, the scope an expression runs in, how names
resolve."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from .errors import XPathError
from .xpath_values import NAN, number_of, number_of_date, number_of_text, text_of, text_of_number, truth_of


class Kind(Enum):
    """The static kind of an expression. An unanswered question is ``""`` in every kind a question can have."""

    NUMBER = "number"  # always a number, maybe NaN
    ANSWER = "numeric answer"  # a number, or "" when unanswered
    TEXT = "text"
    BOOL = "boolean"
    DATE = "date"  # ISO date or date-time, or ""
    TIME = "time"
    NODES = "answers of all rows"
    ANY = "any"  # decided at run time


class Scope:
    """The answers of one level: the form itself, or one row of a repeat."""

    __slots__ = ("bad", "choice", "dead", "index", "now", "off", "parent", "rows", "today", "values")

    def __init__(self, today: str, now: str, parent: "Scope | None" = None, index: int = 0) -> None:
        self.values: dict[str, Any] = {}
        self.off: set[str] = set()
        self.bad: set[str] = set()  # unreadable here, or resting on something unreadable
        self.rows: dict[str, list[Scope]] = {}
        self.choice: dict[str, str] = {}
        self.parent = parent
        self.index = index
        self.dead = False
        self.today = today
        self.now = now


Run = Callable[[Scope], Any]


@dataclass(frozen=True, slots=True)
class Typed:
    """A compiled expression. ``items`` reads a select_multiple as a list; ``constant`` is set for
    literals, ``element`` is the kind inside NODES, ``is_answer`` marks a bare question."""

    kind: Kind
    run: Run
    items: Run | None = None
    constant: Any = None
    element: Kind = Kind.ANY
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a question's answer lies, seen from the expression: ``up`` rows outward, then down through ``down``
    repeats."""

    name: str
    kind: Kind
    up: int = 0
    down: tuple[str, ...] = ()
    many: bool = False  # select_multiple: the answer is a list
    is_repeat: bool = False


class Resolver(Protocol):
    """How the form answers the compiler's questions; each method raises ``XPathError`` for what does not exist."""

    def question(self, name: str) -> Reference: ...

    def path(self, absolute: bool, steps: tuple[str, ...]) -> Reference: ...

    def self_reference(self) -> Reference: ...

    def column(self, name: str) -> None: ...

    def choice_labels(self, name: str) -> dict[str, str]: ...


Build = Callable[[Sequence[Typed], Resolver], Typed]
MANY = 64


@dataclass(frozen=True, slots=True)
class Function:
    """How many arguments a function takes, whether they may be node-sets, and how it is compiled."""

    least: int
    most: int
    build: Build
    takes_nodes: bool = False


def as_number(typed: Typed) -> Run:
    run = typed.run
    match typed.kind:
        case Kind.NUMBER:
            return run
        case Kind.ANSWER:
            return lambda s: NAN if (v := run(s)).__class__ is str else v
        case Kind.TEXT | Kind.TIME:
            return lambda s: number_of_text(run(s))
        case Kind.DATE:
            return lambda s: number_of_date(run(s))
        case Kind.BOOL:
            return lambda s: 1.0 if run(s) else 0.0
        case _:
            return lambda s: number_of(run(s))


def as_text(typed: Typed) -> Run:
    run = typed.run
    match typed.kind:
        case Kind.TEXT | Kind.DATE | Kind.TIME:
            return run
        case Kind.NUMBER:
            return lambda s: text_of_number(run(s))
        case _:
            return lambda s: text_of(run(s))


def as_bool(typed: Typed) -> Run:
    """A condition. A bare answer is refused: to ODK Collect an empty one is false, to web forms its node is true."""
    if typed.is_answer:
        raise XPathError(
            "xpath_bare_condition", "题目的答案不能直接当条件，各客户端结果不同；请写成 ${题目名} != '' 之类的比较"
        )
    run = typed.run
    match typed.kind:
        case Kind.BOOL:
            return run
        case Kind.TEXT | Kind.DATE | Kind.TIME:
            return lambda s: run(s) != ""
        case _:
            return lambda s: truth_of(run(s))
