"""Households (户): find one by name, roster number or identity number."""

from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from markupsafe import Markup
from marshmallow.validate import Length, OneOf, Range, Regexp
from sqlalchemy.orm import Session

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.queries import region_names, regions_below
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP, Actor
from fieldsvc.console import exports
from fieldsvc.console.answers import read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.links import linked
from fieldsvc.households import queries
from fieldsvc.households.models import Household
from fieldsvc.households.rules import AREAS, TIERS
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.listing import Column, Listing
from fieldsvc.kit.web import site

SIZE = 50
TOWN, VILLAGE = 9, 12


class Wanted(ma.Schema):
    q = ma.fields.String(validate=Length(1, 64))
    village = ma.fields.String(validate=Regexp(r"^\d{6,12}\Z"))
    tier = ma.fields.String(validate=OneOf(TIERS))
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))


@dataclass(frozen=True, slots=True)
class Row:
    """A household with what the list says beside it."""

    home: Household
    village: str
    persons: int


HOUSEHOLDS = Listing("户", (
    Column("户", lambda r: r.home.name), Column("户编号", lambda r: r.home.ref), Column("村（社区）", lambda r: r.village),
    Column("地址", lambda r: r.home.address), Column("户籍类别", lambda r: _(AREAS.get(r.home.area or "", ""))),
    Column("认定类别", lambda r: _(TIERS.get(r.home.tier or "none", ""))), Column("人口", lambda r: r.persons),
))  # fmt: skip


@page("/households", TOWNSHIP, COUNTY, menu=(20, "户"))
def households() -> Any:
    """The list; ``export`` takes it away whole."""
    asked, kind = read_form(Wanted, request.args), exports.wanted()
    first, size = (0, exports.MOST) if kind else ((asked["page"] - 1) * SIZE, SIZE)
    with site().db.read() as session:
        found = queries.page(
            session, site().vault, actor(), asked.get("village"), asked.get("q"), first, size, asked.get("tier")
        )
        rows = _rows(session, found.rows)
        places = [] if kind else _places(session, actor(), asked.get("village"))
    if kind:
        return exports.export(kind, HOUSEHOLDS, rows, (), (row.home.id for row in rows))
    with site().db.write() as session:
        record_view(session, actor(), "household-list", (), (row.home.id for row in rows))
    shown = [(linked(row.home.name, "household", household_id=row.home.id), *cells[1:])
             for row, cells in zip(rows, HOUSEHOLDS.cells(rows), strict=True)]  # fmt: skip
    return show("households.html", heads=[_(head) for head in HOUSEHOLDS.heads], rows=shown, asked=asked, places=places,
                tiers=TIERS, total=found.total, size=SIZE, purposes=exports.PURPOSES)  # fmt: skip


def _rows(session: Session, found: list[Household]) -> list[Row]:
    names = region_names(session, site().county, {home.village_code for home in found})
    sizes: dict[str, int] = {}
    for start in range(0, len(found), 2_000):
        sizes |= queries.sizes(session, site().county, [home.id for home in found[start : start + 2_000]])
    return [Row(home, names.get(home.village_code, ""), sizes.get(home.id, 0)) for home in found]


def _places(session: Session, who: Actor, chosen: str | None) -> list[tuple[str, str | Markup]]:
    """What can be chosen: a township its villages; a county its townships, and the villages of the one chosen."""
    town = (chosen or who.region)[:TOWN]
    below = regions_below(session, who.county, who.region if len(who.region) < TOWN else town)
    kept = [
        row
        for row in below
        if len(row.code) == TOWN or (len(row.code) == VILLAGE and row.code.startswith(town) and len(town) == TOWN)
    ]
    return [(row.code, row.name if len(row.code) == TOWN else f"　{row.name}") for row in kept]
