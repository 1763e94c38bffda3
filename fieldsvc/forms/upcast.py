"""Carrying the answers of an older form version into a newer one's shape (design, must hold: sync 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .model import SELECTS, CompiledForm, Question


@dataclass(frozen=True, slots=True)
class Upcast:
    """``answers`` in the new form's names; ``dropped`` are old names without a place there (the stored original
    keeps them)."""

    answers: dict[str, Any]
    dropped: tuple[str, ...]


def upcast(answers: Any, from_form: CompiledForm, to_form: CompiledForm) -> Upcast:
    """Map by question name and the ``formerly`` columns (questions and choices), also inside repeats.

    Calculated answers are left out: the new form calculates them. Nothing is validated here, and no JSON value
    raises.
    Unknown names pass through, so that validation names them.
    """
    names = _renames(from_form, to_form)
    dropped: list[str] = []
    return Upcast(_level(answers, from_form, to_form, names, dropped), tuple(dict.fromkeys(dropped)))


def _renames(old: CompiledForm, new: CompiledForm) -> dict[str, str]:
    """Old name → new name. A former name counts only where the new name did not exist yet."""
    found: dict[str, str] = {}
    for question in new.items:
        if question.name not in old.questions:
            found.update({former: question.name for former in question.formerly if former in old.questions})
    taken = set(found)
    for name in old.questions:
        if name not in taken and name in new.questions:
            found[name] = name
    return found


def _level(
    answers: Any, old: CompiledForm, new: CompiledForm, names: Mapping[str, str], dropped: list[str]
) -> dict[str, Any]:
    carried: dict[str, Any] = {}
    for name, value in answers.items() if isinstance(answers, Mapping) else ():
        before = old.questions.get(name)
        after = new.questions.get(names.get(name, ""))
        if before is None:
            carried[name] = value
        elif after is None or _moved(before, after, names):
            dropped.append(name)
        elif after.type == "repeat":
            carried[after.name] = _rows(value, old, new, names, dropped)
        elif not after.calculation:
            carried[after.name] = _choices(value, after)
    return carried


def _moved(before: Question, after: Question, names: Mapping[str, str]) -> bool:
    """Whether the question left its repeat or entered one: there is no row to take or give."""
    return tuple(names.get(each, "") for each in before.repeats) != after.repeats or (
        (before.type == "repeat") != (after.type == "repeat")
    )


def _rows(value: Any, old: CompiledForm, new: CompiledForm, names: Mapping[str, str], dropped: list[str]) -> Any:
    if not isinstance(value, list):
        return value
    return [_level(row, old, new, names, dropped) if isinstance(row, dict) else row for row in value]


def _choices(value: Any, question: Question) -> Any:
    if question.type not in SELECTS:
        return value
    current = {choice.name for choice in question.choices}
    renamed = {
        former: choice.name for choice in question.choices for former in choice.formerly if former not in current
    }
    if isinstance(value, list):
        return [renamed.get(each, each) if isinstance(each, str) else each for each in value]
    return renamed.get(value, value) if isinstance(value, str) else value
