"""The validation plan: all expressions of a form parsed, resolved, compiled and put in order, once, when the form
loads."""

from collections.abc import Mapping
from dataclasses import dataclass

from .answers import Check
from .xpath_types import Run

LevelPath = tuple[str, ...]
EXPRESSIONS = ("relevant", "constraint", "calculation", "required", "choice_filter", "repeat_count")
MAX_ROWS = 200


@dataclass(frozen=True, slots=True)
class Level:
    """The form itself or one repeat: which answers it may hold."""

    checks: Mapping[str, Check]
    repeats: Mapping[str, "Level"]
    path: LevelPath


@dataclass(frozen=True, slots=True)
class Step:
    """Settles one question or container: is it relevant, what is its calculated value."""

    name: str
    level: LevelPath
    relevant: Run | None
    calculate: Run | None
    volatile: bool
    members: tuple[str, ...]  # what falls with a container, on its own level
    repeats: tuple[str, ...]  # repeats that fall with it
    reads: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """Judges one question after everything is settled."""

    name: str
    level: LevelPath
    required: Run | None
    constraint: Run | None
    offered: Mapping[str, Mapping[str, str]] | None  # choice columns, where a choice filter stands
    choice_filter: Run | None
    row_count: Run | None
    reads: frozenset[str]


@dataclass(frozen=True, slots=True)
class Plan:
    root: Level
    steps: tuple[Step, ...]
    rules: tuple[Rule, ...]
    order: Mapping[str, int]
