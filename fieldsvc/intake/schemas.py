"""Reports on the wire."""

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.kit import clock
from fieldsvc.kit.crypto import masked_text

from .models import Report
from .rules import CHANNELS, RESULTS, STATES


class ReportIn(ma.Schema):
    """一条线索：谁、在哪、什么困难、何时发现。"""

    channel = ma.fields.String(required=True, validate=OneOf(CHANNELS), metadata={"description": "发现渠道"})
    line = ma.fields.String(validate=Length(max=16), metadata={"description": "求助热线号码，如 12345"})
    about_name = ma.fields.String(required=True, validate=Length(1, 64))
    village_code = ma.fields.String(required=True, validate=Length(12, 12))
    household_id = ma.fields.UUID(metadata={"description": "登记在册的户；不知道时不填"})
    content = ma.fields.String(required=True, validate=Length(1, 2000))
    found_at = ma.fields.AwareDateTime(metadata={"description": "发现时间；缺省为收到时间"})
    reporter = ma.fields.String(validate=Length(max=64))
    phone = ma.fields.String(validate=Length(max=32))
    source_id = ma.fields.String(
        validate=Length(max=64), metadata={"description": "来源系统的编号；同一编号只登记一次"}
    )

    @ma.post_load
    def _text_id(self, told: dict[str, Any], **_: Any) -> dict[str, Any]:
        return told | ({"household_id": str(told["household_id"])} if told.get("household_id") else {})


class SendIn(ma.Schema):
    account_id = ma.fields.Integer(required=True, validate=Range(1, 2**31 - 1))


class HouseholdIn(ma.Schema):
    household_id = ma.fields.String(required=True, validate=Length(1, 36), error_messages={"required": "请选择一户。"})


class AnswerIn(ma.Schema):
    result = ma.fields.String(required=True, validate=OneOf(RESULTS))
    outcome = ma.fields.String(required=True, validate=Length(1, 2000))


class ListIn(ma.Schema):
    state = ma.fields.String(validate=OneOf(STATES))
    channel = ma.fields.String(validate=OneOf(CHANNELS))
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))
    size = ma.fields.Integer(load_default=50, validate=Range(1, 200))


class ReportOut(ma.Schema):
    id = ma.fields.String()
    channel = ma.fields.String()
    line = ma.fields.String(allow_none=True)
    about_name = ma.fields.String()
    village_code = ma.fields.String()
    content = ma.fields.String()
    state = ma.fields.String()
    state_label = ma.fields.String()
    found_at = ma.fields.String()
    received_at = ma.fields.String()
    responded_at = ma.fields.String(allow_none=True)
    reviewed_at = ma.fields.String(allow_none=True)
    result = ma.fields.String(allow_none=True)
    outcome = ma.fields.String(allow_none=True)


class ReportListOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ReportOut))


def shown(report: Report) -> dict[str, Any]:
    plain = ("id", "channel", "line", "about_name", "village_code", "state", "result", "outcome")
    times = ("found_at", "received_at", "responded_at", "reviewed_at")
    return {name: getattr(report, name) for name in plain} | {name: clock.show(getattr(report, name)) for name in times} | {
        "content": masked_text(report.content), "state_label": STATES[report.state]
    }  # fmt: skip
