"""Matching on the wire."""

import marshmallow as ma
from flask_smorest.fields import Upload
from marshmallow.validate import Length, OneOf, Range

from .rules import OUTCOMES, ROW_STATES


class UploadFormSchema(ma.Schema):
    feed = ma.fields.String(
        required=True, validate=Length(1, 64), metadata={"description": "名单编号，如 education.student_aid"}
    )
    as_of = ma.fields.Date(metadata={"description": "数据日期；名单自带日期列的可不填"})


class UploadFileSchema(ma.Schema):
    file = Upload(
        required=True, metadata={"description": "xlsx，或 UTF-8、GB18030 编码的 CSV；不超过 20 MB、100000 行"}
    )


class RunsQuerySchema(ma.Schema):
    feed = ma.fields.String(validate=Length(max=64))
    before = ma.fields.String(validate=Length(max=36), metadata={"description": "上一页最后一项的 id"})
    limit = ma.fields.Integer(load_default=50, validate=Range(1, 200))


class RowsQuerySchema(ma.Schema):
    state = ma.fields.String(validate=OneOf(ROW_STATES))
    outcome = ma.fields.String(validate=OneOf(OUTCOMES))
    changed = ma.fields.Boolean(load_default=False, metadata={"description": "只看会带来变化的行"})
    after = ma.fields.Integer(load_default=0, validate=Range(0, 2**31 - 1))
    limit = ma.fields.Integer(load_default=50, validate=Range(1, 500))


class FileQuerySchema(ma.Schema):
    kind = ma.fields.String(load_default="xlsx", validate=OneOf(["xlsx", "csv"]))
    purpose = ma.fields.String(
        required=True, validate=Length(2, 60), metadata={"description": "导出用途，写入查阅记录"}
    )
    state = ma.fields.String(validate=OneOf(ROW_STATES))


class MatchApprovalSchema(ma.Schema):
    purpose = ma.fields.String(required=True, validate=Length(2, 200), metadata={"description": "记入这份名单的用途"})


class MatchWithdrawalSchema(ma.Schema):
    reason = ma.fields.String(load_default="", validate=Length(max=200))


class SettlementSchema(ma.Schema):
    same = ma.fields.Boolean(required=True, metadata={"description": "是否同一人"})
    person_id = ma.fields.UUID(metadata={"description": "候选人；只有一位时可不填；same 为 false 且不填时表示都不是"})
    note = ma.fields.String(validate=Length(max=500))


class LookupSchema(ma.Schema):
    id_number = ma.fields.String(required=True, validate=Length(15, 24))
    name = ma.fields.String(required=True, validate=Length(1, 64))
    purpose = ma.fields.String(required=True, validate=Length(2, 60), metadata={"description": "用途，写入查阅记录"})


class LookupAnswerSchema(ma.Schema):
    found = ma.fields.Boolean()
    tier = ma.fields.String(allow_none=True)
    tier_label = ma.fields.String(allow_none=True)
    as_of = ma.fields.String(allow_none=True, metadata={"description": "认定情况的日期"})


class RunSchema(ma.Schema):
    id = ma.fields.String()
    feed_id = ma.fields.String()
    title = ma.fields.String()
    duty = ma.fields.String()
    file_name = ma.fields.String()
    file_hash = ma.fields.String(metadata={"description": "文件内容的 SHA-256"})
    file_bytes = ma.fields.Integer()
    as_of = ma.fields.String(allow_none=True)
    newest = ma.fields.String(allow_none=True, metadata={"description": "名单中最近的数据日期"})
    state = ma.fields.String()
    state_label = ma.fields.String()
    counts = ma.fields.Dict(metadata={"description": "各结果的行数；changes 会带来变化的行，households 要重新筛查的户"})
    headings = ma.fields.Dict(metadata={"description": "没有用到的列 ignored，名单中缺少的列 missing"})
    error = ma.fields.String(allow_none=True)
    purpose = ma.fields.String(allow_none=True)
    asked_by = ma.fields.Integer()
    asked_at = ma.fields.String()
    previewed_at = ma.fields.String(allow_none=True)
    decided_by = ma.fields.Integer(allow_none=True)
    decided_at = ma.fields.String(allow_none=True)
    applied_at = ma.fields.String(allow_none=True)


class RunDetailSchema(RunSchema):
    by_state = ma.fields.Dict(metadata={"description": "本人范围内各结果的行数"})
    by_outcome = ma.fields.Dict()
    new_alerts = ma.fields.Integer(allow_none=True, metadata={"description": "由这次比对发现的预警数"})


class RunListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(RunSchema))
    next = ma.fields.String(allow_none=True)


class RowSchema(ma.Schema):
    n = ma.fields.Integer(metadata={"description": "表格中的行号"})
    state = ma.fields.String()
    state_label = ma.fields.String()
    outcome = ma.fields.String(allow_none=True)
    outcome_label = ma.fields.String(allow_none=True)
    name = ma.fields.String()
    birth = ma.fields.String(allow_none=True)
    id_number = ma.fields.String(allow_none=True, metadata={"description": "掩码"})
    as_of = ma.fields.String(allow_none=True)
    reasons = ma.fields.List(ma.fields.Dict())
    notes = ma.fields.String(allow_none=True)
    facts = ma.fields.List(ma.fields.Dict())
    changes = ma.fields.List(ma.fields.Dict(), metadata={"description": "每项情况的原值、来源、日期与新值"})
    candidates = ma.fields.List(ma.fields.Dict())
    person_id = ma.fields.String(allow_none=True)
    household_id = ma.fields.String(allow_none=True)
    household = ma.fields.String(allow_none=True)
    village_code = ma.fields.String(allow_none=True)
    settlement = ma.fields.String(allow_none=True)
    settlement_label = ma.fields.String(allow_none=True)
    settled_at = ma.fields.String(allow_none=True)
    settled_note = ma.fields.String(allow_none=True)


class RowListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(RowSchema))
    next = ma.fields.Integer(allow_none=True, metadata={"description": "下一页的 after；没有下一页时为 null"})


class FeedListSchema(ma.Schema):
    items = ma.fields.List(
        ma.fields.Dict(), metadata={"description": "名单、部门、列与事实、最近一次交送、应交日期、是否逾期"}
    )


class LedgersSchema(ma.Schema):
    theirs_only = ma.fields.List(ma.fields.Dict(), metadata={"description": "名单上有、登记中没有的"})
    ours_only = ma.fields.List(ma.fields.Dict(), metadata={"description": "已认定、名单上没有的；不给部门"})
    alerts = ma.fields.List(ma.fields.Dict(), metadata={"description": "两边都有的人未办结的预警"})
