"""No refused field answers in English."""

import re

import marshmallow as ma
import pytest
from marshmallow import fields, validate

from fieldsvc.kit.messages import in_chinese


class Everything(ma.Schema):
    text = fields.String(required=True, validate=validate.Length(1, 3))
    code = fields.String(validate=validate.Regexp(r"^\d\Z"))
    exact = fields.String(validate=validate.Length(equal=2))
    kind = fields.String(validate=validate.OneOf(["a"]))
    whole = fields.Integer(validate=validate.Range(1, 9))
    sum = fields.Decimal(validate=validate.Range(0, 9, min_inclusive=False))
    least = fields.Integer(validate=validate.Range(min=3))
    yes = fields.Boolean()
    day = fields.Date()
    at = fields.AwareDateTime()
    id = fields.UUID()
    many = fields.List(fields.Integer())
    inner = fields.Nested(lambda: Everything())
    told = fields.Dict()


WRONG = [
    {}, {"text": None}, {"text": "long"}, {"text": ""}, {"text": 3}, {"code": "x"}, {"exact": "x"}, {"kind": "b"}, {"whole": "x"},
    {"whole": 0}, {"whole": 10}, {"sum": "x"}, {"sum": "0"}, {"sum": "nan"}, {"least": 1}, {"yes": "maybe"}, {"day": "x"}, {"at": "x"},
    {"at": "2026-01-05T00:00:00"}, {"id": "x"}, {"many": "x"}, {"many": ["x"]}, {"inner": "x"}, {"inner": {}}, {"told": "x"}, {"more": 1},
]  # fmt: skip


@pytest.mark.parametrize("given", WRONG, ids=str)
def test_every_message_is_chinese(given):
    with pytest.raises(ma.ValidationError) as refused:
        Everything().load(given)
    told = in_chinese(refused.value.normalized_messages())
    messages = re.findall(r"'([^']*)'(?!:)", str(told))
    assert messages and not [text for text in messages if re.search("[A-Za-z]{3}", text)], told


def test_a_schemas_own_words_stay():
    assert in_chinese({"sum": ["应为金额（元），例如 1500。"]}) == {"sum": ["应为金额（元），例如 1500。"]}
