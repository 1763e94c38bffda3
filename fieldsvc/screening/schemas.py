"""Determinations on the wire."""

from datetime import date

import marshmallow as ma
from marshmallow.validate import Length, Range

FIRST, LAST = date(1900, 1, 1), date(2200, 12, 31)
"""Days on which rules can be worked out: terms of years reach before and after them."""


class AskedSchema(ma.Schema):
    jurisdiction = ma.fields.String(validate=Length(1, 40), metadata={"description": "地区标识，如 huining；缺省为本地区"})
    date = ma.fields.Date(validate=Range(FIRST, LAST), metadata={"description": "评估日；缺省为今天"})
    misses = ma.fields.Boolean(load_default=False, metadata={"description": "同时算出每项“不符合”差在哪一项事实（较慢）"})


class AuthoritySchema(ma.Schema):
    label = ma.fields.String(metadata={"description": "文件、本地设定或本地设定（样例）"})
    document = ma.fields.String()
    title = ma.fields.String()
    number = ma.fields.String()
    clause = ma.fields.String()
    quote = ma.fields.String(metadata={"description": "原文"})
    reference = ma.fields.String()
    via = ma.fields.String()
    starts = ma.fields.String(allow_none=True)
    ends = ma.fields.String(allow_none=True)


class ParameterSchema(ma.Schema):
    name = ma.fields.String()
    title = ma.fields.String()
    state = ma.fields.String(metadata={"description": "in_force、out_of_period 或 missing"})
    value = ma.fields.Raw(allow_none=True)
    unit = ma.fields.String()
    starts = ma.fields.String(allow_none=True)
    ends = ma.fields.String(allow_none=True)
    authority = ma.fields.Nested(AuthoritySchema, allow_none=True)


class InputSchema(ma.Schema):
    fact = ma.fields.String()
    label = ma.fields.String()
    subject_id = ma.fields.String()
    state = ma.fields.String(metadata={"description": "known、unknown、expired、unreadable 或 computed"})
    value = ma.fields.Raw(allow_none=True)
    shown = ma.fields.String()
    as_of = ma.fields.String(allow_none=True)
    source_kind = ma.fields.String()
    source_id = ma.fields.String(metadata={"description": "来源，走访时为走访编号"})
    note = ma.fields.String()
    parameters = ma.fields.List(ma.fields.Nested(ParameterSchema))
    computed_from = ma.fields.List(ma.fields.Nested(lambda: InputSchema()))


class ConditionSchema(ma.Schema):
    id = ma.fields.String()
    label = ma.fields.String()
    test = ma.fields.String()
    result = ma.fields.String(metadata={"description": "true、false 或 unknown"})
    inputs = ma.fields.List(ma.fields.Nested(InputSchema))
    parameters = ma.fields.List(ma.fields.Nested(ParameterSchema))
    authority = ma.fields.Nested(AuthoritySchema)
    ask = ma.fields.String()


class MissSchema(ma.Schema):
    fact = ma.fields.String()
    label = ma.fields.String()
    subject_id = ma.fields.String()
    now = ma.fields.Raw(allow_none=True)
    value = ma.fields.Raw(metadata={"description": "改为此值时结果改变"})
    shown = ma.fields.String()
    becomes = ma.fields.String(metadata={"description": "符合，或尚不能确定（另有未知）"})


class RuleSchema(ma.Schema):
    id = ma.fields.String()
    title = ma.fields.String()
    kind = ma.fields.String()
    subject_id = ma.fields.String()
    verdict = ma.fields.String()
    verdict_label = ma.fields.String(metadata={"description": "符合、不符合、尚不能确定、此文件未规定、不在施行期、未启用"})
    duty = ma.fields.String()
    office = ma.fields.String()
    note = ma.fields.String()
    conditions = ma.fields.List(ma.fields.Nested(ConditionSchema))
    amount = ma.fields.Raw(allow_none=True)
    missing_facts = ma.fields.List(ma.fields.Dict(), metadata={"description": "还要问什么"})
    missing_supplements = ma.fields.List(ma.fields.Nested(ParameterSchema), metadata={"description": "待本地设定"})
    out_of_period = ma.fields.List(ma.fields.Nested(ParameterSchema))
    late_documents = ma.fields.List(ma.fields.Nested(AuthoritySchema))
    alert = ma.fields.Boolean()
    nearest_miss = ma.fields.Nested(MissSchema, allow_none=True, metadata={"description": "不符合时：改变哪一项事实、到何值即改变结果"})


class SubjectSchema(ma.Schema):
    subject = ma.fields.String()
    id = ma.fields.String()
    tier = ma.fields.String(allow_none=True)
    tier_label = ma.fields.String()
    tier_source = ma.fields.String(metadata={"description": "recognised 已认定、proposed 系统建议"})
    tier_rule = ma.fields.String()
    fits_now = ma.fields.List(ma.fields.Dict(), metadata={"description": "现在符合的救助项目"})
    rules = ma.fields.List(ma.fields.Nested(RuleSchema))


class DeterminationSchema(ma.Schema):
    household_id = ma.fields.String()
    jurisdiction = ma.fields.String()
    jurisdiction_name = ma.fields.String()
    code = ma.fields.String()
    on = ma.fields.String()
    rule_hash = ma.fields.String()
    stored = ma.fields.Boolean(metadata={"description": "false：为本次查询计算，未保存"})
    screened_at = ma.fields.String(allow_none=True)
    subjects = ma.fields.List(ma.fields.Nested(SubjectSchema))
    contradictions = ma.fields.List(ma.fields.Dict(), metadata={"description": "各来源说法不一的事实"})
