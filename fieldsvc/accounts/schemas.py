"""The wire of accounts."""

from collections.abc import Callable

from marshmallow import Schema, ValidationError, fields, validate


def plain(text: str) -> None:
    """Control characters and lone surrogates never reach the database."""
    if not text.isprintable():
        raise ValidationError("含有不能识别的字符。")


NAME: list[Callable[[str], object]] = [validate.Length(min=1, max=128), plain]
DEVICE: list[Callable[[str], object]] = [validate.Length(min=1, max=64), plain]
SECRET = validate.Length(min=1, max=256)


class LoginSchema(Schema):
    username = fields.String(required=True, validate=NAME, metadata={"description": "用户名"})
    password = fields.String(required=True, validate=SECRET, metadata={"description": "密码"})
    device_id = fields.String(required=True, validate=DEVICE, metadata={"description": "设备编号"})


class ScopeSchema(Schema):
    region = fields.String()
    classes = fields.List(fields.String())


class UserSchema(Schema):
    id = fields.Integer()
    username = fields.String()
    name = fields.String()
    role = fields.String()
    role_title = fields.String()
    county = fields.String()
    region = fields.String()
    department = fields.String(allow_none=True)
    scope = fields.Nested(ScopeSchema)


class RegionSchema(Schema):
    code = fields.String()
    name = fields.String()
    parent = fields.String(allow_none=True)
    staffed = fields.Boolean(metadata={"description": "县、镇有经办人员，村有网格员或儿童主任"})


class RegionsSchema(Schema):
    items = fields.List(fields.Nested(RegionSchema))


class DeviceSchema(Schema):
    id = fields.String()
    first_seen = fields.String()
    last_seen = fields.String()


class DevicesSchema(Schema):
    items = fields.List(fields.Nested(DeviceSchema))


class ShutOffSchema(Schema):
    device_id = fields.String(required=True, validate=validate.Length(1, 64))


class TokensSchema(Schema):
    access_token = fields.String()
    refresh_token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer(metadata={"description": "access_token 的有效秒数"})


class LoggedInSchema(TokensSchema):
    user = fields.Nested(UserSchema)
