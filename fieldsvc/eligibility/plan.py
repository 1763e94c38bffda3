"""What has to be computed for one jurisdiction and day, in which order; both engines and the explanation walk the same plan."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from fieldsvc.policy.book import Answer

from . import tree
from .rulebook import Body, Condition, Rule, RuleBook
from .vocabulary import Subject

ELIGIBLE, NOT_ELIGIBLE, UNKNOWN, SILENT, OUT_OF_PERIOD, OFF = "e", "n", "u", "s", "x", "o"
ORDER_PARAMETER = "civil_classification_order"


class PlanError(Exception):
    """The rules cannot be evaluated: a cycle, or a parameter of a shape its expression cannot use."""

    def __init__(self, code: str, message: str, mend: str, culprit: str):
        super().__init__(message)
        self.code, self.message, self.mend, self.culprit = code, message, mend, culprit


@dataclass(frozen=True)
class Step:
    """One computed column. ``reads`` are the columns it needs; ``params`` the parameters; ``level`` its round."""

    name: str
    subject: Subject
    reads: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    level: int = 0


@dataclass(frozen=True)
class Expression(Step):
    node: tree.Node = field(default_factory=lambda: tree.Literal(True))


@dataclass(frozen=True)
class Years(Step):
    base: str = ""


@dataclass(frozen=True)
class Filled(Step):
    template: str = ""


@dataclass(frozen=True)
class Aggregate(Step):
    """``of`` and ``where`` are read from members; see ``vocabulary.Members``."""

    op: str = "count"
    of: tree.Node | None = None
    where: tree.Node | None = None


@dataclass(frozen=True)
class Verdict(Step):
    """All ``nodes`` must hold; they stand in the order of the body's conditions."""

    rule: Rule | None = None
    nodes: tuple[tree.Node, ...] = ()


@dataclass(frozen=True)
class Copy(Step):
    base: str = ""


@dataclass(frozen=True)
class Tier(Step):
    """``choices``: for each tier of the jurisdiction's order the verdict columns that propose it (none: no rule decides it)."""

    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ordered: bool = False
    recognised: bool = False


@dataclass(frozen=True)
class Yuan(Step):
    value: tree.Node = field(default_factory=lambda: tree.Literal(True))
    cap: tree.Node | None = None


@dataclass(frozen=True)
class Ruling:
    """How a rule stands in the plan. ``status`` is "" where its conditions decide, else s, x or o for every subject."""

    rule: Rule
    status: str
    body: Body | None = None
    nodes: tuple[tree.Node, ...] = ()
    late: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """``steps`` in an order in which every step's inputs come before it; ``answers`` by parameter name."""

    book: RuleBook
    jurisdiction: str
    on: date
    steps: tuple[Step, ...]
    rulings: dict[str, Ruling]
    answers: dict[str, Answer]
    facts: tuple[str, ...]

    def by_name(self) -> dict[str, Step]:
        """Made once and not to be changed."""
        kept: dict[str, Step] | None = self.__dict__.get("_by_name")
        if kept is None:
            kept = self.__dict__["_by_name"] = {step.name: step for step in self.steps}
        return kept


def verdict_column(rule: str) -> str:
    return f"rule:{rule}"


def amount_column(rule: str) -> str:
    return f"amount:{rule}"


def unless_column(rule: str) -> str:
    return f"unless:{rule}"


def places(template: str) -> list[str]:
    """The facts named in a text template such as ``{disability_kind}:{disability_grade}``."""
    return [part.split("}", 1)[0] for part in template.split("{")[1:]]


def conditions(ruling: Ruling) -> Iterator[tuple[Condition, tree.Node]]:
    if ruling.body is not None and ruling.nodes:
        yield from zip(ruling.body.conditions, ruling.nodes, strict=True)
