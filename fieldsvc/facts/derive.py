"""From a visit's answers to facts. A form question names the fact it saves to; nothing else of the form is looked at."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldsvc.forms.model import CompiledForm, Question

from .rules import Declared

MEMBER_QUESTION = "person_id"
"""The question by which a row of a member repeat names its person."""
YES_NO = {"yes": True, "true": True, "1": True, "是": True, "no": False, "false": False, "0": False, "否": False}
NO_ANSWER = frozenset({"", "unknown", "dont_know", "refused", "不清楚", "不知道"})


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit as far as facts go. ``values`` are its readable, relevant answers; ``members`` the household's persons;
    ``aliases`` = {id of a person merged away: the member it was merged into}."""

    id: str
    revision: int
    household_id: str
    person_id: str | None
    observed_at: datetime
    values: Mapping[str, Any]
    members: frozenset[str]
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Learned:
    """``facts`` = (subject id, subject, name, value). ``undeclared``: facts no installed vocabulary knows (kept for the
    day it does). ``unplaced``: person facts without a person of this household."""

    facts: list[tuple[str, str, str, Any]] = field(default_factory=list)
    undeclared: set[str] = field(default_factory=set)
    unplaced: set[str] = field(default_factory=set)


def derive(seen: Seen, form: CompiledForm, declared: Mapping[str, Declared]) -> Learned:
    """The facts a visit tells. An answer left empty or 不清楚 tells nothing; a later question to the same fact counts."""
    learned, last = Learned(), {}
    for question, answer, person in _saved(form, seen.values, seen.person_id):
        name = question.save_to
        if name not in declared:
            learned.undeclared.add(name)
            continue
        subject = question.save_to_subject or declared[name].subject
        subject_id = seen.household_id if subject == "household" else seen.aliases.get(person or "", person)
        if subject_id is None or (subject == "person" and subject_id not in seen.members):
            learned.unplaced.add(name)
        elif (value := fact_value(declared[name].type, answer)) is not None:
            last[subject_id, subject, name] = value
    learned.facts = [(*at, value) for at, value in last.items()]
    return learned


def _saved(form: CompiledForm, values: Mapping[str, Any], person: str | None) -> Iterator[tuple[Question, Any, str | None]]:
    for name, value in values.items():
        question = form.questions.get(name)
        if question is None:
            continue
        if question.type == "repeat" and isinstance(value, list):
            for row in value:
                yield from _saved(form, row, row.get(MEMBER_QUESTION, person))
        elif question.type == "group" and isinstance(value, dict):
            yield from _saved(form, value, person)
        elif question.save_to:
            yield question, value, person


def fact_value(kind: str, answer: Any) -> Any:
    """The answer as the fact's JSON value; None when it says nothing. Money and numbers become exact decimal strings."""
    if isinstance(answer, list):
        answer = " ".join(map(str, answer))
    if answer is None or (isinstance(answer, str) and answer in NO_ANSWER):
        return None
    return CONVERT[kind](answer)


def _bool(answer: Any) -> bool | None:
    return answer if isinstance(answer, bool) else YES_NO.get(str(answer))


def _decimal(answer: Any) -> Decimal | None:
    if isinstance(answer, bool):
        return None
    try:
        number = Decimal(repr(answer) if isinstance(answer, float) else str(answer))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _number(answer: Any) -> str | None:
    number = _decimal(answer)
    return None if number is None else plain(number)


def plain(number: Decimal) -> str:
    """``1E+3`` → ``1000``, ``120.50`` → ``120.5``, ``-0`` → ``0``: one text for one number."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _integer(answer: Any) -> int | None:
    number = _decimal(answer)
    return int(number) if number is not None and number == number.to_integral_value() else None


def _date(answer: Any) -> str | None:
    return answer[:10] if isinstance(answer, str) and len(answer) >= 10 else None


CONVERT: dict[str, Callable[[Any], Any]] = {"bool": _bool, "integer": _integer, "money": _number, "number": _number, "date": _date,
           "choice": str, "text": str}  # fmt: skip
