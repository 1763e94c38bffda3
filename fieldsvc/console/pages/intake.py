"""Intake (接报): reports by every way in, whom to send, what to answer, and how long each step took."""

from typing import Any

import marshmallow as ma
from flask import request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from marshmallow.validate import Length, OneOf, Range
from sqlalchemy.orm import Session

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import names, region_names, regions_below
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.console import exports
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.filters import moment
from fieldsvc.console.guard import page
from fieldsvc.console.wording import worded
from fieldsvc.departments.web import departments
from fieldsvc.households.models import Household
from fieldsvc.households.queries import page as registry_page
from fieldsvc.households.queries import visible_household
from fieldsvc.households.viewing import record_view
from fieldsvc.intake import queries, service
from fieldsvc.intake.models import Report
from fieldsvc.intake.routes import hotlines
from fieldsvc.intake.rules import CHANNELS, DONE, HOTLINE, RESULTS, SECONDARY, STATES, earliest, steps
from fieldsvc.intake.schemas import AnswerIn, HouseholdIn, ReportIn, SendIn
from fieldsvc.kit.clock import CHINA
from fieldsvc.kit.crypto import mask, masked_text
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site

SIZE, CANDIDATES = 50, 10


class Wanted(ma.Schema):
    state = ma.fields.String(validate=OneOf(STATES), load_default="open")
    channel = ma.fields.String(validate=OneOf(CHANNELS))
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))


class Taken(ReportIn):
    household_id = ma.fields.String(validate=Length(max=36))
    about_name = ma.fields.String(validate=Length(1, 64))
    village_code = ma.fields.String(validate=Length(12, 12))
    found_at = ma.fields.NaiveDateTime(timezone=None, format="%Y-%m-%dT%H:%M")


REPORTS = Listing("接报", (
    Column("发现渠道", lambda r: channel(r[0])), Column("姓名", lambda r: r[0].about_name), Column("村（社区）", lambda r: r[1]),
    Column("情况", lambda r: masked_text(r[0].content)), Column("发现时间", lambda r: moment(r[0].found_at)),
    Column("派访时间", lambda r: moment(r[0].responded_at)), Column("答复时间", lambda r: moment(r[0].reviewed_at)),
    Column("状态", lambda r: STATES[r[0].state]), Column("办理结果", lambda r: RESULTS.get(r[0].result or "")),
))  # fmt: skip


def channel(report: Report) -> str:
    named = _(CHANNELS[report.channel])
    return f"{named} {report.line}" if report.channel == HOTLINE and report.line else named


@page("/reports", TOWNSHIP, COUNTY, menu=(12, "接报"))
def reports() -> Any:
    asked, kind = read_form(Wanted, request.args), exports.wanted()
    with site().db.read() as session:
        first, size = (0, exports.MOST) if kind else ((asked["page"] - 1) * SIZE, SIZE)
        found = queries.page(session, actor(), asked["state"], asked.get("channel"), first, size)
        counts = queries.counts(session, actor())
        places = region_names(session, site().county, {one.village_code for one in found})
    rows = [(one, places.get(one.village_code, "")) for one in found]
    homes = {one.household_id for one in found if one.household_id}
    if kind:
        return exports.export(kind, REPORTS, rows, (), homes)
    with site().db.write() as session:
        record_view(session, actor(), "report-list", (), homes)
    lines = [(Markup('<a href="{}">{}</a>').format(url_for("console.report", report_id=one.id), one.about_name), channel(one), place,
              masked_text(one.content)[:60], moment(one.found_at)) for one, place in rows]  # fmt: skip
    return show("reports.html", lines=lines, asked=asked, states=STATES, channels=CHANNELS, total=_total(counts, asked), size=SIZE,
                by_state={state: sum(n for (s, _c), n in counts.items() if s == state) for state in STATES},
                ways=_ways(counts), purposes=exports.PURPOSES)  # fmt: skip


def _total(counts: dict[tuple[str, str], int], asked: dict[str, Any]) -> int:
    wanted = asked.get("channel")
    return sum(n for (state, way), n in counts.items() if state == asked["state"] and wanted in (None, way))


def _ways(counts: dict[tuple[str, str], int]) -> list[tuple[str, int]]:
    """Counts by way in; one that the place's text calls complementary says so."""
    secondary = SECONDARY.get(site().settings.jurisdiction, frozenset())
    named = {way: _(label) + (_("（辅助渠道）") if way in secondary else "") for way, label in CHANNELS.items()}
    return [(named[way], sum(n for (_s, w), n in counts.items() if w == way)) for way in CHANNELS]


@page("/reports/new", TOWNSHIP, COUNTY)
def new_report() -> Any:
    """``household_id`` in the address names a household on the register."""
    with site().db.read() as session:
        home = (
            visible_household(session, actor(), request.args["household_id"])
            if request.args.get("household_id")
            else None
        )
        villages = {
            row.code: row.name for row in regions_below(session, site().county, actor().region) if len(row.code) == 12
        }
    return show(
        "report_new.html", home=home, villages=villages, channels=CHANNELS, lines={line: line for line in hotlines()}
    )


@page("/reports/take", TOWNSHIP, COUNTY, post=True, back=new_report)
def take_report() -> Any:
    body = read_form(Taken)
    if "found_at" in body:
        body["found_at"] = body["found_at"].replace(tzinfo=CHINA)
    with site().db.write() as session:
        report = service.take_down(session, site().vault, actor(), {"about_name": "", **body}, hotlines())
        session.flush()
        report_id = report.id
    return done(_("已登记。请派人入户了解。"), "console.report", report_id=report_id)


@page("/reports/<report_id>", TOWNSHIP, COUNTY)
def report(report_id: str) -> Any:
    with site().db.read() as session:
        one = queries.visible(session, actor(), report_id)
        workers = queries.workers_at(session, site().county, one.village_code)
        visits = (
            queries.visits_since(session, site().county, one.household_id, one.received_at) if one.household_id else []
        )
        tasks = queries.done_tasks(session, site().county, [one.task_id] if one.task_id else [])
        sent = queries.sent_to(session, site().county, one.task_id)
        people = names(
            session,
            site().county,
            {one.author_id, one.reviewer_id or 0, sent or 0, *(visit.author_id for visit in visits)},
        )
        sought = request.args.get("q", one.about_name)[:64].strip()
        homes = _candidates(session, one, sought)
        places = region_names(session, site().county, {one.village_code, *(home.village_code for home in homes)})
    with site().db.write() as session:
        record_view(session, actor(), "report", (), [one.household_id] if one.household_id else [home.id for home in homes])
    seen = earliest([*(visit.observed_at for visit in visits), tasks.get(one.task_id or "")])
    return show(
        "report.html", one=one, channel=channel(one), places=places, people=people, sent=sent, sought=sought, visits=visits,
        phone=mask(site().vault.open_text(one.phone_sealed, service.PHONE)), visited_at=seen, states=STATES, results=RESULTS,
        homes={home.id: f"{home.name} {home.ref or ''} {places.get(home.village_code, '')}" for home in homes},
        took=steps(one.found_at, one.responded_at, seen, one.reviewed_at), workers={worker.id: worker.name for worker in workers},
    )  # fmt: skip


def _candidates(session: Session, one: Report, sought: str) -> list[Household]:
    """Households of the officer's region that a report without one may be about."""
    if one.household_id or one.state == DONE or not sought:
        return []
    return registry_page(session, site().vault, actor(), None, sought, 0, CANDIDATES).rows


@page("/reports/<report_id>/household", TOWNSHIP, COUNTY, post=True, back=report)
def name_report_household(report_id: str) -> Any:
    body = read_form(HouseholdIn)
    with site().db.write() as session:
        service.name_household(session, actor(), report_id, body["household_id"], departments().vocabulary)
    return done(_("已对上这一户，接报记入它的救助链。"), "console.report", report_id=report_id)


@page("/reports/<report_id>/send", TOWNSHIP, COUNTY, post=True, back=report)
def send_worker(report_id: str) -> Any:
    body = read_form(SendIn)
    with site().db.write() as session:
        service.send_somebody(session, actor(), report_id, body["account_id"], departments().vocabulary)
    return done(_("已派访，任务会在走访人员下次同步时到手机上。"), "console.report", report_id=report_id)


@page("/reports/<report_id>/answer", TOWNSHIP, COUNTY, post=True, back=report)
def answer_report(report_id: str) -> Any:
    body = read_form(AnswerIn)
    with site().db.write() as session:
        service.answer(session, actor(), report_id, body["result"], body["outcome"])
    return done(_("已答复。"), "console.report", report_id=report_id)


@worded("report_received")
def _received(content: Any, _book: Any) -> str:
    return _("接到反映，渠道：%(way)s。", way=_(CHANNELS.get(str(content.get("channel")), "其他渠道")))


@worded("report_sent")
def _sent(content: Any, _book: Any) -> str:
    return _("已派%(worker)s入户了解。", worker=content.get("worker") or "")


@worded("report_answered")
def _answered(content: Any, _book: Any) -> str:
    return _(
        "%(result)s：%(outcome)s",
        result=_(RESULTS.get(str(content.get("result")), "已答复")),
        outcome=content.get("outcome") or "",
    )
