"""An alert (预警): what was seen, why it fired, what is known of the household, and the next step as a form of its own."""

from typing import Any

import marshmallow as ma
from flask import g, request
from flask_babel import gettext as _
from marshmallow.validate import Length, Range

from fieldsvc.accounts.access import record_access
from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import CLASSES, COUNTY, DEPARTMENT, TOWNSHIP
from fieldsvc.alerts.assign import assign
from fieldsvc.alerts.disposal import dispose
from fieldsvc.alerts.kinds import Desk
from fieldsvc.alerts.rules import (
    CARRY_OUT,
    CLOSED,
    JOINT_STUDY,
    KINDS,
    OPEN,
    REFER,
    STATUSES,
    VERIFICATIONS,
    VERIFIED,
    VERIFY,
    VERIFY_AND_END,
    standing,
)
from fieldsvc.alerts.schemas import StepSchema, TaskSchema, UndoSchema
from fieldsvc.alerts.undo import may_undo, undo
from fieldsvc.console import alert_reads as reads
from fieldsvc.console import alert_words as words
from fieldsvc.console.answered import in_words, opened
from fieldsvc.console.answers import done, problem, read_form, show, typed, validated
from fieldsvc.console.guard import page
from fieldsvc.console.wording import channels, tier
from fieldsvc.departments.web import departments
from fieldsvc.forms.service import compiled
from fieldsvc.households.rules import is_minor
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.web import site
from fieldsvc.referrals.rules import STATES as REFERRALS

ASK = "ask"
CHOICES = {CARRY_OUT: "按规定落实", REFER: "转办落实", JOINT_STUDY: "一事一议", VERIFY_AND_END: "核查终止", ASK: "商请部门核查"}
ROWS = 3
SAID = {
    VERIFY: "核实结果已登记，请按类别处置。", CARRY_OUT: "已按规定落实，预警办结。", REFER: "已转办，部门办结后这条预警自动办结。",
    JOINT_STUDY: "会议记录已登记，预警办结。", VERIFY_AND_END: "核查结果已登记，预警办结。", ASK: "已商请部门核查，答复后回到这里处置。",
}  # fmt: skip


class PageStep(StepSchema):
    """A step as a form sends it: numbers come as text."""

    months = ma.fields.Integer(validate=Range(1, 24))


class PageTask(TaskSchema):
    account_id = ma.fields.Integer()


class Given(ma.Schema):
    form = ma.fields.String(validate=Length(max=16))


class Assignee(ma.Schema):
    account_id = ma.fields.Integer(required=True, validate=Range(1, 2**31 - 1))
    note = ma.fields.String(validate=Length(max=1000))


@page("/alerts/<alert_id>", TOWNSHIP, COUNTY)
def alert(alert_id: str) -> Any:
    held, place = departments(), site().settings.jurisdiction
    with site().db.read() as session:
        seen = reads.read(session, actor(), alert_id)
        form = compiled(session, site().county, seen.visit.form_id, seen.visit.form_version) if seen.visit else None
    with site().db.write() as session:
        minors = any(is_minor(one.birth_date, clock.today()) for one in seen.persons)
        record_access(session, actor(), "alert", (one.id for one in seen.persons), [seen.home.id], minors)
    names = {number: one.name for number, one in seen.accounts.items()}
    return show(
        "alert.html", seen=seen, alert=seen.alert, form=form, answers=_answers(seen, form), names=seen.names,
        reasons=words.reasons(seen.alert, held.rulebook, place, seen.names, seen.sources()),
        steps=words.steps(seen.steps, names, held.rulebook), fits=_fits(seen), aids=[_aid(each, seen) for each in seen.aids],
        found=channels(seen.alert.channels), office=_office(seen.alert.duty), statuses=STATUSES, kinds=KINDS, tier=tier,
        referral_states=REFERRALS, questions=[task for task in seen.tasks if task.kind == "ask"], **_forms(seen),
    )  # fmt: skip


def _answers(seen: reads.Seen, form: Any) -> list[Any]:
    return in_words(form, opened(site().vault, seen.visit), seen.names) if seen.visit else []


def _fits(seen: reads.Seen) -> list[tuple[str, str]] | None:
    """``(whose, programme's title)``; None where nobody has screened under the present rules."""
    book = departments().rulebook
    found = reads.fits_now(book, seen, actor())
    if found is None:
        return None
    return [(seen.names.get(subject, ""), _(book.by_id[rule].title)) for subject, rule in found]


def _aid(aid: Any, seen: reads.Seen) -> dict[str, Any]:
    """What is received now, in words."""
    rule = departments().rulebook.by_id.get(aid.programme)
    title = tier(aid.programme.removeprefix("tier:")) if aid.programme.startswith("tier:") else _(rule.title) if rule else _("其他救助")
    return {"who": seen.names.get(aid.subject_id, ""), "title": title, "office": aid.office, "amount": aid.amount, "starts": aid.starts}


def _office(duty: str | None) -> str:
    found = departments().policy.office(site().settings.jurisdiction, duty) if duty else None
    return found.office if found else ""


def _advised(seen: reads.Seen) -> str:
    """The disposal that fits: what another department is to carry out is referred to it (胶州 三(四) 转办落实)."""
    elsewhere = seen.alert.kind == CARRY_OUT and seen.alert.duty not in (None, "", "civil")
    return REFER if elsewhere else seen.alert.kind


def _forms(seen: reads.Seen) -> dict[str, Any]:
    """Which forms the state admits, and the one that is shown."""
    status, last = seen.alert.status, _last(seen)
    choices = _choices(seen) if status == VERIFIED else {}
    asked = request.form.get("form") if request.method == "POST" else read_form(Given, request.args).get("form")
    advised = _advised(seen)
    chosen = asked if asked in choices else advised if advised in choices else next(iter(choices), "")
    more = g.get("more_rows", 0)
    rows = max(more, ROWS, _rows_typed() if problem() or more else 0)
    return {
        "choices": choices, "advised": advised, "chosen": VERIFY if status == OPEN else chosen, "verifications": VERIFICATIONS,
        "rows": range(rows),
        "offices": departments().policy.offices(site().settings.jurisdiction), "workers": seen.workers(),
        "officers": {number: one.name for number, one in seen.accounts.items() if one.role in (TOWNSHIP, COUNTY) and one.active
                     and seen.alert.village_code.startswith(one.region)} if status != CLOSED else {},
        "undoable": last if may_undo(actor(), last) and _recallable(seen, last) else None,
        "typed": (lambda name, default="": request.form.get(name, default)) if more else typed,
    }  # fmt: skip


def _last(seen: reads.Seen) -> Any:
    """The step an undo would take back."""
    held = standing(seen.steps, seen.alert.opened_at)
    return held[-1] if held else None


def _recallable(seen: reads.Seen, last: Any) -> bool:
    """A referral is taken back only before the department's first answer."""
    return seen.alert.status != "referred" or any(each.state == "sent" for each in seen.referrals)


def _choices(seen: reads.Seen) -> dict[str, str]:
    """Kinds of disposal; what departments may not see is not sent to one."""
    closed_to = seen.alert.klass not in CLASSES[DEPARTMENT]
    return {kind: label for kind, label in CHOICES.items() if not (closed_to and kind in (REFER, ASK))}


def _rows_typed() -> int:
    return sum(1 for name in request.form if name.startswith("task_title-"))


@page("/alerts/<alert_id>/steps", TOWNSHIP, COUNTY, post=True, back=alert)
def take_step(alert_id: str) -> Any:
    """Verify, or dispose of, an alert. 再加一行 shows the form again with one more task."""
    if request.form.get("more"):
        g.more_rows = _rows_typed() + 1
        return alert(alert_id)
    body = read_form(PageStep)
    if body["kind"] == JOINT_STUDY:
        body["tasks"] = _tasks()
    desk = Desk(actor(), site().settings.jurisdiction, departments())
    with site().db.write() as session:
        after = dispose(session, desk, alert_id, body)
        said = SAID[ASK] if body.get("ask") else SAID[body["kind"]]
        if body["kind"] == VERIFY and after.status == CLOSED:
            said = "核实不属实，预警办结。"
    return done(said, "console.alert", alert_id=alert_id)


def _tasks() -> list[dict[str, Any]]:
    """The rows that were filled in. Problem 422 naming the row's field."""
    found = []
    for n in range(min(_rows_typed(), 20)):
        given = {name: request.form.get(f"task_{name}-{n}", "").strip() for name in ("title", "account_id", "due_on")}
        given = {name: text for name, text in given.items() if text}
        if given:
            found.append(_task(given, n))
    return found


def _task(given: dict[str, str], n: int) -> dict[str, Any]:
    try:
        return validated(PageTask(), given)
    except Problem as wrong:
        errors = {f"task_{name}-{n}": text for name, text in wrong.extra["errors"].items()}
        raise Problem(wrong.status, wrong.code, wrong.detail, {"errors": errors}) from None


@page("/alerts/<alert_id>/undo", TOWNSHIP, COUNTY, post=True, back=alert)
def undo_step(alert_id: str) -> Any:
    """Take the last step back."""
    body = read_form(UndoSchema)
    desk = Desk(actor(), site().settings.jurisdiction, departments())
    with site().db.write() as session:
        undo(session, desk, alert_id, body["reason"])
    return done("已撤销，预警回到这一步之前；撤销和理由记入救助链。", "console.alert", alert_id=alert_id)


@page("/alerts/<alert_id>/assignee", TOWNSHIP, COUNTY, post=True, back=alert)
def assign_alert(alert_id: str) -> Any:
    body = read_form(Assignee)
    with site().db.write() as session:
        assign(session, actor(), [alert_id], body["account_id"], body.get("note"))
    return done("承办人已登记。", "console.alert", alert_id=alert_id)
