"""The aid chain of a household (一户一条救助链) as a timeline, and as a page to print."""

from typing import Any

import marshmallow as ma
from flask import request
from marshmallow.validate import Range

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.console import household_queries as reads
from fieldsvc.console.answers import read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.homes import TABS, home, member, record_home
from fieldsvc.console.pages.household import told_all
from fieldsvc.households.rules import TIERS
from fieldsvc.kit import clock
from fieldsvc.kit.web import site

SIZE = 100


class Wanted(ma.Schema):
    page = ma.fields.Integer(load_default=1, validate=Range(1, 100_000))


@page("/households/<household_id>/chain", TOWNSHIP, COUNTY)
def household_chain(household_id: str) -> Any:
    asked = read_form(Wanted, request.args)
    found, chain = _read(household_id, "chain")
    links, first = reads.readable(chain, actor()), (asked["page"] - 1) * SIZE
    return show("household_chain.html", home=found, tabs=TABS, chain=told_all(links[first : first + SIZE]), broken=chain.breaks,
                links=len(chain.links), asked=asked, size=SIZE, total=len(links))  # fmt: skip


@page("/households/<household_id>/chain/print", TOWNSHIP, COUNTY)
def print_chain(household_id: str) -> Any:
    """The chain to print, the oldest first: heading, members, entries with the last signs of their hashes."""
    asked = read_form(Wanted, request.args)
    found, chain = _read(household_id, "chain-print")
    links, first = reads.readable(chain, actor())[::-1], (asked["page"] - 1) * SIZE
    return show("household_chain_print.html", home=found, members=[member(site().vault, one) for one in found.persons],
                chain=told_all(links[first : first + SIZE]), broken=chain.breaks, links=len(chain.links), now=clock.now(),
                who=actor(), tiers=TIERS, asked=asked, size=SIZE, total=len(links))  # fmt: skip


def _read(household_id: str, purpose: str) -> Any:
    with site().db.read() as session:
        found = home(session, household_id)
        chain = reads.chain(session, found.row.county_code, found.id)
    with site().db.write() as session:
        record_home(session, found, purpose)
    return found, chain
