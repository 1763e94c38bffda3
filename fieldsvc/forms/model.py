"""The frozen shapes of a form (表单): what compiling gives and what validating answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .plan import Plan

Klass = Literal["general", "child"]
"""Sensitivity class of the form's answers: ``child`` is for 儿童主任 and their supervisors only."""

CONTAINERS = ("group", "repeat")
SELECTS = ("select_one", "select_multiple")


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice (选项). ``columns`` are the extra cells a choice filter may read."""

    name: str
    label: str
    columns: Mapping[str, str] = field(default_factory=dict)
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One question (题目), group (组) or repeat (重复组); ``type`` tells which.

    ``groups`` and ``repeats`` name the ancestors, outermost first. The expressions are the author's text.
    ``save_to`` is a
    fact name; ``save_to_subject`` is ``person``, ``household`` or ``""`` (then the fact's own subject holds).
    ``identifier`` is ``id_number``, ``phone``, ``account`` or ``""``; such answers are stored encrypted.
    """

    name: str
    type: str
    label: str
    row: int
    hint: str = ""
    groups: tuple[str, ...] = ()
    repeats: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    required: str = ""
    required_message: str = ""
    relevant: str = ""
    constraint: str = ""
    constraint_message: str = ""
    calculation: str = ""
    choice_filter: str = ""
    repeat_count: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    appearance: str = ""
    readonly: bool = False
    save_to: str = ""
    save_to_subject: str = ""
    identifier: str = ""
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of an answer set. ``path`` is where it stands (``members/2/age``, rows from 0); no answer is
    repeated in it.

    Codes: not_an_object, too_many_answers, unknown_question, wrong_type, bad_text, too_long, out_of_range,
    not_a_choice,
    choice_not_offered, too_many_rows, row_count, required, constraint, calculation_differs, too_many_problems.
    """

    question: str
    label: str
    code: str
    message: str
    path: str


@dataclass(frozen=True, slots=True)
class Validation:
    """``values``: the readable, relevant answers with calculations filled in (JSON types); ``problems`` in form
    order."""

    values: dict[str, Any]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(frozen=True)
class CompiledForm:
    """An immutable form version. ``hash`` is SHA-256 (hex) over the canonical sheets, the same from xlsx and
    Markdown.

    ``items`` has everything in sheet order, ``questions`` by name, containers included. ``definition`` is
    JSON-ready, for
    our own clients; ``xform`` is the XForm XML for ODK clients.
    """

    id: str
    version: str
    title: str
    klass: Klass
    hash: str
    origin: str
    xform: str
    definition: Mapping[str, Any]
    items: tuple[Question, ...]
    questions: Mapping[str, Question]
    plan: "Plan" = field(repr=False, compare=False)

    def validate(self, answers: Any, *, today: Any, now: Any = None) -> Validation:
        """Check an answer set; see ``fieldsvc.forms.validate.validate``. Never raises on JSON values."""
        from .validate import validate

        return validate(self, answers, today=today, now=now)

    @cached_property
    def facts(self) -> dict[str, Question]:
        """Questions that save to a fact, by question name."""
        return {name: each for name, each in self.questions.items() if each.save_to}

    @cached_property
    def identifiers(self) -> dict[str, str]:
        """Questions whose answer is an identifier: name → id_number | phone | account."""
        return {name: each.identifier for name, each in self.questions.items() if each.identifier}
