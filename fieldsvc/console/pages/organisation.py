"""The organisation (组织网络): townships and villages with their units and people, and posts against their set numbers."""

from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from marshmallow.validate import Length, Range, Regexp

from fieldsvc.accounts import queries as accounts
from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import ADMIN, COUNTY, ROLES, TOWNSHIP, WORKERS
from fieldsvc.console import exports
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.departments.web import departments
from fieldsvc.kit import clock
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site
from fieldsvc.organisation import queries, service, staffing

JUDGED = {"few": "不足", "ok": "符合", "many": "超出", "": "—"}


class Wanted(ma.Schema):
    township = ma.fields.String(validate=Regexp(r"^\d{9}\Z"))


class Posts(ma.Schema):
    township = ma.fields.String(required=True, validate=Regexp(r"^\d{9}\Z"))
    part = ma.fields.Integer(required=True, validate=Range(0, 1000))
    on = ma.fields.Date(required=True)
    note = ma.fields.String(validate=Length(max=200))


def norms() -> dict[str, staffing.Norm]:
    policy, place = departments().policy, site().settings.jurisdiction
    names = staffing.TOWN_WORKERS, staffing.TOWN_POSTS, staffing.VILLAGE
    return {name: staffing.norm(policy, place, name, clock.today()) for name in names}


def _units(rows: list[Any], held: dict[str, Any], posts: dict[tuple[str, str], Any]) -> list[dict[str, Any]]:
    """One line for each township: who is there, compared with the set numbers."""
    set_to, made = norms(), []
    for town in (row for row in rows if len(row.code) == 9):
        villages = [row for row in rows if row.parent == town.code]
        workers, entered = staffing.aid_workers(held, town.code), posts.get((staffing.TOWN_POSTS, town.code))
        number = entered.part if entered else None
        counts = [staffing.assistants(held, one.code) for one in villages]
        made.append({
            "code": town.code, "name": town.name, "unit": workers > 0, "workers": workers,
            "workers_judged": set_to[staffing.TOWN_WORKERS].judge(workers), "posts": number,
            "posts_on": entered.on_date if entered else None,
            "posts_judged": set_to[staffing.TOWN_POSTS].judge(number), "villages": len(villages), "empty": sum(n == 0 for n in counts),
            "short": sum(set_to[staffing.VILLAGE].judge(n) == "few" for n in counts),
        })  # fmt: skip
    return made


STAFFING = Listing("人员配备", (
    Column("镇（街道）", lambda u: u["name"]), Column("服务平台", lambda u: _("有") if u["unit"] else _("未设")),
    Column("救助工作人员", lambda u: u["workers"]), Column("与定员比", lambda u: _(JUDGED[u["workers_judged"]])),
    Column("社会工作岗位", lambda u: u["posts"]), Column("岗位与定员比", lambda u: _(JUDGED[u["posts_judged"]])),
    Column("村（社区）", lambda u: u["villages"]), Column("未设服务站的村（社区）", lambda u: u["empty"]),
    Column("协理员不足的村（社区）", lambda u: u["short"]),
))  # fmt: skip


@page("/organisation", ADMIN, COUNTY, TOWNSHIP, menu=(90, "组织网络"))
def organisation() -> Any:
    asked, kind, who = read_form(Wanted, request.args), exports.wanted(), actor()
    with site().db.read() as session:
        rows = accounts.regions_below(session, site().county, who.region)
        held = queries.holders(session, site().county)
        posts = queries.measures(session, site().county, [staffing.TOWN_POSTS])
        region = asked.get("township") or who.region
        people = queries.accounts_in(session, who, region)
        waiting = queries.asked_removals(session, site().county, [one.id for one in people])
        names = accounts.region_names(session, site().county, {one.region for one in people})
    units = _units(rows, held, posts)
    if kind:
        return exports.export(kind, STAFFING, units, [], [])
    inside = people if asked.get("township") else [one for one in people if len(one.region) < 12]
    villages = [(row, staffing.assistants(held, row.code)) for row in rows if row.parent == region and len(row.code) == 12]
    return show("organisation.html", units=units, asked=asked, norms=norms(), n=staffing, judged=JUDGED, villages=villages, people=inside,
                waiting=waiting, names=names, county_unit=held.get(site().county), roles=choices(), regions=_named(rows),
                today=clock.today(), workers=WORKERS, purposes=exports.PURPOSES)  # fmt: skip


def choices() -> dict[str, str]:
    """Roles the reader may make accounts of."""
    barred = service.NOT_THE_COUNTYS if actor().role == COUNTY else frozenset()
    return {code: title for code, title in ROLES.items() if code not in barred}


def _named(rows: list[Any]) -> dict[str, str]:
    titles = {row.code: row.name for row in rows}
    return {code: f"{titles[code[:9]]} {name}" if len(code) == 12 and code[:9] in titles else name for code, name in titles.items()}


@page("/organisation/posts", COUNTY, TOWNSHIP, post=True, back=organisation)
def enter_posts() -> Any:
    body = read_form(Posts)
    with site().db.write() as session:
        if not accounts.region_names(session, site().county, [body["township"]]):
            raise not_found()
        service.enter_measure(session, actor(), staffing.TOWN_POSTS, body["township"], body)
    return done(_("已登记社会工作岗位人数。"), "console.organisation")
