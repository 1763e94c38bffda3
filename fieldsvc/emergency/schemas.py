"""Emergencies on the wire."""

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range, Regexp

from fieldsvc.deadlines.schemas import DeadlinesSchema
from fieldsvc.kit import clock
from fieldsvc.kit.money import YUAN
from fieldsvc.kit.pages import MOST

from .models import Emergency, Payment
from .rules import ADVANCE, CAUSES, KINDS, PAYMENTS, RESIDENCES, STATES, STRANDED, sum_of


class NewcomerSchema(ma.Schema):
    name = ma.fields.String(required=True, validate=Length(1, 64), metadata={"description": "姓名；不知道的写“身份不明”"})
    village_code = ma.fields.String(required=True, validate=Regexp(r"^\d{12}\Z"), metadata={"description": "急难发生地的村（社区）"})
    sex = ma.fields.String(validate=OneOf(["male", "female"]))
    birth_date = ma.fields.String(validate=Regexp(r"^\d{4}-\d{2}-\d{2}\Z"))
    id_number = ma.fields.String(validate=Length(max=32))


class NewEmergencySchema(ma.Schema):
    household_id = ma.fields.UUID()
    person_id = ma.fields.UUID()
    newcomer = ma.fields.Nested(NewcomerSchema, metadata={"description": "没有登记的人：不限户籍地、居住地"})
    kind = ma.fields.String(required=True, validate=OneOf(KINDS))
    cause = ma.fields.String(required=True, validate=OneOf(CAUSES))
    event = ma.fields.String(validate=Length(1, 80), metadata={"description": "突发公共事件的名称"})
    residence = ma.fields.String(load_default="registered", validate=OneOf(RESIDENCES))
    stranded = ma.fields.String(validate=OneOf(STRANDED))
    shelter = ma.fields.String(validate=Length(1, 200), metadata={"description": "临时安置地点；只有经办人看得到"})
    found_at = ma.fields.AwareDateTime(metadata={"description": "发现的时间；缺省为现在"})
    found_by = ma.fields.String(validate=Length(1, 80), metadata={"description": "发现人或渠道"})
    alert_id = ma.fields.UUID()

    @ma.validates_schema
    def _someone(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data.get("household_id")) == bool(data.get("newcomer")):
            raise ma.ValidationError("household_id 和 newcomer 写一项。", "household_id")
        if data.get("found_at") and data["found_at"] > clock.now():
            raise ma.ValidationError("发现的时间不能晚于现在。", "found_at")

    @ma.post_load
    def _plain(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | ({"alert_id": str(data["alert_id"])} if "alert_id" in data else {})


class NewPaymentSchema(ma.Schema):
    kind = ma.fields.String(required=True, validate=OneOf(PAYMENTS), metadata={"description": "advance 先行救助；stage 按审批发放"})
    amount = ma.fields.String(validate=YUAN)
    what = ma.fields.String(validate=Length(1, 120), metadata={"description": "物资或服务"})
    source = ma.fields.String(validate=Length(1, 80), metadata={"description": "资金来源"})
    from_reserve = ma.fields.Boolean(metadata={"description": "从本镇（街道）临时救助备用金支付，余额不够的不能支付"})
    note = ma.fields.String(validate=Length(max=1000))

    @ma.validates_schema
    def _something(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("amount") and not data.get("what"):
            raise ma.ValidationError("写明金额或物资。", "amount")


class ReserveSchema(ma.Schema):
    township = ma.fields.String(required=True, validate=Regexp(r"^\d{9}\Z"))
    amount = ma.fields.String(required=True, validate=YUAN)
    note = ma.fields.String(validate=Length(max=1000))


class ReserveEntrySchema(ma.Schema):
    township = ma.fields.String()
    balance = ma.fields.String(metadata={"description": "余额（元）"})


class AccountSchema(ma.Schema):
    text = ma.fields.String(required=True, validate=Length(1, 2000))
    papers = ma.fields.List(ma.fields.String(validate=Length(1, 80)), load_default=list, validate=Length(max=30))


class ApprovalSchema(ma.Schema):
    amount = ma.fields.String(required=True, validate=YUAN)
    stages = ma.fields.Integer(load_default=1, strict=True, validate=Range(1, 12), metadata={"description": "分几次发放"})
    meeting = ma.fields.String(validate=Length(max=2000), metadata={"description": "“一事一议”的研究情况"})


class ClosingSchema(ma.Schema):
    outcome = ma.fields.String(required=True, validate=Length(1, 2000))


class EmergencyListQuerySchema(ma.Schema):
    state = ma.fields.String(validate=OneOf(STATES))
    kind = ma.fields.String(validate=OneOf(KINDS))
    cause = ma.fields.String(validate=OneOf(CAUSES))
    event = ma.fields.String(validate=Length(max=80))
    household_id = ma.fields.UUID()
    cursor = ma.fields.String(validate=Length(max=200))
    limit = ma.fields.Integer(load_default=50, validate=Range(1, MOST))


class EmergencySchema(DeadlinesSchema):
    id = ma.fields.String()
    household_id = ma.fields.String()
    person_id = ma.fields.String(allow_none=True)
    village_code = ma.fields.String(metadata={"description": "急难发生地"})
    kind = ma.fields.String()
    cause = ma.fields.String()
    cause_label = ma.fields.String()
    event = ma.fields.String(allow_none=True)
    residence = ma.fields.String()
    trial = ma.fields.Boolean(metadata={"description": "按试点办理"})
    stranded = ma.fields.String(allow_none=True)
    state = ma.fields.String()
    state_label = ma.fields.String()
    found_at = ma.fields.String()
    found_by = ma.fields.String()
    first_aid_at = ma.fields.String(allow_none=True)
    minutes_to_aid = ma.fields.Integer(allow_none=True, metadata={"description": "从发现到首次救助的分钟数"})
    account_due_on = ma.fields.Date(allow_none=True)
    account_owed = ma.fields.Boolean()
    next_look_on = ma.fields.String(allow_none=True)
    opened_at = ma.fields.String()


class EmergencyDetailSchema(EmergencySchema):
    account = ma.fields.Raw(allow_none=True)
    approval = ma.fields.Raw(allow_none=True)
    paid = ma.fields.String(metadata={"description": "累计金额（元）"})
    tiers = ma.fields.List(ma.fields.Dict(), metadata={"description": "本地为这一原因设定的分档：档次和金额（元）"})
    limit = ma.fields.String(allow_none=True, metadata={"description": "不经“一事一议”最多可批的金额（元）；没有规定的为空"})
    payments = ma.fields.List(ma.fields.Dict())
    shelter = ma.fields.String(allow_none=True, metadata={"description": "只有经办人看得到"})
    outcome = ma.fields.String(allow_none=True)


class EmergencyListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(EmergencySchema))
    next = ma.fields.String(allow_none=True)


class EmergencyCountsSchema(ma.Schema):
    by_state = ma.fields.Dict()
    by_kind = ma.fields.Dict()
    by_cause = ma.fields.Dict()
    by_event = ma.fields.Dict()


def line(case: Emergency, paid: list[Payment], look: Any) -> dict[str, Any]:
    names = ("id", "household_id", "person_id", "village_code", "kind", "cause", "event", "residence", "trial", "stranded", "state",
             "found_by", "account_due_on")  # fmt: skip
    first = clock.aware(paid[0].at) if paid else None
    minutes = int((first - clock.aware(case.found_at)).total_seconds() // 60) if first else None
    return {name: getattr(case, name) for name in names} | {
        "cause_label": CAUSES[case.cause], "state_label": STATES[case.state], "found_at": clock.show(case.found_at),
        "first_aid_at": clock.show(first), "minutes_to_aid": minutes, "opened_at": clock.show(case.opened_at),
        "account_owed": case.account is None and any(p.kind == ADVANCE for p in paid),
        "next_look_on": look.isoformat() if look else None,
    }  # fmt: skip


def detail(case: Emergency, paid: list[Payment], look: Any, shelter: str | None) -> dict[str, Any]:
    shown = [{"n": p.n, "kind": p.kind, "label": PAYMENTS[p.kind], "amount": p.amount, "what": p.what, "source": p.source, "note": p.note,
              "actor": p.actor, "at": clock.show(p.at)} for p in paid]  # fmt: skip
    return line(case, paid, look) | {"account": case.account, "approval": case.approval, "paid": str(sum_of(p.amount for p in paid)),
                                     "payments": shown, "shelter": shelter, "outcome": case.outcome}  # fmt: skip
