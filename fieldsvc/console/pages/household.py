"""A household (一户): members, what is being done for them, who answers for them; the other pages of it stand beside."""

from typing import Any

import flask
import marshmallow as ma
from flask_babel import gettext as _
from marshmallow.validate import OneOf, Range
from sqlalchemy.orm import Session

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import COUNTY, ROLES, TOWNSHIP, Actor
from fieldsvc.alerts import queries as alerts
from fieldsvc.alerts.rules import STATUSES as ALERTS
from fieldsvc.applications import queries as applications
from fieldsvc.applications.rules import STATES as APPLICATIONS
from fieldsvc.console import chain_words as _worded  # noqa: F401  words of later features' entries
from fieldsvc.console import household_queries as reads
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.homes import TABS, Home, home, member, record_home
from fieldsvc.console.purposes import UNMASK, UNMASKING
from fieldsvc.console.wording import told
from fieldsvc.departments.web import departments
from fieldsvc.households import assignments, queries
from fieldsvc.households.rules import AREAS, TIERS
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.web import site
from fieldsvc.referrals import queries as referrals
from fieldsvc.referrals.rules import STATES as REFERRALS

FEW = 10


STATES = {"alert_states": ALERTS, "application_states": APPLICATIONS, "referral_states": REFERRALS}


class Worker(ma.Schema):
    account_id = ma.fields.Integer(required=True, validate=Range(1, 2**31 - 1))


class Purpose(ma.Schema):
    purpose = ma.fields.String(required=True, validate=OneOf(UNMASKING))


@page("/households/<household_id>", TOWNSHIP, COUNTY)
def household(household_id: str) -> Any:
    return _shown(household_id)


def _shown(household_id: str, unmasked: str | None = None, purpose: str = "") -> Any:
    """``unmasked``: the member whose whole number is shown this once, for ``purpose``."""
    with site().db.read() as session:
        found = home(session, household_id)
        matters = _matters(session, actor(), found.id)
        chain = reads.chain(session, found.row.county_code, found.id)
        workers = queries.workers_of(session, found.row.county_code, found.id)
        near = reads.workers_near(session, found.row.county_code, found.row.village_code)
        aids = reads.aids(session, actor(), found.id)
    number = _number(found, unmasked) if unmasked else ""
    with site().db.write() as session:
        record_home(session, found, "household")
        if unmasked:
            record_home(session, found, f"{UNMASK}{purpose}", [unmasked])
    return show("household.html", home=found, tabs=TABS, members=[member(site().vault, one) for one in found.persons],
                numbers={unmasked: number}, purposes=UNMASKING, chain=told_all(reads.readable(chain, actor())[:FEW]),
                broken=chain.breaks, links=len(chain.links), workers=workers, **matters,
                aids=[(one, programme(one.programme)) for one in aids],
                worker_choices=_choices(near, workers), areas=AREAS, tiers=TIERS, **STATES)  # fmt: skip


def _choices(near: list[Account], held: list[Account]) -> list[tuple[int, str]]:
    known = {one.id for one in held}
    return [(one.id, f"{one.name}（{_(ROLES[one.role])}）") for one in near if one.id not in known]


def _number(found: Home, person_id: str) -> str:
    one = found.person(person_id)
    if one is None or one.identity_sealed is None:
        raise not_found()
    return site().vault.open_text(one.identity_sealed, "persons.identity") or ""


def _matters(session: Session, who: Actor, household_id: str) -> dict[str, Any]:
    """What is under way for the household, the newest first."""
    asked = {"household_id": household_id, "limit": FEW}
    return {"alerts": alerts.page(session, who, asked, None, FEW), "applications": applications.page(session, who, asked, None),
            "referrals": referrals.page(session, who, asked, None, FEW)}  # fmt: skip


def programme(code: str) -> str:
    """The programme's title; a recognised tier by its name."""
    rule = departments().rulebook.by_id.get(code)
    return _(rule.title) if rule else _(TIERS.get(code.removeprefix("tier:"), "其他救助"))


def told_all(links: list[Any]) -> list[dict[str, Any]]:
    """Links of the chain with their words."""
    book = departments().rulebook
    return [{"link": link, "told": told(link.kind, link.content, book)} for link in links]


def _back(household_id: str, **_values: Any) -> Any:
    return _shown(household_id)


@page("/households/<household_id>/persons/<person_id>/number", TOWNSHIP, COUNTY, post=True, back=_back)
def show_number(household_id: str, person_id: str) -> Any:
    """The whole identity number of one member, shown once and not kept by the browser; the access log keeps the purpose."""
    response = flask.make_response(_shown(household_id, person_id, read_form(Purpose)["purpose"]))
    response.headers["Cache-Control"] = "no-store"
    return response


@page("/households/<household_id>/workers", TOWNSHIP, COUNTY, post=True, back=_back)
def give_household(household_id: str) -> Any:
    """Put the household into a worker's caseload (责任户)."""
    pair = {"household_id": household_id, "account_id": read_form(Worker)["account_id"]}
    with site().db.write() as session:
        assignments.change(session, actor(), [pair], [])
    return done("责任人已增加，对方手机下次同步即可看到这一户。", "console.household", household_id=household_id)


@page("/households/<household_id>/workers/<int:account_id>/end", TOWNSHIP, COUNTY, post=True, back=_back)
def take_household(household_id: str, account_id: int) -> Any:
    with site().db.write() as session:
        assignments.change(session, actor(), [], [{"household_id": household_id, "account_id": account_id}])
    return done(
        "责任人已收回；对方手机把未上传的内容交齐后移除这一户。", "console.household", household_id=household_id
    )
