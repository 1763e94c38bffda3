"""A visit's answers in words: the question's label, the answer's label, identifiers masked, photos by name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from flask_babel import gettext as _

from fieldsvc.forms.model import CONTAINERS, SELECTS, CompiledForm, Question
from fieldsvc.kit.crypto import Vault, mask, masked_text
from fieldsvc.visits.models import Visit
from fieldsvc.visits.rules import Unfit, read_answers
from fieldsvc.visits.service import COLUMN

PHOTO, PERSON = "file", "person_id"
SILENT = ("note", "calculate")


@dataclass(frozen=True, slots=True)
class Answer:
    """``depth``: 0, or 1 within a row of a repeated group. ``photo``: ``text`` is a file's name."""

    label: str
    text: str
    depth: int = 0
    photo: bool = False


def opened(vault: Vault, visit: Visit) -> dict[str, Any]:
    """The answers as they were sent; empty where the record cannot be read."""
    try:
        return read_answers(orjson.loads(vault.open(visit.answers_sealed, COLUMN)).get("answers") or {})
    except (Unfit, InvalidTag, orjson.JSONDecodeError, AttributeError):
        return {}


def in_words(form: CompiledForm | None, answers: Mapping[str, Any], names: Mapping[str, str]) -> list[Answer]:
    """What was answered, in the form's order. ``names`` = {person id: name}. Without the form that was used nothing can be
    said: its labels are not known, nor which answers are identifiers."""
    return list(_level(form, (), answers, names, 0)) if form else []


def _level(
    form: CompiledForm, repeats: tuple[str, ...], answers: Mapping[str, Any], names: Mapping[str, str], depth: int
) -> Iterator[Answer]:
    for question in form.items:
        if question.repeats != repeats or question.type in SILENT or answers.get(question.name) in (None, "", []):
            continue
        value = answers[question.name]
        if question.type == "repeat":
            yield from _rows(form, question, value, names)
        elif question.type not in CONTAINERS:
            label, text = _(question.label) or _("（无题目文字）"), _text(question, value, names)
            yield Answer(label, text, depth, question.type == PHOTO)


def _rows(form: CompiledForm, question: Question, rows: Any, names: Mapping[str, str]) -> Iterator[Answer]:
    for number, row in enumerate(rows if isinstance(rows, list) else (), 1):
        if isinstance(row, Mapping):
            yield Answer(_("%(label)s（第 %(n)s 项）", label=_(question.label), n=number), "")
            yield from _level(form, (*question.repeats, question.name), row, names, 1)


def _text(question: Question, value: Any, names: Mapping[str, str]) -> str:
    if question.identifier:
        return mask(str(value)) or ""
    if question.name == PERSON:
        return names.get(str(value), _("其他人员"))
    if question.type in SELECTS:
        labels = {choice.name: choice.label for choice in question.choices}
        picked = (
            value if isinstance(value, list) else str(value).split() if question.type == "select_multiple" else [value]
        )
        return "、".join(_(labels[each]) if each in labels else _("其他") for each in picked)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return _("已确认") if question.type == "acknowledge" else masked_text(str(value))
