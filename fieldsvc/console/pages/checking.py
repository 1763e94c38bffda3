"""Checking (家庭经济状况核对): authorisations and requests of a household, the list, a report and what to choose where it differs."""

from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY, DEPARTMENT, TOWNSHIP
from fieldsvc.checking import differences, queries, schemas, service
from fieldsvc.checking.differences import Difference
from fieldsvc.checking.models import Check
from fieldsvc.checking.routes import differing, office
from fieldsvc.checking.rules import STATES, TAKEN, holds
from fieldsvc.console import exports, registry_names
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.filters import moment
from fieldsvc.console.guard import page
from fieldsvc.console.homes import TABS, home, record_home
from fieldsvc.console.links import linked
from fieldsvc.console.values import fact_words
from fieldsvc.console.wording import worded
from fieldsvc.departments.web import departments
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site
from fieldsvc.referrals import queries as referrals

from .referrals import referral

SIZE = 50
READERS = (TOWNSHIP, COUNTY, DEPARTMENT)
CHECKS = Listing("核对", (
    Column("人", lambda r: r.person), Column("户", lambda r: r.household), Column("村（社区）", lambda r: r.village),
    Column("核对平台", lambda r: r.one.platform_title), Column("委托单位", lambda r: r.one.unit),
    Column("状态", lambda r: _(STATES[r.one.state])),
    Column("申请时间", lambda r: moment(r.one.requested_at)), Column("报告时间", lambda r: moment(r.one.answered_at)),
))  # fmt: skip


class Asked(ma.Schema):
    person_id = ma.fields.String(validate=Length(max=36))
    unit = ma.fields.String(required=True, validate=Length(1, 80))
    purpose = ma.fields.String(required=True, validate=Length(1, 200))
    platform = ma.fields.String(validate=Length(1, 32))


class Purpose(ma.Schema):
    purpose = ma.fields.String(required=True, validate=Length(1, 200))


@page("/checks", *READERS, menu=(45, "核对"))
def checks() -> Any:
    asked, kind = read_form(schemas.ListIn, request.args), exports.wanted()
    first, size = (0, exports.MOST) if kind else ((asked["page"] - 1) * SIZE, SIZE)
    with site().db.read() as session:
        found, total = queries.page(session, actor(), asked.get("state"), None, first, size)
        rows = registry_names.named(session, site().county, found, lambda one: one.requested_by)
    persons, homes = {one.person_id for one in found}, {one.household_id for one in found}
    if kind:
        return exports.export(kind, CHECKS, rows, persons, homes)
    with site().db.write() as session:
        record_view(session, actor(), "check-list", persons, homes)
    lines = [(linked(row.person or _("核对报告"), "check", check_id=row.one.id), *cells[1:])
             for row, cells in zip(rows, CHECKS.cells(rows), strict=True)]  # fmt: skip
    return show("checks.html", heads=[_(head) for head in CHECKS.heads], lines=lines, asked=asked, states=STATES, total=total, size=SIZE,
                purposes=exports.PURPOSES)  # fmt: skip


@page("/households/<household_id>/checks", TOWNSHIP, COUNTY)
def household_checks(household_id: str) -> Any:
    at, today = office(), clock.today()
    with site().db.read() as session:
        found = home(session, household_id)
        given = queries.authorisations(session, found.row.county_code, found.id)
        held, _total = queries.page(session, actor(), None, found.id, 0, SIZE)
    with site().db.write() as session:
        record_home(session, found, "check-list")
    kinds = at.kinds()
    allowed = [(one, "、".join(one.scope.values()), holds(one, [], today)) for one in given]
    lines = [(linked(found.names.get(one.person_id, _("核对报告")), "check", check_id=one.id), one.platform_title, one.unit,
              _(STATES[one.state]), moment(one.requested_at), moment(one.answered_at)) for one in held]  # fmt: skip
    return show("household_checks.html", home=found, tabs=TABS, allowed=allowed, lines=lines, kinds=kinds, today=today,
                members={one.id: one.name for one in found.persons},
                platforms={p.name: p.title for p in at.platforms.values()})  # fmt: skip


@page("/households/<household_id>/checks/authorise", TOWNSHIP, COUNTY, post=True, back=household_checks)
def authorise_check(household_id: str) -> Any:
    """个人授权."""
    body = read_form(schemas.AuthorisationIn)
    with site().db.write() as session:
        service.authorise(session, office(), household_id, body)
    return done(_("授权已登记。"), "console.household_checks", household_id=household_id)


@page("/households/<household_id>/checks/authorisations/<authorisation_id>/withdraw", TOWNSHIP, COUNTY, post=True,
      back=lambda household_id, authorisation_id: household_checks(household_id))  # fmt: skip
def withdraw_check(household_id: str, authorisation_id: str) -> Any:
    with site().db.write() as session:
        service.withdraw(session, office(), authorisation_id)
    return done(_("授权已撤回，还没有送出的核对已取消。"), "console.household_checks", household_id=household_id)


@page("/households/<household_id>/checks/ask", TOWNSHIP, COUNTY, post=True, back=household_checks)
def ask_check(household_id: str) -> Any:
    """单位委托."""
    body = read_form(Asked)
    with site().db.write() as session:
        made = len(service.ask(session, office(), body | {"household_id": household_id}))
    return done(_("已申请核对 %(n)s 人，报告到达后在这里查看。", n=made), "console.household_checks", household_id=household_id)


@page("/referrals/<referral_id>/check", DEPARTMENT, post=True, back=referral)
def ask_in_referral(referral_id: str) -> Any:
    """部门使用权限: a department asks within what was referred to it."""
    body = read_form(Purpose)
    with site().db.write() as session:
        unit = referrals.visible(session, actor(), referral_id).office
        made = service.ask(session, office(), {"referral_id": referral_id, "unit": unit, "purpose": body["purpose"]})
        session.flush()
        record_view(session, actor(), "check-request", {one.person_id for one in made}, {one.household_id for one in made})
    return done(_("已申请核对 %(n)s 人，报告到达后在“核对”中查看。", n=len(made)), "console.referral", referral_id=referral_id)


@page("/checks/<check_id>", *READERS)
def check(check_id: str) -> Any:
    """The report, masked; every view of it is kept in the access log."""
    with site().db.read() as session:
        found = queries.visible(session, actor(), check_id)
        told = differing(session, found)
        (named,) = registry_names.named(session, found.county_code, [found], lambda one: one.requested_by)
    with site().db.write() as session:
        record_view(session, actor(), "check-report", [found.person_id], [found.household_id])
    report = schemas.report(site().vault, found)
    return show("check.html", one=found, named=named, states=STATES, report=report, lines=_parts(found, report), taken=TAKEN,
                differs=[_words(each) for each in told])  # fmt: skip


def _parts(found: Check, report: dict[str, Any]) -> list[tuple[str, str, str]]:
    vocabulary = departments().vocabulary
    return [(_(part["title"]), (part["found"] or _("已答复")) if part["answered"] else _("平台没有答复"),
             "；".join(f"{_(vocabulary.label(name))}：{fact_words(vocabulary.get(name), value)}" for name, value in part["facts"].items()
                      if name in vocabulary.facts)) for part in report["parts"]]  # fmt: skip


def _words(one: Difference) -> dict[str, Any]:
    vocabulary = departments().vocabulary
    fact = vocabulary.get(one.fact)
    return {"fact": one.fact, "label": vocabulary.label(one.fact), "visit": fact_words(fact, one.visit[0]), "visit_on": one.visit[1][:10],
            "check": fact_words(fact, one.check[0]), "check_on": one.check[1][:10], "choice": one.choice}  # fmt: skip


@page("/checks/<check_id>/choose", TOWNSHIP, COUNTY, post=True, back=check)
def choose_word(check_id: str) -> Any:
    """入户评估与信息核对不一致: which of the two counts, and why."""
    body = read_form(schemas.ChoiceIn)
    with site().db.write() as session:
        differences.choose(session, actor(), check_id, body["fact"], body["taken"], body["reason"], departments().vocabulary)
    return done(_("已选择，两种说法都保留在记录中。"), "console.check", check_id=check_id)


@worded("check_authorised")
def _authorised(content: Any, _book: Any) -> str:
    return _("%(who)s签署，%(on)s 起至 %(until)s 有效。", who=content.get("signed_by") or "", on=content.get("signed_on") or "",
             until=content.get("valid_until") or "")  # fmt: skip


@worded("check_withdrawn")
def _withdrawn(content: Any, _book: Any) -> str:
    return _("%(on)s 撤回。", on=content.get("withdrawn_on") or "")


@worded("check_requested")
def _requested(content: Any, _book: Any) -> str:
    return _("%(unit)s委托，向%(platform)s核对 %(n)s 种信息。", unit=content.get("unit") or "", platform=content.get("platform") or "",
             n=content.get("kinds") or "")  # fmt: skip


@worded("check_answered")
def _answered(content: Any, _book: Any) -> str:
    return _("%(platform)s答复了 %(n)s 种，共 %(all)s 种。", platform=content.get("platform") or "", n=content.get("answered") or 0,
             all=content.get("kinds") or "")  # fmt: skip


@worded("check_chosen")
def _chosen(content: Any, book: Any) -> str:
    label = book.vocabulary.label(str(content.get("fact"))) if str(content.get("fact")) in book.vocabulary.facts else ""
    return _("%(what)s：%(taken)s。理由：%(reason)s", what=_(label) if label else "", taken=_(TAKEN.get(str(content.get("taken")), "")),
             reason=content.get("reason") or "")  # fmt: skip
