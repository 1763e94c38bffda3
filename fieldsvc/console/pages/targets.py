"""What the plan set out to reach (目标任务): each target with its clause and end date beside the value reached."""

from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from flask_babel import gettext as _
from marshmallow.validate import Length, Range

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY
from fieldsvc.console import exports
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.departments.web import departments
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site
from fieldsvc.organisation import queries, service, staffing
from fieldsvc.organisation.models import Measure
from fieldsvc.organisation.staffing import Target


class Entered(ma.Schema):
    name = ma.fields.String(required=True, validate=Length(1, 80))
    part = ma.fields.Integer(required=True, validate=Range(0, 10**8))
    whole = ma.fields.Integer(validate=Range(1, 10**8))
    on = ma.fields.Date(required=True)
    note = ma.fields.String(validate=Length(max=500))


@dataclass(frozen=True, slots=True)
class Line:
    """A target and the latest value entered for it."""

    target: Target
    entered: Measure | None

    @property
    def present(self) -> str:
        one = self.entered
        if one is None:
            return ""
        if self.target.share and one.whole:
            return f"{one.part * 1000 // one.whole / 10:.1f}%（{one.part}/{one.whole}）"
        return _("完成 %(part)s / %(whole)s", part=one.part, whole=one.whole) if one.whole else _("完成 %(part)s 项", part=one.part)

    @property
    def standing(self) -> str:
        return _(STANDINGS[service.standing(self.target, self.entered, clock.today())])


STANDINGS = {"reached": "已达到", "over": "已到期，未达到", "running": "进行中", "unknown": "未登记", "unknown-over": "已到期，未登记"}
TARGETS = Listing("目标任务", (
    Column("目标", lambda one: one.target.title), Column("要求", lambda one: one.target.wanted),
    Column("期限", lambda one: one.target.until),
    Column("现值", lambda one: one.present), Column("截至", lambda one: one.entered.on_date.isoformat() if one.entered else ""),
    Column("进度", lambda one: one.standing), Column("说明", lambda one: (one.entered.note or "") if one.entered else ""),
    Column("依据", lambda one: one.target.source),
))  # fmt: skip


def wanted() -> list[Target]:
    return staffing.targets(departments().policy, site().settings.jurisdiction, clock.today())


@page("/targets", COUNTY, menu=(87, "目标任务"))
def targets() -> Any:
    kind, aims = exports.wanted(), wanted()
    with site().db.read() as session:
        values = queries.measures(session, site().county, [one.name for one in aims])
    lines = [Line(one, values.get((one.name, site().county))) for one in aims]
    if kind:
        return exports.export(kind, TARGETS, lines, [], [])
    return show("targets.html", heads=[_(head) for head in TARGETS.heads], rows=list(TARGETS.cells(lines)), today=clock.today(),
                choices={one.name: one.title for one in aims}, purposes=exports.PURPOSES)  # fmt: skip


@page("/targets", COUNTY, post=True, back=targets)
def enter_target() -> Any:
    body = read_form(Entered)
    aim = next((one for one in wanted() if one.name == body["name"]), None)
    if aim is None:
        raise Problem(422, "unknown-target", "没有这个目标，请从列表中选择。", {"errors": {"name": "请重新选择"}})
    if aim.share and "whole" not in body:
        raise Problem(422, "whole-missing", "占比须同时填写其中数和总数。", {"errors": {"whole": "必填"}})
    with site().db.write() as session:
        service.enter_measure(session, actor(), aim.name, site().county, body)
    return done(_("已登记“%(title)s”的现值。", title=aim.title), "console.targets")
