"""Performance (绩效评价): how townships and departments carried out aid policy over a period."""

from datetime import date, datetime, time, timedelta
from typing import Any

import marshmallow as ma
from flask import request
from marshmallow.validate import OneOf

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import regions_below
from fieldsvc.accounts.rules import COUNTY
from fieldsvc.console import exports
from fieldsvc.console.answers import read_form, show
from fieldsvc.console.guard import page
from fieldsvc.kit import clock
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site
from fieldsvc.supervision import queries

QUARTER = timedelta(days=90)
LISTS = {"township": "各镇（街道）", "office": "各部门"}


class Wanted(ma.Schema):
    since = ma.fields.Date()
    until = ma.fields.Date()
    list = ma.fields.String(load_default="township", validate=OneOf(LISTS))


def rate(part: int, whole: int) -> str:
    return f"{part * 1000 // whole / 10:.1f}%" if whole else ""


TOWNSHIPS = Listing("镇（街道）绩效", (
    Column("镇（街道）", lambda r: r["name"]), Column("按时办理", lambda r: r["met"]), Column("超期办理", lambda r: r["late"]),
    Column("到期未办", lambda r: r["left"]), Column("按时率", lambda r: rate(r["met"], r["met"] + r["late"] + r["left"])),
    Column("走访（次）", lambda r: r["visits"]), Column("走访到的户", lambda r: r["homes"]),
))  # fmt: skip
OFFICES = Listing("部门绩效", (
    Column("部门", lambda r: r["name"]), Column("收到转办", lambda r: r["sent"]), Column("已答复", lambda r: r["answered"]),
    Column("按时办理", lambda r: r["met"]), Column("超期办理", lambda r: r["late"]), Column("到期未办", lambda r: r["left"]),
    Column("按时率", lambda r: rate(r["met"], r["met"] + r["late"] + r["left"])),
))  # fmt: skip


def _moments(since: date, until: date) -> tuple[datetime, datetime]:
    """From the first moment of the first day to the first after the last; what is not due yet counts for nobody."""
    end = datetime.combine(until + timedelta(days=1), time(), clock.CHINA)
    return datetime.combine(since, time(), clock.CHINA), min(end, clock.now())


@page("/performance", COUNTY, menu=(89, "绩效评价"))
def performance() -> Any:
    asked, kind = read_form(Wanted, request.args), exports.wanted()
    until = asked.get("until") or clock.today()
    since = asked.get("since") or until - QUARTER
    span = _moments(since, until)
    with site().db.read() as session:
        towns = {r.code: r.name for r in regions_below(session, site().county, actor().region) if len(r.code) == 9}
        steps, visits = queries.by_township(session, actor(), *span), queries.visits(session, actor(), *span)
        answers, sent = queries.by_office(session, actor(), *span), queries.referred(session, actor(), *span)
    townships = [_line(name, steps.get(code)) | dict(zip(("visits", "homes"), visits.get(code, (0, 0)), strict=True))
                 for code, name in towns.items()]  # fmt: skip
    offices = [_line(name, answers.get(name)) | dict(zip(("sent", "answered"), sent.get(name, (0, 0)), strict=True))
               for name in sorted(answers.keys() | sent.keys())]  # fmt: skip
    if kind:
        return exports.export(kind, *((TOWNSHIPS, townships) if asked["list"] == "township" else (OFFICES, offices)), [], [])
    return show("performance.html", since=since, until=until, townships=(TOWNSHIPS, list(TOWNSHIPS.cells(townships))),
                offices=(OFFICES, list(OFFICES.cells(offices))), shown=asked["list"], lists=LISTS, purposes=exports.PURPOSES)  # fmt: skip


def _line(name: str, counted: tuple[int, int, int] | None) -> dict[str, Any]:
    return {"name": name, **dict(zip(("met", "late", "left"), counted or (0, 0, 0), strict=True))}
