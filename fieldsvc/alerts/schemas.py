"""Alerts on the wire."""

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.deadlines.schemas import DeadlinesSchema
from fieldsvc.deadlines.views import Running, summary
from fieldsvc.kit import clock
from fieldsvc.kit.pages import MOST

from .models import Alert, Disposal
from .rules import CARRY_OUT, JOINT_STUDY, KINDS, REFER, SEVERITIES, STATUSES, VERIFICATIONS, VERIFY, VERIFY_AND_END

STEPS = (VERIFY, CARRY_OUT, REFER, JOINT_STUDY, VERIFY_AND_END)


class ListQuerySchema(ma.Schema):
    status = ma.fields.String(validate=OneOf([*STATUSES, "active"]), metadata={"description": "active：未办结的全部"})
    severity = ma.fields.String(validate=OneOf(SEVERITIES))
    kind = ma.fields.String(validate=OneOf(STEPS))
    rule_id = ma.fields.String(validate=Length(max=80))
    duty = ma.fields.String(validate=Length(max=32))
    household_id = ma.fields.UUID()
    village = ma.fields.String(validate=Length(max=12), metadata={"description": "村（居）或镇（街道）区划代码的开头"})
    overdue = ma.fields.Boolean(metadata={"description": "有一步超过办理时限的，或没有的"})
    cursor = ma.fields.String(validate=Length(max=200))
    limit = ma.fields.Integer(load_default=50, validate=Range(1, MOST))


class TaskSchema(ma.Schema):
    title = ma.fields.String(required=True, validate=Length(1, 120))
    account_id = ma.fields.Integer(strict=True, validate=Range(1, 2**31 - 1))
    due_on = ma.fields.Date()


class StepSchema(ma.Schema):
    """一步处置。先 verify（核实），再按类别：carry_out 落实、refer 转办、joint_study 一事一议、verify_and_end 核查终止。"""

    kind = ma.fields.String(required=True, validate=OneOf(STEPS))
    note = ma.fields.String(validate=Length(max=1000))
    result = ma.fields.String(validate=OneOf(VERIFICATIONS), metadata={"description": "verify：核实结果"})
    carried_out = ma.fields.String(validate=Length(1, 1000), metadata={"description": "carry_out：落实了什么"})
    done_on = ma.fields.Date(metadata={"description": "carry_out：落实日期"})
    duty = ma.fields.String(validate=Length(max=32), metadata={"description": "refer：转办的职责，缺省用预警自带的"})
    ask = ma.fields.String(validate=Length(max=32), metadata={"description": "verify_and_end：商请核查的职责"})
    members = ma.fields.List(ma.fields.String(validate=Length(1, 64)), validate=Length(max=50))
    decision = ma.fields.String(validate=Length(1, 2000))
    tasks = ma.fields.List(ma.fields.Nested(TaskSchema), validate=Length(max=20))
    findings = ma.fields.String(validate=Length(1, 2000))
    ended = ma.fields.Boolean(metadata={"description": "verify_and_end：是否符合终止条件"})
    reenter_consent = ma.fields.Boolean(metadata={"description": "verify_and_end：本人同意退出后直接转入其他认定程序"})
    months = ma.fields.Integer(strict=True, validate=Range(1, 24),
        metadata={"description": "verify_and_end：渐退期的月数，文件给出范围时必填"})
    consent = ma.fields.Boolean(metadata={"description": "verify 为 procedure_started：申请人同意逐类审核"})


class UndoSchema(ma.Schema):
    reason = ma.fields.String(required=True, validate=Length(1, 1000), metadata={"description": "撤销的理由"})


class AssignmentSchema(ma.Schema):
    alert_ids = ma.fields.List(ma.fields.UUID(), required=True, validate=Length(1, MOST))
    account_id = ma.fields.Integer(required=True, validate=Range(1, 2**31 - 1), metadata={"description": "承办的经办人员账号"})
    note = ma.fields.String(validate=Length(max=1000))


class AlertsAssignedSchema(ma.Schema):
    assigned = ma.fields.List(ma.fields.UUID(), metadata={"description": "这次换了承办人的预警"})


class AlertSchema(DeadlinesSchema):
    id = ma.fields.UUID()
    rule_id = ma.fields.String()
    title = ma.fields.String()
    message = ma.fields.String()
    severity = ma.fields.String()
    kind = ma.fields.String(metadata={"description": "建议的处置类别"})
    status = ma.fields.String()
    status_label = ma.fields.String()
    verification = ma.fields.String(allow_none=True)
    duty = ma.fields.String(allow_none=True)
    household_id = ma.fields.UUID()
    person_id = ma.fields.UUID(allow_none=True)
    village_code = ma.fields.String()
    channels = ma.fields.List(ma.fields.Dict(), metadata={"description": "发现渠道：走访、大数据比对……"})
    opened_at = ma.fields.String()
    closed_at = ma.fields.String(allow_none=True)


class AlertDetailSchema(AlertSchema):
    reasons = ma.fields.Raw(metadata={"description": "每项条件的输入、取值、参数、条款和原文"})
    disposals = ma.fields.List(ma.fields.Dict())


class AlertListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(AlertSchema))
    next = ma.fields.String(allow_none=True, metadata={"description": "下一页的 cursor；没有下一页时为 null"})


class CountsSchema(ma.Schema):
    by_status = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())
    by_kind = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.Integer(), metadata={"description": "按处置类别"}
    )


def line(alert: Alert) -> dict[str, Any]:
    names = ("id", "rule_id", "title", "message", "severity", "kind", "status", "verification", "duty", "household_id",
             "person_id", "village_code", "channels")  # fmt: skip
    shown = {name: getattr(alert, name) for name in names}
    return shown | {"status_label": STATUSES[alert.status], "opened_at": clock.show(alert.opened_at),
                    "closed_at": clock.show(alert.closed_at)}  # fmt: skip


def detail(alert: Alert, disposals: list[Disposal], clocks: list[Running]) -> dict[str, Any]:
    return line(alert) | summary(clocks) | {"reasons": alert.reasons, "disposals": [step(each) for each in disposals]}


def step(disposal: Disposal) -> dict[str, Any]:
    told = {name: value for name, value in disposal.detail.items() if name != "said"}
    return {"id": disposal.id, "kind": disposal.kind, "label": KINDS.get(disposal.kind, disposal.kind),
            "verification": disposal.verification, "note": disposal.note, "detail": told,
            "actor_id": disposal.actor_id, "at": clock.show(disposal.at)}  # fmt: skip
