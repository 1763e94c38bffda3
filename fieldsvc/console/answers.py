"""What a page gives back: itself, or after a form a redirect with a sentence of what was done."""

from typing import Any

import flask
import marshmallow as ma
from flask import g, request
from werkzeug.datastructures import MultiDict

from fieldsvc.kit.errors import Problem
from fieldsvc.kit.messages import in_chinese

WRITTEN = str.maketrans("０１２３４５６７８９．", "0123456789.", ",，元 ")
"""A sum as people write it: 24,000 元."""


def read_form(schema: type[ma.Schema], given: MultiDict[str, str] | None = None) -> dict[str, Any]:
    """The request's form as ``schema`` loads it. A field left empty is a field not given; a list field may come as lines of
    one text box or several fields of a name. Problem 422 ``invalid`` with ``errors`` by field."""
    form, loaded = request.form if given is None else given, schema(unknown=ma.EXCLUDE)
    values: dict[str, Any] = {}
    for name, field in loaded.fields.items():
        texts = [text.strip() for text in form.getlist(name) if text.strip()]
        if isinstance(field, ma.fields.List):
            texts = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
        if isinstance(field, ma.fields.Number):
            texts = [text.translate(WRITTEN) for text in texts]
        if texts:
            values[name] = texts if isinstance(field, ma.fields.List) else texts[-1]
    return validated(loaded, values)


def validated(schema: ma.Schema, values: dict[str, Any]) -> dict[str, Any]:
    try:
        return dict(schema.load(values))
    except ma.ValidationError as error:
        raise Problem(
            422, "invalid", "有的内容没有填好，请按提示修改后再提交。", {"errors": in_chinese(error.normalized_messages())}
        ) from None


def done(sentence: str, endpoint: str, **values: Any) -> Any:
    """See-other after a form, so that a reload repeats nothing; ``sentence`` is shown on the page that follows."""
    flask.flash(sentence)
    return flask.redirect(flask.url_for(endpoint, **values), 303)


def show(template: str, **values: Any) -> str:
    return flask.render_template(f"console/{template}", **values)


def problem() -> Problem | None:
    """Why the form just sent was refused, when this page is shown again for it."""
    return g.get("problem")


def errors() -> dict[str, str]:
    """``{field: what is wrong}`` of the form just refused."""
    held = problem()
    found = held.extra.get("errors", {}) if held else {}
    return {name: text if isinstance(text, str) else "；".join(_texts(text)) for name, text in found.items()}


def _texts(told: Any) -> list[str]:
    if isinstance(told, dict):
        return [text for each in told.values() for text in _texts(each)]
    return [text for each in told for text in _texts(each)] if isinstance(told, list) else [str(told)]


def typed(name: str, default: Any = "") -> Any:
    """What stands in a field: what was typed when the form was refused, else ``default``."""
    return request.form.get(name, default) if problem() else default
