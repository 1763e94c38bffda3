"""The wire of quarantine and held records."""

from marshmallow import Schema, fields, validate


class SetAsideQuery(Schema):
    state = fields.String(load_default=None, validate=validate.OneOf(
        ["quarantined", "held", "released", "superseded", "refused"]), metadata={"description": "状态"})  # fmt: skip
    after = fields.String(load_default="", metadata={"description": "上一页最后一条的编号"})
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))


class SetAsideOut(Schema):
    id = fields.String(required=True)
    table = fields.String(attribute="tbl", required=True)
    record_id = fields.String(required=True)
    state = fields.String(required=True)
    code = fields.String(required=True)
    reason = fields.String(required=True)
    problems = fields.List(fields.Dict(), required=True)
    awaits_table = fields.String(attribute="awaits_tbl", allow_none=True)
    awaits_id = fields.String(allow_none=True)
    author_id = fields.Integer(required=True)
    device_id = fields.String(required=True)
    received_at = fields.AwareDateTime(required=True)
    resolved_at = fields.AwareDateTime(allow_none=True)
    resolution = fields.String(allow_none=True, metadata={"description": "经办人员的处理说明"})


class SetAsidePage(Schema):
    items = fields.List(fields.Nested(SetAsideOut), required=True)
    next = fields.String(allow_none=True, required=True)


class RefuseIn(Schema):
    reason = fields.String(required=True, validate=validate.Length(1, 1000))


class CorrectIn(RefuseIn):
    changes = fields.Dict(keys=fields.String(), required=True, validate=validate.Length(1, 500), metadata={
        "description": "{题目名或字段: 值}；null 为删去；重复组写作 members/0/age"})  # fmt: skip
