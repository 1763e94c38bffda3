"""The wire of the registry. Numbers leave masked."""

from marshmallow import Schema, fields, validate

from fieldsvc.kit.ids import UUID_TEXT

MOST = 2_000


class PairSchema(Schema):
    household_id = fields.String(required=True, validate=validate.Regexp(f"^{UUID_TEXT.pattern}\\Z"))
    account_id = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))


class AssignmentsSchema(Schema):
    grant = fields.List(fields.Nested(PairSchema), load_default=list, validate=validate.Length(max=MOST))
    revoke = fields.List(fields.Nested(PairSchema), load_default=list, validate=validate.Length(max=MOST))


class AssignedSchema(Schema):
    granted = fields.Integer(metadata={"description": "新增的责任户数；原来已有的不计"})
    revoked = fields.Integer(metadata={"description": "收回的责任户数"})


class ListQuerySchema(Schema):
    village = fields.String(validate=validate.Regexp(r"^\d{6,12}\Z"), metadata={"description": "区划代码或其前缀"})
    q = fields.String(validate=validate.Length(min=1, max=64), metadata={"description": "姓名、户编号或完整身份证号"})
    page = fields.Integer(load_default=1, validate=validate.Range(1, 100_000))
    size = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class HouseholdLineSchema(Schema):
    id = fields.String()
    ref = fields.String(allow_none=True)
    name = fields.String()
    village_code = fields.String()
    village = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    area = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    tier = fields.String(allow_none=True)
    persons_count = fields.Integer()


class HouseholdListSchema(Schema):
    items = fields.List(fields.Nested(HouseholdLineSchema))
    total = fields.Integer()


class PersonSchema(Schema):
    id = fields.String()
    name = fields.String()
    sex = fields.String(allow_none=True)
    birth_date = fields.Date(allow_none=True)
    relation = fields.String(allow_none=True)
    identity_kind = fields.String()
    id_number = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    tier = fields.String(allow_none=True)


class WorkerSchema(Schema):
    account_id = fields.Integer()
    name = fields.String()
    role = fields.String()


class HouseholdSchema(HouseholdLineSchema):
    head_person_id = fields.String(allow_none=True)
    updated_at = fields.String()
    persons = fields.List(fields.Nested(PersonSchema))
    workers = fields.List(fields.Nested(WorkerSchema))
