"""Deadlines on the wire."""

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.kit.pages import MOST

from .queries import STATES
from .rules import KINDS, SUBJECTS


class ListQuerySchema(ma.Schema):
    state = ma.fields.String(validate=OneOf(STATES), metadata={"description": "due：未到期；overdue：已超期；缺省为两者"})
    kind = ma.fields.String(validate=OneOf(KINDS))
    subject = ma.fields.String(validate=OneOf(SUBJECTS))
    village = ma.fields.String(validate=Length(max=12), metadata={"description": "村（居）或镇（街道）区划代码的开头"})
    cursor = ma.fields.String(validate=Length(max=200))
    limit = ma.fields.Integer(load_default=50, validate=Range(1, MOST))


class ClockSchema(ma.Schema):
    """一项时限。长短出自文件的写明条款和原文，出自本地设定的写明依据，没有设定的写“未设定时限”。"""

    kind = ma.fields.String()
    label = ma.fields.String()
    state = ma.fields.String(metadata={"description": "running、overdue、unset、met、late"})
    state_label = ma.fields.String()
    started_at = ma.fields.String()
    due_at = ma.fields.String(allow_none=True)
    due_text = ma.fields.String()
    remaining_seconds = ma.fields.Integer(allow_none=True, metadata={"description": "超期后为负数"})
    provisional = ma.fields.Boolean(metadata={"description": "所跨年份的放假安排尚未公布，按周一至周五暂定"})
    met_at = ma.fields.String(allow_none=True)
    escalated_at = ma.fields.String(allow_none=True, metadata={"description": "何时上报县级"})
    source = ma.fields.Raw(allow_none=True)
    source_text = ma.fields.String()


class DeadlineSchema(ClockSchema):
    subject = ma.fields.String()
    subject_label = ma.fields.String()
    subject_id = ma.fields.String()
    household_id = ma.fields.String()


class DeadlineListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(DeadlineSchema))
    next = ma.fields.String(allow_none=True)


class SummaryQuerySchema(ma.Schema):
    months = ma.fields.Integer(load_default=12, validate=Range(1, 36))


class StepTimesSchema(ma.Schema):
    kind = ma.fields.String()
    label = ma.fields.String()
    met = ma.fields.Integer(metadata={"description": "按时办结"})
    late = ma.fields.Integer(metadata={"description": "超期办结"})
    running = ma.fields.Integer(metadata={"description": "办理中，未到期"})
    overdue = ma.fields.Integer(metadata={"description": "超期未办结"})
    unset = ma.fields.Integer(metadata={"description": "未设定时限"})
    months = ma.fields.List(ma.fields.Dict(), metadata={"description": "逐月：办结件数和所用天数的中位数"})


class SummarySchema(ma.Schema):
    steps = ma.fields.List(ma.fields.Nested(StepTimesSchema))


class DeadlinesSchema(ma.Schema):
    """What other features show of the clocks of their own records."""

    due_at = ma.fields.String(allow_none=True, metadata={"description": "最先到期的一项何时到期"})
    overdue = ma.fields.Boolean()
    escalated_at = ma.fields.String(allow_none=True, metadata={"description": "何时因超期上报县级"})
    deadlines = ma.fields.List(ma.fields.Nested(ClockSchema))
