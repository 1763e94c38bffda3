"""Questions on the wire."""

import marshmallow as ma


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
