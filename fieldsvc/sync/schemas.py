"""The wire of the sync door. The push's records have no schema: each is judged on its own."""

from marshmallow import Schema, fields, validate


class PullQuery(Schema):
    last_pulled_at = fields.Integer(load_default=0, allow_none=True, validate=validate.Range(0, 2**53 - 1),
                                    metadata={"description": "上次拉取得到的 timestamp；首次为 0"})  # fmt: skip
    epoch = fields.String(load_default=None, validate=validate.Length(max=64))
    limit = fields.Integer(load_default=None, validate=validate.Range(1, 2000))
    pending = fields.Integer(load_default=None, validate=validate.Range(0, 2**31),
                             metadata={"description": "手机上未上传的记录数；不报则暂不撤户"})  # fmt: skip


class TableChanges(Schema):
    created = fields.List(fields.Dict(), required=True)
    updated = fields.List(fields.Dict(), required=True)
    deleted = fields.List(fields.String(), required=True)


class PullAnswer(Schema):
    changes = fields.Dict(keys=fields.String(), values=fields.Nested(TableChanges), required=True)
    timestamp = fields.Integer(required=True)
    epoch = fields.String(required=True)
    more = fields.Boolean(required=True)
    resync = fields.Boolean(required=True)


class VerdictOut(Schema):
    table = fields.String(required=True)
    id = fields.String(allow_none=True, required=True)
    verdict = fields.String(required=True, validate=validate.OneOf(
        ["applied", "duplicate", "merged", "quarantined", "held", "retry"]))  # fmt: skip
    code = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    problems = fields.List(fields.Dict())
    revision = fields.Integer(allow_none=True)
    first = fields.String(allow_none=True)
    kept = fields.List(fields.String())
    index = fields.Integer()


class PushAnswer(Schema):
    verdicts = fields.List(fields.Nested(VerdictOut), required=True)
    experimentalRejectedIds = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
