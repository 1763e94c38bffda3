"""The parts of a form marshmallow can express: types, unconditional required, choices, ranges."""

import re
from datetime import date
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from fieldsvc.forms.model import CompiledForm, Question
from tests.forms.oracle import Judgement

_BOUND = re.compile(r"\. (>=|<=|>|<) (-?[0-9.]+)")


def schema_of(form: CompiledForm, repeats: tuple[str, ...] = ()) -> Schema:
    here = [each for each in form.items if each.repeats == repeats and each.type not in ("group", "note")]
    made = {each.name: _field(form, each) for each in here}
    return Schema.from_dict({**made, "Meta": type("Meta", (), {"unknown": RAISE})})()  # type: ignore[dict-item]


def _field(form: CompiledForm, question: Question) -> fields.Field:
    conditional = question.relevant or any(form.questions[each].relevant for each in question.groups)
    required = question.required == "true()" and not conditional
    rules: dict[str, Any] = {"required": required, "allow_none": not required}
    names = [choice.name for choice in question.choices]
    match question.type:
        case "repeat":
            inner = schema_of(form, (*question.repeats, question.name))
            return fields.List(fields.Nested(inner), allow_none=True)
        case "integer":
            return fields.Integer(strict=True, validate=_ranges(question.constraint), **rules)
        case "decimal" | "range":
            return fields.Float(validate=_ranges(question.constraint), **rules)
        case "date":
            return fields.Date(**rules)
        case "datetime":
            return fields.AwareDateTime(**rules)
        case "time":
            return fields.Time(**rules)
        case "select_one":
            return fields.String(validate=validate.OneOf(names), **rules)
        case "select_multiple":
            return fields.List(fields.String(validate=validate.OneOf(names)), **rules)
        case "calculate":
            return fields.Raw(**rules)
        case _:
            return fields.String(validate=validate.Length(min=1 if required else 0, max=4000), **rules)


def _ranges(constraint: str) -> list[validate.Range]:
    made = {
        ">=": lambda n: validate.Range(min=n),
        "<=": lambda n: validate.Range(max=n),
        ">": lambda n: validate.Range(min=n, min_inclusive=False),
        "<": lambda n: validate.Range(max=n, max_inclusive=False),
    }
    return [made[sign](float(number)) for sign, number in _BOUND.findall(constraint)]


class Marshmallow:
    """Says where, not what: every problem has the code ``unreadable``."""

    def __init__(self, form: CompiledForm) -> None:
        self.schema = schema_of(form)

    def judge(self, answers: dict[str, Any], today: date) -> Judgement:
        try:
            self.schema.load(answers)
        except ValidationError as error:
            return Judgement(frozenset((place, "unreadable") for place in _places(error.messages, "")))
        return Judgement(frozenset())


def _places(messages: Any, prefix: str) -> Any:
    for key, value in messages.items():
        if isinstance(value, dict):
            yield from _places(value, f"{prefix}{key}/")
        else:
            yield f"{prefix}{key}"
