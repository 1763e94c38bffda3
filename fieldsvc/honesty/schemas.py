"""The wire of honesty."""

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.kit.money import some_yuan, yuan

from .rules import STATES


class PromiseIn(ma.Schema):
    signed_by = ma.fields.String(required=True, validate=Length(1, 64))
    signed_on = ma.fields.Date(required=True)


class BreachIn(ma.Schema):
    finding = ma.fields.String(required=True, validate=Length(1, 2000))
    owed = ma.fields.Decimal(required=True, places=2, validate=yuan, metadata={"description": "应退还金额（元）"})
    goods = ma.fields.String(validate=Length(max=1000), metadata={"description": "应退还的物资"})


class RepaidIn(ma.Schema):
    amount = ma.fields.Decimal(required=True, places=2, validate=some_yuan)


class ReasonIn(ma.Schema):
    reason = ma.fields.String(required=True, validate=Length(1, 1000))


class KinIn(ma.Schema):
    relation = ma.fields.String(required=True, validate=Length(1, 64))


class CorrectionIn(ma.Schema):
    about_n = ma.fields.Integer(required=True, validate=Range(1, 10**6), metadata={"description": "救助链上的序号"})
    cause = ma.fields.String(required=True, validate=Length(1, 1000))
    corrected = ma.fields.String(required=True, validate=Length(1, 1000))
    found_on = ma.fields.Date(required=True)
    corrected_on = ma.fields.Date(required=True)


class ListIn(ma.Schema):
    state = ma.fields.String(validate=OneOf(STATES))
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))
