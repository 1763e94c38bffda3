"""The JSON definition our own clients (phones, pages) draw a form from."""

from collections.abc import Mapping
from typing import Any

from .model import CONTAINERS, Question

_TEXTS = (
    "hint",
    "required",
    "required_message",
    "relevant",
    "constraint",
    "constraint_message",
    "calculation",
    "choice_filter",
    "repeat_count",
    "default",
    "appearance",
    "save_to",
    "save_to_subject",
    "identifier",
)


def definition_of(settings: Mapping[str, str], items: tuple[Question, ...], digest: str) -> dict[str, Any]:
    """``{id, version, title, class, hash, questions}``; containers carry ``questions`` of their own.

    Expressions are the author's, in the profile of ``docs/decisions/0010-xpath.md``. Empty keys are left out.
    """
    return {
        "id": settings["form_id"],
        "version": settings["version"],
        "title": settings["form_title"],
        "class": settings["fieldsvc_class"],
        "hash": digest,
        "questions": _inside(items, ()),
    }


def _inside(items: tuple[Question, ...], groups: tuple[str, ...]) -> list[dict[str, Any]]:
    return [_one(each, items) for each in items if each.groups == groups]


def _one(question: Question, items: tuple[Question, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": question.name, "type": question.type, "label": question.label}
    found |= {key: value for key in _TEXTS if (value := getattr(question, key))}
    if question.readonly:
        found["readonly"] = True
    if question.parameters:
        found["parameters"] = dict(question.parameters)
    if question.choices:
        found["choices"] = [
            {**choice.columns, "name": choice.name, "label": choice.label} for choice in question.choices
        ]
    if question.type in CONTAINERS:
        found["questions"] = _inside(items, question.path)
    return found
