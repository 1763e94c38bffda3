"""Simulations on the wire."""

from datetime import date
from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.eligibility.determination import VERDICTS
from fieldsvc.kit import clock
from fieldsvc.policy.changes import Change

from .models import Simulation, SimulationLine


class ChangeSchema(ma.Schema):
    name = ma.fields.String(required=True, validate=Length(1, 64), metadata={"description": "参数名，如 dibao_standard"})
    value = ma.fields.Raw(required=True, metadata={"description": "新值；小数写成文字；分档表可只写要改的档"})
    starts = ma.fields.Date(required=True, data_key="from", metadata={"description": "从哪一天起"})
    reference = ma.fields.String(load_default="", validate=Length(max=200), metadata={"description": "依据的文件，批准时必填"})


class NewSimulationSchema(ma.Schema):
    changes = ma.fields.List(ma.fields.Nested(ChangeSchema), required=True, validate=Length(1, 20))
    jurisdiction = ma.fields.String(validate=Length(1, 40))
    on = ma.fields.Date(metadata={"description": "按哪一天试算；缺省为今天与各起始日中最晚的一天"})


class LinesQuerySchema(ma.Schema):
    after = ma.fields.Integer(load_default=0, validate=Range(0))
    limit = ma.fields.Integer(load_default=200, validate=Range(1, 1000))


class FileQuerySchema(ma.Schema):
    kind = ma.fields.String(load_default="xlsx", validate=OneOf(["xlsx", "csv"]))


class SimulationSchema(ma.Schema):
    id = ma.fields.String()
    jurisdiction = ma.fields.String()
    on = ma.fields.String()
    changes = ma.fields.List(ma.fields.Dict())
    state = ma.fields.String(metadata={"description": "waiting、done、failed 或 approved"})
    households = ma.fields.Integer(allow_none=True)
    persons = ma.fields.Integer(allow_none=True)
    changed_households = ma.fields.Integer(allow_none=True)
    totals = ma.fields.Raw(allow_none=True, metadata={"description": "各项目新旧结果的人数和金额"})
    error = ma.fields.String(allow_none=True)
    asked_at = ma.fields.String()
    finished_at = ma.fields.String(allow_none=True)
    approved_at = ma.fields.String(allow_none=True)


class SimulationListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(SimulationSchema))


class LineSchema(ma.Schema):
    n = ma.fields.Integer()
    household_id = ma.fields.String()
    subject_id = ma.fields.String()
    programme = ma.fields.String()
    old = ma.fields.String(allow_none=True)
    new = ma.fields.String(allow_none=True)
    old_label = ma.fields.String(allow_none=True)
    new_label = ma.fields.String(allow_none=True)
    old_yuan = ma.fields.String(allow_none=True)
    new_yuan = ma.fields.String(allow_none=True)


class LineListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(LineSchema))
    next = ma.fields.Integer(allow_none=True)


def changes(body: dict[str, Any], jurisdiction: str) -> list[Change]:
    return [Change(jurisdiction, c["name"], c["value"], c["starts"], c["reference"]) for c in body["changes"]]


def shown(row: Simulation) -> dict[str, Any]:
    return {"id": row.id, "jurisdiction": row.jurisdiction, "on": _day(row.on_date), "changes": row.changes, "state": row.state,
            "households": row.households, "persons": row.persons, "changed_households": row.changed, "totals": row.totals,
            "error": row.error, "asked_at": clock.show(row.asked_at), "finished_at": clock.show(row.finished_at),
            "approved_at": clock.show(row.approved_at)}  # fmt: skip


def _day(day: date) -> str:
    return day.isoformat()


def line(row: SimulationLine) -> dict[str, Any]:
    labels = {f"{side}_label": VERDICTS.get(getattr(row, side) or "", getattr(row, side)) for side in ("old", "new")}
    return {name: getattr(row, name) for name in LineSchema._declared_fields if name not in labels} | labels
