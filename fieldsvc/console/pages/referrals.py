"""Referrals (转办): a department's inbox, what the township has sent, and each step until it is answered."""

from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length, OneOf

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import ADMIN, COUNTY, DEPARTMENT, TOWNSHIP
from fieldsvc.console import exports, registry_names
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.department_facts import FIELD, tellable, told
from fieldsvc.console.filters import moment
from fieldsvc.console.guard import page
from fieldsvc.console.values import fact_words, outcome_words
from fieldsvc.departments.web import departments
from fieldsvc.eligibility.rulebook import Rule
from fieldsvc.households import queries as registry
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.crypto import masked_text
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.money import yuan
from fieldsvc.kit.pages import cursor_of, read_cursor
from fieldsvc.kit.web import site
from fieldsvc.onedoor.queries import doors
from fieldsvc.referrals import grants, outbox, queries, service
from fieldsvc.referrals.models import Referral
from fieldsvc.referrals.outcomes import packages
from fieldsvc.referrals.reassign import reassign
from fieldsvc.referrals.routes import desk
from fieldsvc.referrals.rules import ACCEPT, ACCEPTED, FINISH, RETURN, RETURNED, SENT, STATES
from fieldsvc.referrals.schemas import ReassignSchema, ResendSchema

SIZE = 50
READERS = (TOWNSHIP, COUNTY, DEPARTMENT)


class Wanted(ma.Schema):
    state = ma.fields.String(validate=OneOf(STATES))
    duty = ma.fields.String(validate=Length(max=32))
    cursor = ma.fields.String(validate=Length(max=200))


class Returned(ma.Schema):
    reason = ma.fields.String(required=True, validate=Length(1, 1000))


class Finished(ma.Schema):
    result = ma.fields.String(required=True, validate=Length(1, 1000))
    amount_yuan = ma.fields.Decimal(places=2, validate=yuan)
    justified = ma.fields.String(validate=Length(max=1000))
    note = ma.fields.String(validate=Length(max=1000))


class New(ma.Schema):
    duty = ma.fields.String(required=True, validate=Length(1, 32))
    person_id = ma.fields.String(validate=Length(max=36))
    programme = ma.fields.String(validate=Length(max=80))
    summary = ma.fields.String(required=True, validate=Length(1, 1000))


REFERRALS = Listing("转办", (
    Column("事项", lambda r: masked_text(r.one.summary)), Column("承办部门", lambda r: r.one.office), Column("户", lambda r: r.household),
    Column("人", lambda r: r.person), Column("村（社区）", lambda r: r.village), Column("状态", lambda r: STATES[r.one.state]),
    Column("转办时间", lambda r: moment(r.one.created_at)), Column("最近办理", lambda r: moment(r.one.updated_at)),
    Column("首问责任人", lambda r: r.first_contact),
))  # fmt: skip


@page("/referrals", *READERS, menu=(40, "转办"))
def referrals() -> Any:
    asked, kind = read_form(Wanted, request.args), exports.wanted()
    after = read_cursor(asked["cursor"]) if asked.get("cursor") else None
    with site().db.read() as session:
        found = queries.page(session, actor(), asked, after, exports.MOST if kind else SIZE)
        counts = queries.counts(session, actor())
        rows = registry_names.named(session, site().county, found, lambda one: one.first_contact_id)
    if kind:
        return exports.export(
            kind, REFERRALS, rows, (r.one.person_id for r in rows), (r.one.household_id for r in rows)
        )
    with site().db.write() as session:
        record_view(
            session, actor(), "referral-list", (one.person_id for one in found), {one.household_id for one in found}
        )
    following = cursor_of(found[-1].created_at, found[-1].id) if len(found) == SIZE else None
    return show("referrals.html", rows=rows, asked=asked, states=STATES, counts=counts, following=following,
                offices=_offices(), purposes=exports.PURPOSES)  # fmt: skip


def _offices() -> dict[str, str]:
    """``{duty: office}`` one may ask for: a department only its own."""
    found = departments().policy.offices(site().settings.jurisdiction)
    if actor().role != DEPARTMENT:
        return found
    return {duty: office for duty, office in found.items() if _department(duty) == actor().department}


def _department(duty: str) -> str:
    plugin = departments().plugin_for(duty)
    return plugin.department.id if plugin else duty


@page("/referrals/<referral_id>", *READERS)
def referral(referral_id: str) -> Any:
    held = departments()
    with site().db.read() as session:
        one = queries.visible(session, actor(), referral_id)
        steps = queries.events_for(session, actor(), one)
        (named,) = registry_names.named(session, one.county_code, [one], lambda r: r.first_contact_id)
        view = outbox.view_of(session, held.vocabulary, one, packages(held, one.duty))
    with site().db.write() as session:
        record_view(session, actor(), "referral", [one.person_id], [one.household_id])
    vocabulary = held.vocabulary
    seen = [(vocabulary.label(name), fact_words(vocabulary.get(name), value)) for name, value in view.facts.items()]
    rule = held.rulebook.by_id.get(one.programme or "")
    return show("referral.html", one=one, named=named, steps=steps, facts=seen, programme=rule, states=STATES,
                said=lambda outcome: outcome_words(outcome, vocabulary), tellable=tellable(held, one), prefix=FIELD,
                offices=_offices(), may=_may(one))  # fmt: skip


def _may(one: Referral) -> set[str]:
    """Steps this reader may take now."""
    if actor().role == DEPARTMENT:
        return {SENT: {ACCEPT, RETURN, FINISH}, ACCEPTED: {RETURN, FINISH}}.get(one.state, set())
    if one.state in (SENT, ACCEPTED) and actor().role == COUNTY:
        return {"reassign"}
    return {"resend"} if one.state == RETURNED else set()


@page("/referrals/<referral_id>/accept", DEPARTMENT, post=True, back=referral)
def accept_referral(referral_id: str) -> Any:
    with site().db.write() as session:
        service.feedback(session, desk(), referral_id, ACCEPT, {})
    return done(_("已受理。办结后请在这里写明结果。"), "console.referral", referral_id=referral_id)


@page("/referrals/<referral_id>/return", DEPARTMENT, post=True, back=referral)
def return_referral(referral_id: str) -> Any:
    body = read_form(Returned)
    with site().db.write() as session:
        service.feedback(session, desk(), referral_id, RETURN, body)
    return done(_("已退回，转办人会看到原因。"), "console.referral", referral_id=referral_id)


@page("/referrals/<referral_id>/finish", DEPARTMENT, post=True, back=referral)
def finish_referral(referral_id: str) -> Any:
    body = read_form(Finished)
    with site().db.write() as session:
        one = queries.visible(session, actor(), referral_id)
        outcome: dict[str, Any] = {"result": body["result"]}
        if "amount_yuan" in body:
            outcome["amount_yuan"] = str(body["amount_yuan"])
            outcome |= _aid(one, body)
        if facts := told(tellable(departments(), one), request.form):
            outcome["facts"] = facts
        service.feedback(session, desk(), referral_id, FINISH, {"outcome": outcome, "note": body.get("note")})
    return done(_("已办结，结果已写入这一户的救助链。"), "console.referral", referral_id=referral_id)


def _aid(one: Referral, body: dict[str, Any]) -> dict[str, Any]:
    """A sum the department gives is aid, or the township would pay it once more: where the matter is of a programme it is recorded
    as such, paid once."""
    if not body["amount_yuan"] or not grants.grantable(desk(), one):
        return {}
    why = {"justified": body["justified"]} if body.get("justified") else {}
    return {"aid": {"granted": True, "once": True, "amount": str(body["amount_yuan"])} | why}


@page("/referrals/<referral_id>/resend", TOWNSHIP, COUNTY, post=True, back=referral)
def resend_referral(referral_id: str) -> Any:
    body = read_form(ResendSchema)
    with site().db.write() as session:
        service.resend(session, desk(), referral_id, body["note"], body.get("duty"))
    return done(_("已重新转办。"), "console.referral", referral_id=referral_id)


@page("/referrals/<referral_id>/reassign", COUNTY, post=True, back=referral)
def reassign_referral(referral_id: str) -> Any:
    body = read_form(ReassignSchema)
    with site().db.write() as session:
        office = reassign(session, desk(), referral_id, body["duty"], body["note"]).office
    return done(_("已改派给%(office)s，原来的经过都保留。", office=office), "console.referral", referral_id=referral_id)


@page("/households/<household_id>/refer", TOWNSHIP, COUNTY)
def new_referral(household_id: str) -> Any:
    with site().db.read() as session:
        home = registry.visible_household(session, actor(), household_id)
        members, door = registry.members(session, home.county_code, [home.id]), doors(session, home.county_code)
    with site().db.write() as session:
        record_view(session, actor(), "referral-new", (one.id for one in members), [home.id])
    items = [rule for rule in _programmes_here() if door.is_open(rule.id, home.village_code)]
    proofs = {rule.title: door.proofs(rule.id) for rule in items if door.proofs(rule.id)}
    return show("referral_new.html", home=home, members={one.id: one.name for one in members}, offices=_offices(),
                programmes=_by_office(items), proofs=proofs)  # fmt: skip


def _programmes_here() -> list[Rule]:
    """What this place's texts provide, without the tiers, which are applied for."""
    book, place = departments().rulebook, site().settings.jurisdiction
    return [rule for rule in book.programmes if not rule.tier and book.body(rule, place)]


def _by_office(programmes: list[Rule]) -> dict[str, dict[str, str]]:
    """``{office: {programme: title}}``, as the offices are listed."""
    offices = departments().policy.offices(site().settings.jurisdiction)
    found: dict[str, dict[str, str]] = {office: {} for office in offices.values()}
    for rule in programmes:
        found.setdefault(offices.get(rule.duty, _("其他")), {})[rule.id] = rule.title
    return {office: held for office, held in found.items() if held}


@page("/households/<household_id>/refer/send", TOWNSHIP, COUNTY, post=True, back=new_referral)
def send_referral(household_id: str) -> Any:
    body = read_form(New)
    with site().db.write() as session:
        home = registry.visible_household(session, actor(), household_id)
        person = body.get("person_id")
        if person and person not in {one.id for one in registry.members(session, home.county_code, [home.id])}:
            raise not_found()
        if body["duty"] not in _offices():
            raise Problem(422, "no-office", "请选择承办部门。", {"errors": {"duty": "请选择承办部门"}})
        matter = service.Matter(
            home.id, person, home.village_code, "general", body["duty"], body["summary"], body.get("programme")
        )
        sent = service.send(session, desk(), matter)
        session.flush()
        referral_id, office = sent.id, sent.office
    return done(_("已转给%(office)s。", office=office), "console.referral", referral_id=referral_id)


@page("/referrals/undelivered", COUNTY, ADMIN)
def undelivered() -> Any:
    """What could not be handed to a department's plugin any more (停止重试)."""
    with site().db.read() as session:
        found = queries.dead_letters(session, site().county)
    titles = {plugin.department.id: plugin.department.title for plugin in departments().plugins}
    return show("undelivered.html", found=found, titles=titles)


@page("/referrals/undelivered/<item_id>/replay", COUNTY, ADMIN, post=True, back=undelivered)
def replay_undelivered(item_id: str) -> Any:
    with site().db.write() as session:
        outbox.replay(session, site().county, item_id)
    return done(_("已重新送出。"), "console.undelivered")
