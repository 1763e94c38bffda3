"""Plans on the wire."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range, Regexp

from fieldsvc.kit import clock
from fieldsvc.kit.pages import MOST

from .models import Plan, PlanEntry
from .providers import KINDS
from .rules import ASKED, OFFERED, RUNNING, STATES, WAITING, turns


class PlanConsentSchema(ma.Schema):
    given_by = ma.fields.String(required=True, validate=Length(1, 40), metadata={"description": "谁表示同意：本人或监护人"})
    on = ma.fields.Date()


class PlanWishSchema(ma.Schema):
    wish = ma.fields.String(required=True, validate=Length(1, 100), metadata={"description": "本人的意愿"})
    stated_by = ma.fields.String(required=True, validate=Length(1, 40), metadata={"description": "由谁表示"})


class PlanPartiesSchema(ma.Schema):
    provider = ma.fields.String(validate=Length(1, 80), metadata={"description": "由谁提供（机构、组织、志愿者）"})
    payer = ma.fields.String(validate=Length(1, 80), metadata={"description": "资金来源"})
    worker_id = ma.fields.Integer(strict=True, validate=Range(1, 2**31 - 1), metadata={"description": "承接单位的哪一名工作人员"})
    starts_on = ma.fields.Date()
    ends_on = ma.fields.Date()
    every_days = ma.fields.Integer(strict=True, validate=Range(1, 366), metadata={"description": "每隔几天一次"})
    note = ma.fields.String(validate=Length(max=1000))


class NewPlanSchema(PlanPartiesSchema):
    household_id = ma.fields.UUID(required=True)
    person_id = ma.fields.UUID(metadata={"description": "面向个人的项目必填"})
    item = ma.fields.String(required=True, validate=Length(1, 80), metadata={"description": "救助项目目录中的一项"})
    state = ma.fields.String(validate=OneOf([ASKED, OFFERED, WAITING, RUNNING]))
    kinds = ma.fields.List(ma.fields.String(validate=Length(1, 40)), validate=Length(max=20), metadata={"description": "包含哪些内容"})
    wish = ma.fields.Nested(PlanWishSchema)
    consent = ma.fields.Nested(PlanConsentSchema, metadata={"description": "慈善和社会力量帮扶：必填"})
    basis = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.UUID(), validate=Length(max=4))

    @ma.post_load
    def _plain(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | ({"basis": {k: str(v) for k, v in data["basis"].items()}} if "basis" in data else {})


class PlanChangeSchema(PlanPartiesSchema):
    state = ma.fields.String(required=True, validate=OneOf(STATES))


class PlanEntrySchema(ma.Schema):
    on = ma.fields.Date(metadata={"description": "哪一天；缺省为今天"})
    what = ma.fields.List(ma.fields.String(validate=Length(1, 40)), validate=Length(max=20))
    note = ma.fields.String(validate=Length(max=1000))
    signed_by = ma.fields.String(validate=Length(1, 40), metadata={"description": "签收人"})
    visit_id = ma.fields.UUID()

    @ma.post_load
    def _plain(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | ({"visit_id": str(data["visit_id"])} if "visit_id" in data else {})


class PlanCheckSchema(ma.Schema):
    right = ma.fields.Boolean(required=True, metadata={"description": "抽查是否属实"})
    note = ma.fields.String(validate=Length(max=1000))


class ListQuerySchema(ma.Schema):
    item = ma.fields.String(validate=Length(max=80))
    state = ma.fields.String(validate=OneOf(STATES))
    aid = ma.fields.String(validate=Length(max=16))
    household_id = ma.fields.UUID()
    person_id = ma.fields.UUID()
    cursor = ma.fields.String(validate=Length(max=200))
    limit = ma.fields.Integer(load_default=50, validate=Range(1, MOST))


class ProviderSchema(ma.Schema):
    name = ma.fields.String(required=True, validate=Length(1, 80))
    kind = ma.fields.String(required=True, validate=OneOf(KINDS))
    region = ma.fields.String(required=True, validate=Regexp(r"^\d{6}(\d{3}){0,2}\Z"), metadata={"description": "服务区域：区划代码的开头"})
    users = ma.fields.List(ma.fields.Integer(strict=True, validate=Range(1, 2**31 - 1)), load_default=list, validate=Length(max=500))


class ProviderUsersSchema(ma.Schema):
    users = ma.fields.List(ma.fields.Integer(strict=True, validate=Range(1, 2**31 - 1)), required=True, validate=Length(max=500))


class ProviderListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Dict(), metadata={"description": "单位的人员、区域、在办、已做和抽查"})


class MonitoringSchema(ma.Schema):
    monitored = ma.fields.Boolean(required=True)
    reason = ma.fields.String(required=True, validate=Length(1, 1000))


class PlanSchema(ma.Schema):
    id = ma.fields.String()
    household_id = ma.fields.String()
    person_id = ma.fields.String(allow_none=True)
    item = ma.fields.String()
    title = ma.fields.String()
    aid = ma.fields.String()
    state = ma.fields.String()
    state_label = ma.fields.String()
    kinds = ma.fields.List(ma.fields.String())
    provider = ma.fields.String(allow_none=True)
    payer = ma.fields.String(allow_none=True)
    worker_id = ma.fields.Integer(allow_none=True)
    starts_on = ma.fields.Date(allow_none=True)
    ends_on = ma.fields.Date(allow_none=True)
    every_days = ma.fields.Integer(allow_none=True)
    wish = ma.fields.Raw(allow_none=True)
    consent = ma.fields.Raw(allow_none=True)
    basis = ma.fields.Raw(allow_none=True)
    note = ma.fields.String(allow_none=True)
    opened_at = ma.fields.String()


class PlanDetailSchema(PlanSchema):
    entries = ma.fields.List(ma.fields.Dict())
    by_kind = ma.fields.Dict(metadata={"description": "每项内容做了几次、最近一次"})
    turns = ma.fields.List(ma.fields.Dict(), metadata={"description": "按周期：哪几次做了，哪几次没做"})


class PlanLineSchema(PlanSchema):
    by_kind = ma.fields.Dict(metadata={"description": "每项内容登记了几次、最近一次，如告知了谁、谁到了场"})


class PlanListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(PlanLineSchema))
    next = ma.fields.String(allow_none=True)


class MeasuresSchema(ma.Schema):
    household_id = ma.fields.String()
    on = ma.fields.String()
    monitored = ma.fields.Boolean(allow_none=True)
    persons = ma.fields.List(ma.fields.Dict(), metadata={"description": "每人的类别和标记"})
    risks = ma.fields.List(ma.fields.Dict(), metadata={"description": "风险：未办结的预警"})
    needs = ma.fields.List(ma.fields.Dict(), metadata={"description": "走访勾选的需求"})
    offers = ma.fields.Dict(metadata={"description": "按救助类别：现在符合的项目，和需求所指、尚待核实的项目"})
    plans = ma.fields.List(ma.fields.Nested(PlanSchema))
    next_visits = ma.fields.List(ma.fields.Dict())


def line(row: Plan) -> dict[str, Any]:
    names = ("id", "household_id", "person_id", "item", "title", "aid", "state", "kinds", "provider", "payer", "worker_id", "starts_on",
             "ends_on", "every_days", "wish", "consent", "basis", "note")  # fmt: skip
    return {name: getattr(row, name) for name in names} | {"state_label": STATES[row.state], "opened_at": clock.show(row.opened_at)}


def detail(row: Plan, entries: Iterable[PlanEntry], told: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """``told``: entries that visits made by their answers."""
    whole = sorted([*map(_entry, entries), *told], key=lambda e: e["on"])
    days = [date.fromisoformat(e["on"]) for e in whole if (e.get("checked") or {}).get("right") is not False]
    periods = turns(row.starts_on, row.every_days, row.ends_on or clock.today(), days) if row.starts_on and row.every_days else []
    return line(row) | {"entries": whole, "by_kind": _by_kind(row, whole), "turns": [
        {"starts": t.starts.isoformat(), "ends": t.ends.isoformat(), "given": [d.isoformat() for d in t.given], "missed": t.missed}
        for t in periods
    ]}  # fmt: skip


def listed(row: Plan, entries: Iterable[PlanEntry]) -> dict[str, Any]:
    """``entries``: what was written down; what visits told is in the plan's own page."""
    return line(row) | {"by_kind": _by_kind(row, [_entry(each) for each in entries])}


def _by_kind(row: Plan, entries: list[dict[str, Any]]) -> dict[str, Any]:
    times = {kind: [e["on"] for e in entries if kind in e["what"]] for kind in row.kinds}
    return {kind: {"times": len(days), "last": max(days, default=None)} for kind, days in times.items()}


def _entry(row: PlanEntry) -> dict[str, Any]:
    return {"n": row.n, "on": row.on.isoformat(), "what": row.what, "note": row.note, "signed_by": row.signed_by,
            "visit_id": row.visit_id, "actor": row.actor, "at": clock.show(row.at), "checked": row.checked}  # fmt: skip
