"""One application (一次申请、分类审核认定): what is proposed and why, what was decided; its whole course."""

from typing import Any

import marshmallow as ma
from flask import request
from marshmallow.validate import Length, Range

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.applications import counter_facts, course, queries, service
from fieldsvc.applications.counter_facts import SEPARATOR
from fieldsvc.applications.delegation import delegated
from fieldsvc.applications.routes import counter
from fieldsvc.applications.rules import OPEN, STATES
from fieldsvc.applications.schemas import STEPS, DecisionSchema
from fieldsvc.console import application_words as words
from fieldsvc.console import household_queries as reads
from fieldsvc.console.answers import WRITTEN, done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.homes import home, record_home
from fieldsvc.departments.web import departments
from fieldsvc.facts import queries as facts
from fieldsvc.households.rules import TIERS
from fieldsvc.kit import clock
from fieldsvc.kit.web import site

KINDS = {"confirm": "确认系统建议", "override": "另行认定（须写明理由）"}


class Survey(ma.Schema):
    surveyors = ma.fields.String(required=True, validate=Length(1, 80))
    on = ma.fields.Date(required=True)
    findings = ma.fields.String(required=True, validate=Length(1, 2000))


class Management(ma.Schema):
    measures = ma.fields.String(required=True, validate=Length(1, 1000))
    account_id = ma.fields.Integer(validate=Range(1, 2**31 - 1))
    due_on = ma.fields.Date()


@page("/applications/<application_id>", TOWNSHIP, COUNTY)
def application(application_id: str) -> Any:
    book = departments().rulebook
    with site().db.read() as session:
        row = queries.visible(session, actor(), application_id)
        found = home(session, row.household_id)
        events = queries.events(session, row.county_code, row.id)
        known = facts.known(
            session, row.county_code, [row.household_id, *([row.person_id] if row.person_id else found.names)]
        )
        near = reads.workers_near(session, row.county_code, row.village_code)
    with site().db.write() as session:
        record_home(session, found, "application", [row.person_id] if row.person_id else None)
    steps = [(event, STEPS.get(event.kind, "办理"), words.step(event)) for event in events]
    return show("application.html", row=row, home=found, tried=words.tried(row.proposal, found.names, book), steps=steps,
                marks=words.marks(row.proposal, found.names, book), scope=words.scope(row.consent) if row.consent else "",
                course=course.course(events), surveyed=course.surveyed(events), tiers=TIERS, states=STATES, kinds=KINDS,
                today=clock.today(), consented=service.consented(row), closing=words.closing(row),
                questions=words.questions(counter_facts.asked(row, book.vocabulary), found.names) if row.state == OPEN else [],
                recorded=words.recorded(known, found.names, book), delegated=delegated(book.policy, site().settings.jurisdiction),
                workers=[(one.id, one.name) for one in near])  # fmt: skip


@page("/applications/<application_id>/judgement", TOWNSHIP, COUNTY, post=True, back=application)
def judge_again(application_id: str) -> Any:
    with site().db.write() as session:
        service.judge_again(session, counter(), application_id)
    return done(
        "已按现在的情况重新审核，以前的意见保留在办理经过中。", "console.application", application_id=application_id
    )


@page("/applications/<application_id>/answers", TOWNSHIP, COUNTY, post=True, back=application)
def tell_answers(application_id: str) -> Any:
    said = {name: text.translate(WRITTEN) for name, text in request.form.items() if SEPARATOR in name}
    with site().db.write() as session:
        counter_facts.tell(session, counter(), application_id, said)
    return done("所说的情况已登记，并重新审核。", "console.application", application_id=application_id)


@page("/applications/<application_id>/withdrawal", TOWNSHIP, COUNTY, post=True, back=application)
def withdraw_consent(application_id: str) -> Any:
    with site().db.write() as session:
        service.withdraw_consent(session, counter(), application_id)
    return done("同意已撤回，此后只审核所申请的一类。", "console.application", application_id=application_id)


@page("/applications/<application_id>/survey", TOWNSHIP, COUNTY, post=True, back=application)
def enter_survey(application_id: str) -> Any:
    body = read_form(Survey)
    with site().db.write() as session:
        course.survey(session, counter(), application_id, body["surveyors"], body["on"], body["findings"])
    return done("入户调查已登记。", "console.application", application_id=application_id)


@page("/applications/<application_id>/decision", TOWNSHIP, COUNTY, post=True, back=application)
def decide(application_id: str) -> Any:
    """The officer's decision stands beside the proposal."""
    body = read_form(DecisionSchema)
    tier = body.get("tier") if body["kind"] == "override" else None
    with site().db.write() as session:
        service.decide(session, counter(), application_id, body["kind"], tier, body.get("reason"))
    return done(
        "认定已登记，记入救助链；走访人员的手机下次同步即可看到。", "console.application", application_id=application_id
    )


@page("/applications/<application_id>/management", TOWNSHIP, COUNTY, post=True, back=application)
def enter_management(application_id: str) -> Any:
    body = read_form(Management)
    with site().db.write() as session:
        course.manage(session, counter(), application_id, body["measures"], body.get("account_id"), body.get("due_on"))
    return done("日常管理已登记。", "console.application", application_id=application_id)
