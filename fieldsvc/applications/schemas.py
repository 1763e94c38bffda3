"""Applications on the wire."""

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.deadlines.schemas import DeadlinesSchema
from fieldsvc.households.rules import TIERS
from fieldsvc.kit import clock
from fieldsvc.kit.pages import MOST

from .models import Application, ApplicationEvent
from .rules import CONFIRM, OVERRIDE, RESULTS

APPLIED = [tier for tier in TIERS if tier != "none"]
STEPS = {"opened": "受理申请", "judged": "审核意见", "changed_over": "转换程序", "consent_withdrawn": "撤回同意", "decided": "认定",
         "reopened": "退回重新审核", "published": "公示", "surveyed": "入户调查", "managed": "日常管理",
         "told": "受理时登记情况"}  # fmt: skip


class ConsentSchema(ma.Schema):
    taken_on = ma.fields.Date(metadata={"description": "征得同意的日期，缺省为今天"})
    scope = ma.fields.List(ma.fields.String(validate=Length(1, 40)), validate=Length(1, 10))


class ToldSchema(ma.Schema):
    """``answers``: {“事实名--户或人的编号”: 所说的内容}，取自审核意见的 missing。"""

    answers = ma.fields.Dict(keys=ma.fields.String(validate=Length(1, 120)), values=ma.fields.String(validate=Length(max=200)),
                             required=True, validate=Length(1, 200))  # fmt: skip


class NewApplicationSchema(ma.Schema):
    household_id = ma.fields.UUID(required=True)
    person_id = ma.fields.UUID(metadata={"description": "本人申请（单人户、特困）；缺省为全户"})
    tier = ma.fields.String(validate=OneOf(APPLIED), metadata={"description": "申请哪一类"})
    consent = ma.fields.Nested(ConsentSchema, metadata={"description": "申请人同意分类审核；没有时只审核所申请的一类"})
    left = ma.fields.String(validate=OneOf(APPLIED), metadata={"description": "刚退出的类别，经同意直接转入其后的类别"})
    helper = ma.fields.String(validate=Length(1, 80), metadata={"description": "代为申请的人"})


class DecisionSchema(ma.Schema):
    kind = ma.fields.String(required=True, validate=OneOf([CONFIRM, OVERRIDE]))
    tier = ma.fields.String(validate=OneOf(list(TIERS)), metadata={"description": "override：认定为哪一类"})
    reason = ma.fields.String(validate=Length(max=1000), metadata={"description": "override：理由，必填"})


class ListQuerySchema(ma.Schema):
    state = ma.fields.String(validate=OneOf(["open", "decided"]))
    household_id = ma.fields.UUID()
    cursor = ma.fields.String(validate=Length(max=200))
    limit = ma.fields.Integer(load_default=50, validate=Range(1, MOST))


class ApplicationLineSchema(DeadlinesSchema):
    id = ma.fields.String()
    household_id = ma.fields.String()
    person_id = ma.fields.String(allow_none=True)
    applied = ma.fields.String(metadata={"description": "所申请的类别，始终不变"})
    procedure = ma.fields.String(metadata={"description": "现在办理的程序；可随审核意见转换，编号不变"})
    state = ma.fields.String()
    left = ma.fields.String(allow_none=True)
    helper = ma.fields.String(allow_none=True)
    consent = ma.fields.Raw(allow_none=True)
    decision = ma.fields.Raw(allow_none=True)
    on = ma.fields.String()
    rule_set = ma.fields.String()
    opened_at = ma.fields.String()


class ApplicationSchema(ApplicationLineSchema):
    proposal = ma.fields.Raw(metadata={"description": "按本地区先后顺序逐类审核的意见和理由"})
    steps = ma.fields.List(ma.fields.Dict())


class ApplicationListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ApplicationLineSchema))
    next = ma.fields.String(allow_none=True)


def line(row: Application) -> dict[str, Any]:
    return {"id": row.id, "household_id": row.household_id, "person_id": row.person_id, "applied": row.applied,
            "procedure": row.procedure, "state": row.state, "left": row.left_tier, "helper": row.helper, "consent": row.consent,
            "decision": row.decision, "on": row.on_date.isoformat(), "rule_set": row.rule_set,
            "opened_at": clock.show(row.opened_at)}  # fmt: skip


def detail(row: Application, events: list[ApplicationEvent]) -> dict[str, Any]:
    tried = [t | {"result_label": RESULTS[t["result"]]} for t in row.proposal["tried"]]
    steps = [{"kind": e.kind, "label": STEPS.get(e.kind, e.kind), "actor": e.actor, "detail": e.detail, "at": clock.show(e.at)}
             for e in events]  # fmt: skip
    return line(row) | {"proposal": row.proposal | {"tried": tried}, "steps": steps}
