"""Gifts and points on the wire."""

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, NoneOf, OneOf, Range

from fieldsvc.kit import clock
from fieldsvc.kit.money import YUAN

from .models import Gift, GiftUse, Points

KINDS = {"money": "资金", "goods": "物品", "service": "服务", "project": "项目"}


class NewGiftSchema(ma.Schema):
    donor = ma.fields.String(required=True, validate=Length(1, 80), metadata={"description": "组织、企业或个人；可写“匿名”"})
    kind = ma.fields.String(required=True, validate=OneOf(KINDS))
    amount = ma.fields.String(validate=YUAN)
    what = ma.fields.String(validate=Length(1, 200))
    project = ma.fields.String(validate=Length(1, 80))
    received_on = ma.fields.Date()

    @ma.validates_schema
    def _something(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("amount") and not data.get("what"):
            raise ma.ValidationError("写明金额或物品、服务。", "what")


class NewUseSchema(ma.Schema):
    household_id = ma.fields.UUID(required=True)
    person_id = ma.fields.UUID()
    medical = ma.fields.Boolean(metadata={"description": "资助医疗费用：写明是谁；只补保险和医疗救助以后的自负部分"})
    amount = ma.fields.String(validate=YUAN)
    what = ma.fields.String(validate=Length(1, 200))

    @ma.validates_schema
    def _something(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("amount") and not data.get("what"):
            raise ma.ValidationError("写明金额或物品、服务。", "what")


class GiftSchema(ma.Schema):
    id = ma.fields.String()
    code = ma.fields.String(metadata={"description": "交给捐赠人，凭它查看使用情况"})
    donor = ma.fields.String()
    kind = ma.fields.String()
    amount = ma.fields.String(allow_none=True)
    what = ma.fields.String(allow_none=True)
    project = ma.fields.String(allow_none=True)
    received_on = ma.fields.Date()


class GiftListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(GiftSchema))


class GiftUseSchema(ma.Schema):
    donor = ma.fields.String()
    kind = ma.fields.String()
    amount = ma.fields.String(allow_none=True)
    what = ma.fields.String(allow_none=True)
    used = ma.fields.String(metadata={"description": "已支出（元）"})
    uses = ma.fields.List(ma.fields.Dict(), metadata={"description": "日期、镇（街道）、金额或物品；没有姓名"})


class PointsSchema(ma.Schema):
    points = ma.fields.Integer(required=True, strict=True, validate=[Range(-100_000, 100_000), NoneOf([0])],
                               metadata={"description": "获得为正，兑换为负"})  # fmt: skip
    what = ma.fields.String(required=True, validate=Length(1, 200), metadata={"description": "参加了什么活动，或兑换了什么"})


class PointsAccountSchema(ma.Schema):
    balance = ma.fields.Integer()
    lines = ma.fields.List(ma.fields.Dict())


def line(gift: Gift) -> dict[str, Any]:
    return {name: getattr(gift, name) for name in ("id", "code", "donor", "kind", "amount", "what", "project", "received_on")}


def use_of(gift: Gift, used: str, uses: list[tuple[GiftUse, str]]) -> dict[str, Any]:
    """What the donor sees: whose it became is nobody's business but theirs."""
    return {"donor": gift.donor, "kind": gift.kind, "amount": gift.amount, "what": gift.what, "used": used, "uses": [
        {"on": use.on.isoformat(), "township": village[:9], "amount": use.amount, "what": use.what} for use, village in uses
    ]}  # fmt: skip


def told(lines: list[Points]) -> list[dict[str, Any]]:
    return [{"on": p.on.isoformat(), "points": p.points, "what": p.what, "actor": p.actor, "at": clock.show(p.at)} for p in lines]
