"""Registry care (登记维护): who may be registered twice, side by side, merged, told apart, split again."""

from typing import Any

import marshmallow as ma
from flask import request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import names, region_names
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.values import fact_words, source_words
from fieldsvc.departments.web import departments
from fieldsvc.households.queries import household_names
from fieldsvc.households.rules import SEXES, TIERS
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.web import site
from fieldsvc.registry import compare, duplicates, homes, people, queries, service
from fieldsvc.registry.duplicates import WHY
from fieldsvc.registry.ground import HOUSEHOLD, KINDS, MERGED, PERSON, STANDS, SURVIVOR
from fieldsvc.registry.routes import care

SIZE = 50
WHAT = {PERSON: "人", HOUSEHOLD: "户"}
FIELDS = {
    "name": "姓名", "ref": "户编号", "village_code": "村（社区）", "address": "地址", "area": "城乡", "phone": "电话", "tier": "认定类别",
    "sex": "性别", "birth_date": "出生日期", "relation": "与户主关系", "id_number": "证件号码",
}  # fmt: skip


class Wanted(ma.Schema):
    kind = ma.fields.String(validate=OneOf(WHAT), load_default=PERSON)
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))


class Two(ma.Schema):
    kind = ma.fields.String(required=True, validate=OneOf(WHAT))
    one = ma.fields.String(required=True, validate=Length(36, 36))
    other = ma.fields.String(required=True, validate=Length(36, 36))


class Merging(Two):
    keep = ma.fields.String(load_default="one", validate=OneOf(["one", "other"]))
    take = ma.fields.List(ma.fields.String(validate=OneOf(FIELDS)), load_default=list)
    reason = ma.fields.String(required=True, validate=Length(1, 1000))


class Apart(Two):
    reason = ma.fields.String(required=True, validate=Length(1, 1000))


class Splitting(ma.Schema):
    later = ma.fields.String(load_default=SURVIVOR, validate=OneOf([SURVIVOR, MERGED]))
    reason = ma.fields.String(required=True, validate=Length(1, 1000))


@page("/registry", TOWNSHIP, COUNTY, menu=(75, "登记维护"))
def registry() -> Any:
    asked = read_form(Wanted, request.args)
    search = duplicates.households if asked["kind"] == HOUSEHOLD else duplicates.persons
    with site().db.read() as session:
        found = search(session, actor())
        first = (asked["page"] - 1) * SIZE
        shown = found[first : first + SIZE]
        named = household_names(session, site().county, {home for one in shown for home in one.homes})
        places = region_names(session, site().county, {one.village_code for one in shown})
        done_before = queries.recent(session, actor())
        who = names(session, site().county, {one.actor_id for one in done_before})
        named |= household_names(session, site().county, {one.household_id for one in done_before} - named.keys())
    with site().db.write() as session:
        record_view(
            session,
            actor(),
            "duplicates",
            {p for one in shown for p in one.people},
            {h for one in shown for h in one.homes},
        )
    link = Markup('<a href="{}">{}</a>')
    lines = [(link.format(url_for("console.compare_two", kind=one.kind, one=one.survivor, other=one.merged), one.name),
              places.get(one.village_code, ""), "、".join(dict.fromkeys(named.get(home, "") for home in one.homes)),
              "；".join(_(WHY[why]) for why in one.why)) for one in shown]  # fmt: skip
    return show("registry.html", lines=lines, asked=asked, what=WHAT, total=len(found), size=SIZE, merges=done_before, kinds=KINDS,
                who=who, named=named, stands=STANDS, later={SURVIVOR: "保留的一方", MERGED: "拆出的一方"})  # fmt: skip


@page("/registry/compare", TOWNSHIP, COUNTY)
def compare_two() -> Any:
    asked = read_form(Two, request.args)
    side, vocabulary = compare.households if asked["kind"] == HOUSEHOLD else compare.persons, departments().vocabulary
    with site().db.read() as session:
        found = side(session, site().vault, actor(), vocabulary, (asked["one"], asked["other"]))
        places = region_names(session, site().county, {each.get("village_code") or "" for each in found["sides"]})
    with site().db.write() as session:
        record_view(session, actor(), "compare", found["persons"], found["homes"])
    rows = [(name, _(label), *(_field(name, each.get(name), places) for each in found["sides"])) for name, label in FIELDS.items()
            if name in found["sides"][0]]  # fmt: skip
    facts = _facts([each["facts"] for each in found["sides"]], vocabulary)
    return show(
        "compare.html",
        asked=asked,
        rows=rows,
        facts=facts,
        differing=found["differing"],
        sides=found["sides"],
        what=WHAT,
    )


def _field(name: str, value: Any, places: dict[str, str]) -> str:
    words = {"tier": TIERS, "sex": SEXES, "area": {"urban": "城镇", "rural": "农村"}, "village_code": places}.get(
        name, {}
    )
    return "—" if value is None else _(words.get(value, str(value))) if words else str(value)


def _facts(both: list[list[dict[str, Any]]], vocabulary: Any) -> list[tuple[str, str, str]]:
    """Each fact with both sides' value, day and source."""
    held = [{fact["name"]: fact for fact in side} for side in both]

    def words(side: dict[str, Any], name: str) -> str:
        if name not in side:
            return "—"
        fact = side[name]
        return f"{fact_words(vocabulary.get(name), fact['value'])}（{fact['as_of'][:10]}，{source_words(fact['source_kind'])}）"

    return [
        (_(vocabulary.label(name)), words(held[0], name), words(held[1], name))
        for name in sorted(held[0].keys() | held[1].keys())
    ]


@page("/registry/merge", TOWNSHIP, COUNTY, post=True, back=lambda: _again())
def merge_two() -> Any:
    body = read_form(Merging)
    survivor, merged = (body["one"], body["other"]) if body["keep"] == "one" else (body["other"], body["one"])
    with site().db.write() as session:
        if body["kind"] == HOUSEHOLD:
            homes.merge_households(session, care(), survivor, merged, body["reason"], tuple(body["take"]))
        else:
            identity = MERGED if "id_number" in body["take"] else SURVIVOR
            taken = tuple(name for name in body["take"] if name != "id_number")
            people.merge_persons(session, care(), survivor, merged, body["reason"], taken, identity)
    return done(_("已合并。两边的历史都保留，可以拆分。"), "console.registry", kind=body["kind"])


@page("/registry/apart", TOWNSHIP, COUNTY, post=True, back=lambda: _again())
def tell_apart() -> Any:
    body = read_form(Apart)
    with site().db.write() as session:
        service.tell_apart(session, care(), body["kind"], body["one"], body["other"], body["reason"])
    return done(_("已登记为不同，不再列为疑似重复。"), "console.registry", kind=body["kind"])


def _again() -> Any:
    """The comparison once more: which two stands in the address."""
    return compare_two()


@page("/registry/<merge_id>/split", TOWNSHIP, COUNTY, post=True, back=lambda merge_id: registry())
def split_merge(merge_id: str) -> Any:
    body = read_form(Splitting)
    with site().db.write() as session:
        service.split(session, care(), merge_id, body["reason"], body["later"])
    return done(_("已拆分，合并以前的记录各归各处。"), "console.registry")
