"""Data matching (大数据比对): a department's list handed in, what it would change, approved, and doubtful rows settled."""

from typing import Any

import marshmallow as ma
from flask import request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY, DEPARTMENT, TOWNSHIP
from fieldsvc.console import exports
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.registry_names import person_names
from fieldsvc.departments.web import departments
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.web import site
from fieldsvc.matching import desk as desks
from fieldsvc.matching import schemas, service, views
from fieldsvc.matching.routes import desk
from fieldsvc.matching.rules import OUTCOMES, PREVIEWED, ROW_STATES

READERS, RUNNERS = (COUNTY, DEPARTMENT, TOWNSHIP), (COUNTY, DEPARTMENT)
SIZE = 50


class Rows(ma.Schema):
    state = ma.fields.String(validate=OneOf(ROW_STATES))
    changed = ma.fields.Boolean(load_default=False)
    after = ma.fields.Integer(load_default=0, validate=Range(0, 2**31 - 1))


class Settled(ma.Schema):
    said = ma.fields.String(required=True, validate=Length(1, 40))
    note = ma.fields.String(validate=Length(max=500))


@page("/matching", *READERS, menu=(58, "数据比对"))
def matching() -> Any:
    with site().db.read() as session:
        feeds = desks.deliveries(session, desk())
        found = desks.runs(session, desk())
    given = [
        (each["title"], each["office"], each["delivered_at"], each["newest"], each["due_on"], each["late"])
        for each in feeds
    ]
    link = Markup('<a href="{}">{}</a>')
    lines = [(link.format(url_for("console.matching_run", run_id=each["id"]), each["title"]), each["asked_at"], each["state_label"],
              each["purpose"] or "") for each in found]  # fmt: skip
    return show("matching.html", given=given, lines=lines, feeds={each["id"]: each["title"] for each in feeds},
                may_run=actor().role in RUNNERS)  # fmt: skip


@page("/matching/lists", *RUNNERS, post=True, back=matching)
def upload_list() -> Any:
    body = read_form(schemas.UploadFormSchema)
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Problem(422, "file-missing", "请选择名单文件。", {"errors": {"file": "请选择文件"}})
    run_id = service.uploaded_by(
        site(), actor(), departments(), body["feed"], file.filename, file.read(), body.get("as_of")
    )
    return done(_("名单已收下，正在比对。批准之前不会改动任何数据。"), "console.matching_run", run_id=run_id)


@page("/matching/<run_id>", *READERS)
def matching_run(run_id: str) -> Any:
    asked, kind = read_form(Rows, request.args), exports.wanted()
    with site().db.read() as session:
        found = desks.run(session, desk(), run_id)
        limit = exports.MOST if kind else SIZE
        rows, kept = desks.rows(session, desk(), run_id, state=asked.get("state"), changed=asked["changed"],
                                after=0 if kind else asked["after"], limit=limit)  # fmt: skip
        people = person_names(session, site().county, {one["person_id"] for row in rows for one in row["candidates"]})
    persons, homes = views.persons_of(kept)
    if kind:
        return exports.export(kind, views.listing("比对结果"), rows, persons, homes)
    with site().db.write() as session:
        desks.seen(session, desk(), kept)
    following = kept[-1].n if len(kept) == SIZE else None
    return show("matching_run.html", run=found, rows=rows, asked=asked, states=ROW_STATES, outcomes=OUTCOMES, people=people,
                following=following, purposes=exports.PURPOSES, may_run=actor().role in RUNNERS and found["state"] == PREVIEWED,
                may_settle=actor().role != DEPARTMENT)  # fmt: skip


@page("/matching/<run_id>/approve", *RUNNERS, post=True, back=matching_run)
def approve_run(run_id: str) -> Any:
    body = read_form(schemas.MatchApprovalSchema)
    with site().db.write() as session:
        service.approve(session, actor(), departments(), run_id, body["purpose"])
    return done(_("已批准，正在记入；存疑的交责任人上门核实。"), "console.matching_run", run_id=run_id)


@page("/matching/<run_id>/withdraw", *RUNNERS, post=True, back=matching_run)
def withdraw_run(run_id: str) -> Any:
    body = read_form(schemas.MatchWithdrawalSchema)
    with site().db.write() as session:
        service.withdraw(session, actor(), departments(), run_id, body["reason"])
    return done(_("已撤回，没有改动任何数据。"), "console.matching_run", run_id=run_id)


def _back(run_id: str, n: int) -> Any:
    return matching_run(run_id)


@page("/matching/<run_id>/rows/<int:n>", TOWNSHIP, COUNTY, post=True, back=_back)
def settle_row(run_id: str, n: int) -> Any:
    """``said`` is the candidate who is meant, or ``none``."""
    body = read_form(Settled)
    same = body["said"] != "none"
    with site().db.write() as session:
        desks.settle(session, desk(), run_id, n, same, body["said"] if same else None, body.get("note"))
    return done(_("第 %(n)s 行的核实结论已登记。", n=n), "console.matching_run", run_id=run_id)
