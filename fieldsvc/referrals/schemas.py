"""Referrals on the wire."""

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.deadlines.schemas import DeadlinesSchema
from fieldsvc.kit import clock
from fieldsvc.kit.pages import MOST

from .models import OutboxItem, Referral, ReferralEvent
from .outcomes import fault
from .rules import ACCEPT, FINISH, RETURN, STATES

OUTCOME = (
    "done：办理结果。facts 中的值记入事实；aid 写明是否给予救助："
    "{granted, programme, amount, from, until 或 once, justified}，同期重复或互斥的先拒收，写明 justified 后记入"
)


class ListQuerySchema(ma.Schema):
    state = ma.fields.String(validate=OneOf(STATES))
    department = ma.fields.String(validate=Length(max=32))
    duty = ma.fields.String(validate=Length(max=32))
    household_id = ma.fields.UUID()
    alert_id = ma.fields.UUID()
    cursor = ma.fields.String(validate=Length(max=200))
    limit = ma.fields.Integer(load_default=50, validate=Range(1, MOST))


class NewReferralSchema(ma.Schema):
    household_id = ma.fields.UUID(required=True)
    person_id = ma.fields.UUID()
    duty = ma.fields.String(required=True, validate=Length(1, 32), metadata={"description": "职责，由地区表定到部门"})
    programme = ma.fields.String(validate=Length(max=80))
    summary = ma.fields.String(required=True, validate=Length(1, 1000))


class FeedbackSchema(ma.Schema):
    action = ma.fields.String(required=True, validate=OneOf([ACCEPT, RETURN, FINISH]))
    reason = ma.fields.String(validate=Length(max=1000), metadata={"description": "return：退回原因，必填"})
    outcome = ma.fields.Dict(keys=ma.fields.String(), metadata={"description": OUTCOME})
    note = ma.fields.String(validate=Length(max=1000))

    @ma.validates("outcome")
    def _storable(self, value: dict[str, Any], **_: Any) -> None:
        if wrong := fault("", value):
            raise ma.ValidationError(wrong)


class ResendSchema(ma.Schema):
    note = ma.fields.String(required=True, validate=Length(1, 1000), metadata={"description": "补充了什么"})
    duty = ma.fields.String(validate=Length(1, 32), metadata={"description": "改转其他职责"})


class ReassignSchema(ma.Schema):
    duty = ma.fields.String(required=True, validate=Length(1, 32), metadata={"description": "改由哪项职责的部门承办"})
    note = ma.fields.String(required=True, validate=Length(1, 1000), metadata={"description": "改派的原因"})


class RecallSchema(ma.Schema):
    reason = ma.fields.String(required=True, validate=Length(1, 1000), metadata={"description": "撤回的理由"})


class ReferralSchema(DeadlinesSchema):
    id = ma.fields.String()
    alert_id = ma.fields.String(allow_none=True)
    household_id = ma.fields.String()
    person_id = ma.fields.String(allow_none=True)
    village_code = ma.fields.String()
    duty = ma.fields.String()
    office = ma.fields.String()
    department = ma.fields.String()
    programme = ma.fields.String(allow_none=True)
    summary = ma.fields.String()
    state = ma.fields.String()
    state_label = ma.fields.String()
    reason = ma.fields.String(allow_none=True)
    outcome = ma.fields.Raw(allow_none=True)
    first_contact_id = ma.fields.Integer(metadata={"description": "首问责任人，转办、改转后不变"})
    created_at = ma.fields.String()
    updated_at = ma.fields.String()


class ReferralDetailSchema(ReferralSchema):
    events = ma.fields.List(ma.fields.Dict())


class ReferralListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ReferralSchema))
    next = ma.fields.String(allow_none=True)


class DeadLetterSchema(ma.Schema):
    id = ma.fields.String()
    referral_id = ma.fields.String()
    department = ma.fields.String()
    attempts = ma.fields.Integer()
    last_error = ma.fields.String(allow_none=True)
    state = ma.fields.String()
    created_at = ma.fields.String()


class DeadLettersSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(DeadLetterSchema))


def line(one: Referral) -> dict[str, Any]:
    names = ("id", "alert_id", "household_id", "person_id", "village_code", "duty", "office", "department", "programme",
             "summary", "state", "reason", "outcome", "first_contact_id")  # fmt: skip
    return {name: getattr(one, name) for name in names} | {
        "state_label": STATES[one.state], "created_at": clock.show(one.created_at), "updated_at": clock.show(one.updated_at)
    }  # fmt: skip


def detail(one: Referral, events: list[ReferralEvent]) -> dict[str, Any]:
    return line(one) | {"events": [
        {"state": e.state, "label": STATES[e.state], "actor": e.actor, "note": e.note, "at": clock.show(e.at),
         "detail": {k: v for k, v in e.detail.items() if k != "key"}} for e in events
    ]}  # fmt: skip


def letter(item: OutboxItem) -> dict[str, Any]:
    return {"id": item.id, "referral_id": item.referral_id, "department": item.department, "attempts": item.attempts,
            "last_error": item.last_error, "state": item.state, "created_at": clock.show(item.created_at)}  # fmt: skip
