"""The wire of forms."""

from marshmallow import Schema, fields


class FormOut(Schema):
    form_id = fields.String(required=True)
    version = fields.String(required=True)
    title = fields.String(required=True)
    klass = fields.String(required=True)
    hash = fields.String(required=True)
    department = fields.String(required=True)


class FormList(Schema):
    items = fields.List(fields.Nested(FormOut), required=True)
