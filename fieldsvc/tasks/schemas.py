"""Questions on the wire."""

import marshmallow as ma
from marshmallow.validate import Length


class QuestionSchema(ma.Schema):
    id = ma.fields.String(metadata={"description": "任务编号"})
    fact = ma.fields.String()
    title = ma.fields.String()
    detail = ma.fields.String()
    person_id = ma.fields.String(allow_none=True)
    form_id = ma.fields.String()
    questions = ma.fields.List(ma.fields.String(), metadata={"description": "表单中回答它的题目"})
    priority = ma.fields.Integer(metadata={"description": "越大越先问：可决定的项目越多"})


class QuestionListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(QuestionSchema))


class PrefillQuerySchema(ma.Schema):
    form_id = ma.fields.String(required=True, validate=Length(1, 64))
    person_id = ma.fields.UUID(metadata={"description": "走访的是哪一个人"})


class PrefillSchema(ma.Schema):
    form_id = ma.fields.String()
    version = ma.fields.String()
    values = ma.fields.Dict(metadata={"description": "按题目名的答案；成员重复组每人一行"})
    sources = ma.fields.List(ma.fields.Dict(), metadata={"description": "每个答案的来源和日期"})
