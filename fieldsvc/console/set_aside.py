"""A set-aside record as an officer reads and mends it: each place with its question, its present value and what is wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy.orm import Session

from fieldsvc.forms.model import CONTAINERS, CompiledForm, Question
from fieldsvc.forms.service import compiled
from fieldsvc.kit.crypto import mask
from fieldsvc.kit.ids import is_id
from fieldsvc.kit.site import Site
from fieldsvc.sync.masks import masked
from fieldsvc.visits.models import SetAside
from fieldsvc.visits.quarantine import COLUMN, strike
from fieldsvc.visits.rules import Unfit, read_answers

FIELD = "a:"
NUMBERS = ("id_number", "phone")
LABELS = {"name": "姓名", "village_code": "村（社区）代码", "address": "住址", "area": "城乡", "phone": "电话", "sex": "性别",
          "birth_date": "出生日期", "relation": "与户主关系", "id_number": "证件号码", "title": "名称", "detail": "说明",
          "due_on": "期限", "status": "状态", "done_at": "完成时间"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """One answer or field. ``kind`` is the question's type; ``value`` as text, ``""`` when there is none."""

    path: str
    label: str
    kind: str
    value: str
    choices: tuple[tuple[str, str], ...] = ()
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """``places`` is None when nobody can read the record."""

    form_title: str
    household_id: str | None
    person_id: str | None
    places: tuple[Place, ...] | None


def opened(session: Session, site: Site, waiting: SetAside) -> Opened:
    try:
        record = orjson.loads(site.vault.open(waiting.content_sealed, COLUMN))
        wrong = {str(p.get("path") or p.get("question")): str(p.get("message")) for p in waiting.problems}
        if waiting.tbl != "visits":
            return Opened("", _text_id(record, waiting), None, tuple(_fields(record, wrong)))
        form = compiled(session, site.county, str(record.get("form_id")), str(record.get("form_version")))
        answers = read_answers(record.get("answers") or {})
        places = tuple(_answers(form, answers, wrong)) if form else None
        return Opened(form.title if form else "", _id(record, "household_id"), _id(record, "person_id"), places)
    except (orjson.JSONDecodeError, AttributeError, Unfit):
        return Opened("", None, None, None)


def _id(record: Mapping[str, Any], name: str) -> str | None:
    """What is no id may be anything a phone sent, a person's number too: it is neither looked for nor written down."""
    return record[name] if is_id(record.get(name)) else None


def _text_id(record: Mapping[str, Any], waiting: SetAside) -> str | None:
    return waiting.record_id if waiting.tbl == "households" else _id(record, "household_id")


def _fields(record: Mapping[str, Any], wrong: Mapping[str, str]) -> Iterator[Place]:
    for name, label in LABELS.items():
        if name in record or name in wrong:
            held = record.get(name)
            value = "" if held is None else (mask(str(held)) or "") if name in NUMBERS else str(strike(held))
            yield Place(name, label, "text", value, wrong=wrong.get(name, ""))


def _answers(form: CompiledForm, answers: dict[str, Any], wrong: Mapping[str, str]) -> Iterator[Place]:
    shown = masked(answers, form.identifiers)
    for question in form.items:
        if question.type in (*CONTAINERS, "note") or question.calculation:
            continue
        for path, held in _held(question, shown):
            if held not in (None, "", []) or path in wrong:
                choices = tuple((choice.name, choice.label) for choice in question.choices)
                yield Place(path, question.label, question.type, _as_text(held), choices, wrong.get(path, ""))


def _held(question: Question, answers: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every place of a question with its answer: one, or one for each row of the repeats around it."""
    places: list[tuple[str, Any]] = [("", answers)]
    for repeat in question.repeats:
        rows = ((f"{at}{repeat}/{n}/", row) for at, inside in places for n, row in enumerate(_rows(inside, repeat)))
        places = list(rows)
    yield from (
        (f"{at}{question.name}", inside.get(question.name)) for at, inside in places if isinstance(inside, dict)
    )


def _rows(inside: Any, repeat: str) -> list[Any]:
    rows = inside.get(repeat) if isinstance(inside, dict) else None
    return rows if isinstance(rows, list) else []


def _as_text(held: Any) -> str:
    return "" if held is None else " ".join(map(str, held)) if isinstance(held, list) else str(strike(held))


def changes(places: tuple[Place, ...], form: Mapping[str, Any], lists: Any) -> dict[str, Any]:
    """``{path: value}`` of what an officer typed over; what was left as shown is not sent, so a mask never replaces a number."""
    changed: dict[str, Any] = {}
    for place in places:
        name = FIELD + place.path
        if name not in form and place.kind != "select_multiple":
            continue
        typed = " ".join(lists(name)) if place.kind == "select_multiple" else str(form[name]).strip()
        if typed != place.value:
            changed[place.path] = _value(place.kind, typed)
    return changed


def _value(kind: str, typed: str) -> Any:
    """The answer's JSON form; what is no number stays text, and the form says so."""
    if not typed:
        return None
    if kind == "select_multiple":
        return typed.split()
    if kind == "integer" and typed.lstrip("-").isdecimal() and len(typed) < 17:
        return int(typed)
    return typed
