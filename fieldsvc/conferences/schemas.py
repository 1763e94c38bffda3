"""Conferences on the wire."""

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf

from fieldsvc.kit import clock

from .models import Conference
from .rules import LEVELS, TOWNSHIP_LEVEL


class CallSchema(ma.Schema):
    level = ma.fields.String(load_default=TOWNSHIP_LEVEL, validate=OneOf(LEVELS), metadata={"description": "county：上报县级协调"})
    matter = ma.fields.String(required=True, validate=Length(1, 1000), metadata={"description": "要研究什么"})
    duties = ma.fields.List(ma.fields.String(validate=Length(1, 32)), load_default=list, validate=Length(max=12),
                            metadata={"description": "邀请的部门，按职责"})  # fmt: skip
    meets_at = ma.fields.AwareDateTime(default_timezone=clock.CHINA)


class ConclusionSchema(ma.Schema):
    members = ma.fields.List(ma.fields.String(validate=Length(1, 64)), required=True, validate=Length(1, 50))
    result = ma.fields.String(required=True, validate=Length(1, 2000))


class ConferenceSchema(ma.Schema):
    id = ma.fields.String()
    emergency_id = ma.fields.String()
    level = ma.fields.String()
    level_label = ma.fields.String()
    matter = ma.fields.String()
    invited = ma.fields.List(ma.fields.Dict())
    meets_at = ma.fields.String(allow_none=True)
    asked_at = ma.fields.String()
    members = ma.fields.List(ma.fields.String(), allow_none=True)
    result = ma.fields.String(allow_none=True)
    result_at = ma.fields.String(allow_none=True)


class ConferenceListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ConferenceSchema))


def line(one: Conference) -> dict[str, Any]:
    names = ("id", "emergency_id", "level", "matter", "invited", "members", "result")
    times = {name: clock.show(getattr(one, name)) for name in ("meets_at", "asked_at", "result_at")}
    return {name: getattr(one, name) for name in names} | times | {"level_label": LEVELS[one.level]}
