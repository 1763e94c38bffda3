"""Keeping and dropping a list's filters under a name (常用筛选)."""

from typing import Any
from urllib.parse import parse_qsl

import marshmallow as ma
from marshmallow.validate import Length

from fieldsvc.accounts.auth import actor
from fieldsvc.console import saved
from fieldsvc.console.answers import done, read_form
from fieldsvc.console.guard import MENU, OFFICERS, page
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.web import site


class Kept(ma.Schema):
    page = ma.fields.String(required=True)
    name = ma.fields.String(required=True, validate=Length(1, 40))
    query = ma.fields.String(load_default="", validate=Length(max=2000))


class Dropped(ma.Schema):
    page = ma.fields.String(required=True)


def _list_of(name: str) -> str:
    """The list's endpoint: one of the menu's, so that nobody is led elsewhere."""
    if name not in {entry.endpoint for entry in MENU}:
        raise Problem(422, "unknown-list", "没有这个列表。")
    return name


@page("/filters", *OFFICERS, post=True)
def save_filter() -> Any:
    asked = read_form(Kept)
    where = _list_of(asked["page"])
    with site().db.write() as session:
        saved.save(session, actor(), where, asked["name"], asked["query"])
    again = dict(parse_qsl(saved.filters_of(asked["query"])))
    return done("筛选条件已保存。", where, **again)


@page("/filters/<filter_id>/drop", *OFFICERS, post=True)
def drop_filter(filter_id: str) -> Any:
    where = _list_of(read_form(Dropped)["page"])
    with site().db.write() as session:
        saved.drop(session, actor(), filter_id)
    return done("筛选条件已删除。", where)
