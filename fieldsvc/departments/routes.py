"""救助项目目录和动态监测指标：本地区现有的全部项目和指标，随部门插件的安装增减."""

from datetime import date
from typing import Any

import marshmallow as ma
import msgspec
from flask_smorest import Blueprint
from marshmallow.validate import Length, OneOf, Range

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.eligibility.catalogue import AID, NEEDS, Item, Watch, items, watches
from fieldsvc.eligibility.determination import VERDICTS
from fieldsvc.eligibility.explain import worked_through
from fieldsvc.eligibility.plan import Plan
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.web import site
from fieldsvc.onedoor.queries import Doors, doors

from .web import departments

FIRST, LAST = date(1950, 1, 1), date(2100, 12, 31)
blueprint = Blueprint("catalogue", __name__, url_prefix="/api/v1", description="救助项目目录与监测指标")


class AskedSchema(ma.Schema):
    jurisdiction = ma.fields.String(validate=Length(1, 40), metadata={"description": "地区标识；缺省为本地区"})
    date = ma.fields.Date(validate=Range(FIRST, LAST), metadata={"description": "哪一天；缺省为今天"})


class ItemsQuerySchema(AskedSchema):
    aid = ma.fields.String(validate=OneOf(AID), metadata={"description": "救助类别"})
    need = ma.fields.String(validate=Length(1, 40), metadata={"description": "走访勾选的需求"})
    silent = ma.fields.Boolean(load_default=False, metadata={"description": "同时列出本地区文件没有规定的项目"})


class CatalogueSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Dict())
    needs = ma.fields.Dict(metadata={"description": "可勾选的需求"})
    kinds = ma.fields.Dict(metadata={"description": "救助类别"})


class IndicatorsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Dict())


@blueprint.get("/catalogue")
@signed_in()
@blueprint.arguments(ItemsQuerySchema, location="query")
@blueprint.response(200, CatalogueSchema)
def show_catalogue(asked: dict[str, Any]) -> dict[str, Any]:
    """本地区的救助项目：类别、对应的需求、负责部门、依据的条款。安装部门插件即增加其项目，卸载即撤下。

    分批次纳入的项目只在已开通的镇（街道）列出；in_one_go 为“一次办好”事项，proofs 为办理前应备齐的证明材料。
    """
    plan = _plan(asked)
    with site().db.read() as session:
        door = doors(session, site().county)
    shown = [item for item in items(plan) if door.is_open(item.id, actor().region)]
    known = [item for item in shown if asked["silent"] or item.state != "s"]
    found = [i for i in known if asked.get("aid") in (None, i.aid) and (not asked.get("need") or asked["need"] in i.needs)]
    needs = plan.book.vocabulary.facts.get(NEEDS)
    return {"items": [_item(item, door) for item in found], "needs": needs.choices if needs else {}, "kinds": AID}


@blueprint.get("/indicators")
@signed_in()
@blueprint.arguments(AskedSchema, location="query")
@blueprint.response(200, IndicatorsSchema)
def show_indicators(asked: dict[str, Any]) -> dict[str, Any]:
    """动态监测指标：每项指标的信号、来源、阈值及其依据，是否启用；部门插件可以增加指标。"""
    return {"items": [_watch(each) for each in watches(_plan(asked))]}


def _plan(asked: dict[str, Any]) -> Plan:
    book, place = departments().rulebook, asked.get("jurisdiction", site().settings.jurisdiction)
    if place not in book.policy.jurisdictions:
        raise Problem(404, "unknown-jurisdiction", "没有这个地区的政策，请核对地区标识。")
    return worked_through(book, place, asked.get("date", clock.today()), {}, {}).plan


def _item(item: Item, door: Doors) -> dict[str, Any]:
    told = msgspec.to_builtins(item) | {"in_one_go": door.in_one_go(item.id), "proofs": door.proofs(item.id)}
    return told | {"aid_label": AID.get(item.aid, item.aid), "state_label": VERDICTS[item.state] if item.state else "有规定"}


def _watch(watch: Watch) -> dict[str, Any]:
    return dict(msgspec.to_builtins(watch, str_keys=True))
