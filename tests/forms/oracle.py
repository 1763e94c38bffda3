"""One interface, several judges of an answer set: ours, and those written by others that must agree with it.

``Judgement.problems`` are ``(path, code)`` with the codes required, constraint, calculation_differs,
choice_not_offered and, from
judges that see types, ``unreadable``. ``calculated`` are the calculated values by path, as XPath text.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import rxeval

from fieldsvc.forms.model import CONTAINERS, CompiledForm, Question
from fieldsvc.forms.xpath_values import text_of

JUDGED = ("required", "constraint", "calculation_differs", "choice_not_offered")


@dataclass(frozen=True)
class Judgement:
    problems: frozenset[tuple[str, str]]
    calculated: Mapping[str, str] = field(default_factory=dict)
    not_evaluated: frozenset[str] = frozenset()


class Evaluator(Protocol):
    def judge(self, answers: dict[str, Any], today: date) -> Judgement: ...


class Compiled:
    """The production path."""

    def __init__(self, form: CompiledForm) -> None:
        self.form = form

    def judge(self, answers: dict[str, Any], today: date) -> Judgement:
        verdict = self.form.validate(answers, today=today)
        problems = {(each.path, each.code if each.code in JUDGED else "unreadable") for each in verdict.problems}
        return Judgement(frozenset(problems), dict(self._calculated(verdict.values, "")))

    def _calculated(self, values: Mapping[str, Any], prefix: str) -> Any:
        for name, value in values.items():
            question = self.form.questions[name]
            if question.type == "repeat":
                for index, row in enumerate(value):
                    yield from self._calculated(row, f"{prefix}{name}/{index}/")
            elif question.calculation:
                yield prefix + name, " ".join(value) if isinstance(value, list) else text_of(value)


class Rxeval:
    """rxeval's own submission check, on the XForm pyxform made."""

    KINDS = {"constraint": "constraint", "required": "required", "calculation": "calculation_differs"}  # noqa: RUF012

    def __init__(self, form: CompiledForm) -> None:
        self.form = form

    def judge(self, answers: dict[str, Any], today: date) -> Judgement:
        submission = ET.tostring(instance(self.form, answers), encoding="unicode")
        moment = f"{today.isoformat()}T23:59:59+08:00"
        found = rxeval.submission_findings(self.form.xform, submission, today=today.isoformat(), now=moment)
        problems = {
            (self.place(each["path"]), self.KINDS[each["kind"]]) for each in found if each["kind"] in self.KINDS
        }
        skipped = {self.place(each["path"]) for each in found if each["kind"] == "not-evaluated"}
        return Judgement(frozenset(problems), not_evaluated=frozenset(skipped))

    def place(self, path: str) -> str:
        """``/data/group/members[2]/age`` → ``members/1/age``."""
        parts: list[str] = []
        for step in path.split("/")[2:]:
            name, _, position = step.rstrip("]").partition("[")
            kind = self.form.questions[name].type
            if kind == "repeat":
                parts += [name, str(int(position or 1) - 1)]
            elif kind != "group":
                parts.append(name)
        return "/".join(parts)


def instance(form: CompiledForm, answers: Mapping[str, Any], *, days: bool = False) -> ET.Element:
    """The XForm instance of an answer set: every question has its element, unanswered ones an empty one."""
    root = ET.Element("data", {"id": form.id, "version": form.version})
    _fill(root, form, answers, (), days)
    return root


def _fill(
    parent: ET.Element, form: CompiledForm, answers: Mapping[str, Any], groups: tuple[str, ...], days: bool
) -> None:
    for question in (each for each in form.items if each.groups == groups):
        if question.type == "repeat":
            for row in answers.get(question.name) or ():
                _fill(ET.SubElement(parent, question.name), form, row, question.path, days)
            continue
        element = ET.SubElement(parent, question.name)
        if question.type in CONTAINERS:
            _fill(element, form, answers, question.path, days)
        else:
            element.text = node_text(question, answers.get(question.name), days)


def node_text(question: Question, value: Any, days: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(value)
    text = text_of(value)
    return day_count(text) if days and question.type in ("date", "datetime") else text


def day_count(text: str) -> str:
    """An ISO date or local date-time as the whole days XPath 1.0 can order, and JavaRosa compares."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(T[0-9:]+\+08:00)?", text)
    return str((date.fromisoformat(match[1]) - date(1970, 1, 1)).days) if match else text
