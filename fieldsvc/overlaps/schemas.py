"""Overlaps on the wire."""

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range, Regexp

from .rules import OVERLAPS


class PageSchema(ma.Schema):
    village = ma.fields.String(validate=Regexp(r"^\d{6,12}\Z"), metadata={"description": "区划代码或其前缀"})
    programme = ma.fields.String(validate=Length(max=80), metadata={"description": "救助项目编号，或 tier:<类别>"})
    overridden = ma.fields.Boolean(load_default=False, metadata={"description": "只列已说明理由的"})
    offset = ma.fields.Integer(load_default=0, validate=Range(0, 1_000_000))
    limit = ma.fields.Integer(load_default=50, validate=Range(1, 200))
    export = ma.fields.String(validate=OneOf(["csv", "xlsx"]), metadata={"description": "导出全部结果；须写明 purpose"})
    purpose = ma.fields.String(validate=Length(1, 20), metadata={"description": "导出用途，记入查阅记录"})


class OverlapsQuerySchema(PageSchema):
    kind = ma.fields.String(validate=OneOf(OVERLAPS), metadata={"description": "twice 重复、exclusive 互斥、ended 条件消失"})


class OmissionsQuerySchema(PageSchema):
    alerted = ma.fields.Boolean(load_default=False, metadata={"description": "已有预警、尚待处置的也列出"})
    unsure = ma.fields.Boolean(load_default=False, metadata={"description": "尚未问清是否享受的也列出"})


class TitledSchema(ma.Schema):
    id = ma.fields.String()
    title = ma.fields.String()


class OverlapSchema(ma.Schema):
    id = ma.fields.String()
    kind = ma.fields.String()
    label = ma.fields.String()
    household_id = ma.fields.String()
    person_id = ma.fields.String(allow_none=True)
    household = ma.fields.String()
    ref = ma.fields.String(allow_none=True)
    person = ma.fields.String()
    others = ma.fields.List(ma.fields.String(), metadata={"description": "涉及的其他人"})
    village_code = ma.fields.String()
    village = ma.fields.String(allow_none=True)
    programmes = ma.fields.List(ma.fields.Nested(TitledSchema))
    why = ma.fields.String()
    clause = ma.fields.String()
    quote = ma.fields.String()
    reference = ma.fields.String(metadata={"description": "本地设定的文号"})
    alert = ma.fields.String(allow_none=True)
    overrides = ma.fields.List(ma.fields.Dict(), metadata={"description": "说明过的理由，新的在前"})


class OverlapListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(OverlapSchema))
    total = ma.fields.Integer()


class OverrideSchema(ma.Schema):
    household_id = ma.fields.UUID(required=True)
    reason = ma.fields.String(required=True, validate=Length(1, 1000), metadata={"description": "为何情况属实、理由正当"})


class OverriddenSchema(ma.Schema):
    id = ma.fields.String()
    line = ma.fields.String()
    reason = ma.fields.String()
    at = ma.fields.String()
