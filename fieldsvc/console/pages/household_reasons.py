"""What the rules say of a household (认定意见), with every reason; also what another place or another day would say."""

from typing import Any

import marshmallow as ma
from flask import request
from marshmallow.validate import Length

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.applications import special
from fieldsvc.applications.routes import counter
from fieldsvc.applications.special import ADULT, PROTECTION, STATUS
from fieldsvc.console import household_queries as reads
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.homes import TABS, home, record_home
from fieldsvc.console.reasons import Words, by_verdict, source_ids
from fieldsvc.console.values import fact_words
from fieldsvc.departments.web import departments
from fieldsvc.eligibility.plan import NOT_ELIGIBLE, UNKNOWN
from fieldsvc.households.models import Person
from fieldsvc.households.rules import age
from fieldsvc.kit import clock
from fieldsvc.kit.web import site
from fieldsvc.screening import determinations as reasons
from fieldsvc.screening.determinations import Shown
from fieldsvc.screening.schemas import AskedSchema
from fieldsvc.screening.views import closed_to, refused, shown


class Wanted(AskedSchema):
    subject = ma.fields.String(validate=Length(max=36))
    rule = ma.fields.String(validate=Length(max=80))


class Special(ma.Schema):
    status = ma.fields.String(required=True, validate=Length(1, 40))
    reason = ma.fields.String(required=True, validate=Length(1, 1000))


@page("/households/<household_id>/reasons", TOWNSHIP, COUNTY)
def household_reasons(household_id: str, subject_id: str = "") -> Any:
    """One member (or the household as such) at a time: a page stays small however many live there."""
    asked, book, own = read_form(Wanted, request.args), departments().rulebook, site().settings.jurisdiction
    place, on = asked.get("jurisdiction", own), asked.get("date", clock.today())
    with site().db.read() as session:
        found = home(session, household_id)
        kept = reasons.stored(session, site().county, found.id, book) if (place, on) == (own, clock.today()) else None
        said = kept or reasons.computed(session, site().county, found.id, book, place, on)
        differ = reasons.disagreements(session, site().county, found.id, book)
        whole = shown(said, actor(), book, differ)
        told = reads.sources(session, site().county, {*source_ids(whole), *_sayers(whole["contradictions"])})
    with site().db.write() as session:
        record_home(session, found, "determinations")
    order = {one: place for place, one in enumerate(found.names)}
    whole["subjects"] = sorted(whole["subjects"], key=lambda each: order.get(each["id"], len(order)))
    words = Words(said.explanation.plan, found.names, told)
    subject = _chosen(whole, subject_id or asked.get("subject") or (found.persons[0].id if found.persons else found.id))
    if asked["misses"]:
        _add_misses(said, subject)
    return show("household_reasons.html", home=found, tabs=TABS, whole=whole, subject=subject, asked=asked, place=place, on=on,
                places={j.id: j.name for j in book.policy.jurisdictions.values()}, **_groups(words, subject, asked.get("rule")),
                special=_special(words, found.person(subject["id"]), subject),
                contradictions=contradictions(words, whole["contradictions"]))  # fmt: skip


def _special(words: Words, person: Person | None, subject: dict[str, Any]) -> dict[str, str]:
    """Kinds of child a reviewer may recognise this one as, where the rule does not pass it; empty where that is no question."""
    ruled = next((rule for rule in subject["rules"] if rule["id"] == PROTECTION), None)
    child = person is not None and person.birth_date is not None and age(person.birth_date, clock.today()) < ADULT
    if not child or ruled is None or ruled["verdict"] not in (NOT_ELIGIBLE, UNKNOWN):
        return {}
    return {code: label for code, label in words.vocabulary.facts[STATUS].choices.items() if code != "none"}


def _back(household_id: str, person_id: str) -> Any:
    return household_reasons(household_id, person_id)


@page("/households/<household_id>/persons/<person_id>/special", TOWNSHIP, COUNTY, post=True, back=_back)
def decide_specially(household_id: str, person_id: str) -> Any:
    """特殊情况特殊处理, with reasons."""
    body = read_form(Special)
    with site().db.write() as session:
        special.decide_specially(session, counter(), household_id, person_id, body["status"], body["reason"])
    said = "已按特殊情况认定，记入救助链；系统意见一并保留。"
    return done(said, "console.household_reasons", household_id=household_id, subject=person_id)


def _sayers(differ: list[dict[str, Any]]) -> set[str]:
    return {said["source_id"] for each in differ for said in each["said"]}


def _chosen(whole: dict[str, Any], subject_id: str) -> dict[str, Any]:
    """The subject asked for; the household itself where nobody of that id lives in it."""
    return next((each for each in whole["subjects"] if each["id"] == subject_id), whole["subjects"][0])


def _groups(words: Words, subject: dict[str, Any], chosen: str | None) -> dict[str, Any]:
    """Fitting programmes whole; refused and open ones by what decides them; ``one``: a single rule asked for whole."""
    groups = by_verdict(words.plan, subject)
    one = next((rule for rule in subject["rules"] if rule["id"] == chosen), None)
    return {name: [words.rule(rule, name == "fits") for rule in rules] for name, rules in groups.items()} | {
        "one": words.rule(one, True) if one else None, "asks": _asks(words, groups["open"])}  # fmt: skip


def _asks(words: Words, rules: list[dict[str, Any]]) -> list[str]:
    """Questions still to ask, those first that settle the most programmes."""
    counted: dict[str, int] = {}
    for rule in rules:
        for text in words.rule(rule, False)["asks"]:
            counted[text] = counted.get(text, 0) + 1
    return sorted(counted, key=lambda text: -counted[text])


def _add_misses(said: Shown, subject: dict[str, Any]) -> None:
    hidden = closed_to(actor(), departments().rulebook, said.explanation.plan.book)
    ruled = {each.id: each for s in said.determination.subjects if s.id == subject["id"] for each in s.rules}
    for rule in subject["rules"]:
        rule |= refused(said, ruled[rule["id"]], hidden)


def contradictions(words: Words, differ: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Facts on which sources differ, each source's latest word; the first one counts."""
    return [{"who": words.names.get(each["subject_id"], ""), "label": each["label"], "said": [
        {"value": fact_words(words.vocabulary.get(each["fact"]), said["value"]), "as_of": said["as_of"],
         "source": words.source(said["source_kind"], said["source_id"])} for said in each["said"]
    ]} for each in differ]  # fmt: skip
