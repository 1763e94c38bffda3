"""一户一条救助链."""

from datetime import timedelta
from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint
from marshmallow.validate import Range
from sqlalchemy import select

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import CHILD_DIRECTOR, CHILD_SUPERVISOR, CLASSES, COUNTY, GRID_WORKER, TOWNSHIP
from fieldsvc.departments.web import departments
from fieldsvc.households.queries import visible_household
from fieldsvc.households.redirects import merged_into
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.pages import MOST
from fieldsvc.kit.web import site
from fieldsvc.policy.book import Found

from .models import Link
from .rules import KINDS
from .sharing import by_office, shared

blueprint = Blueprint("aidchain", __name__, url_prefix="/api/v1/households", description="救助链")


class LinkSchema(ma.Schema):
    n = ma.fields.Integer()
    kind = ma.fields.String()
    label = ma.fields.String()
    person_id = ma.fields.String(allow_none=True)
    actor = ma.fields.String()
    content = ma.fields.Raw()
    at = ma.fields.String()
    hash = ma.fields.String(metadata={"description": "SHA-256，与前一条相连"})


class ChainSchema(ma.Schema):
    household_id = ma.fields.String()
    merged = ma.fields.List(ma.fields.String(), metadata={"description": "并入这一户的各户编号，其链仍可用原编号查阅"})
    items = ma.fields.List(ma.fields.Nested(LinkSchema))
    next = ma.fields.Integer(allow_none=True, metadata={"description": "下一页的 after；没有下一页时为 null"})


class PageSchema(ma.Schema):
    after = ma.fields.Integer(load_default=0, validate=Range(0, 2**31 - 1))
    limit = ma.fields.Integer(load_default=MOST, validate=Range(1, MOST))


class SharingSchema(ma.Schema):
    agreed_days = ma.fields.Integer(allow_none=True, metadata={"description": "约定的期限；待本地设定时为 null"})
    reference = ma.fields.String(allow_none=True)
    offices = ma.fields.List(ma.fields.Dict())
    late = ma.fields.List(ma.fields.Dict(), metadata={"description": "超过约定期限才共享的，最慢的在前"})


class SharingQuerySchema(ma.Schema):
    days = ma.fields.Integer(load_default=90, validate=Range(1, 3660), metadata={"description": "最近多少天内共享的"})


sharing_blueprint = Blueprint("sharing", __name__, url_prefix="/api/v1/aid-sharing", description="救助帮扶信息共享")
blueprints = (blueprint, sharing_blueprint)


@sharing_blueprint.get("")
@signed_in(TOWNSHIP, COUNTY)
@sharing_blueprint.arguments(SharingQuerySchema, location="query")
@sharing_blueprint.response(200, SharingSchema)
def show_sharing(asked: dict[str, int]) -> dict[str, Any]:
    """各部门给予救助后多久共享到救助链；超过约定期限的逐件列出。"""
    found = departments().policy.at(site().settings.jurisdiction, "aid_sharing_days", clock.today())
    agreed = int(found.value) if isinstance(found, Found) else None
    with site().db.read() as session:
        told = shared(session, actor(), clock.now() - timedelta(days=asked["days"]))
    late = [one for one in told if agreed is not None and one.days > agreed][:MOST]
    with site().db.write() as session:
        record_view(session, actor(), "aid-sharing", (one.person_id for one in late), (one.household_id for one in late))
    lines = [{"household_id": o.household_id, "person_id": o.person_id, "programme": o.programme, "office": o.office, "amount": o.amount,
              "given_on": o.given_on.isoformat(), "shared_on": o.shared_on.isoformat(), "days": o.days} for o in late]  # fmt: skip
    return {"agreed_days": agreed, "reference": found.parameter.reference if isinstance(found, Found) else None,
            "offices": by_office(told, agreed), "late": lines}  # fmt: skip


@blueprint.get("/<household_id>/chain")
@signed_in(GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR, TOWNSHIP, COUNTY)
@blueprint.arguments(PageSchema, location="query")
@blueprint.response(200, ChainSchema)
def show_chain(asked: dict[str, int], household_id: str) -> dict[str, Any]:
    """一户的全部救助经过，各部门在一条链上，按时间先后排列；`next` 作为下一次查询的 `after`。

    并入本户的各户，链保持原样：`merged` 列出它们的编号，用原编号查询；本链“并入登记”一条写明其末条的序号和哈希。
    """
    with site().db.read() as session:
        household = visible_household(session, actor(), household_id)
        before = sorted(merged_into(session, site().county, [household.id]))
        links = list(session.scalars(select(Link).where(
            Link.county_code == site().county, Link.household_id == household_id, Link.klass.in_(CLASSES[actor().role]),
            Link.n > asked["after"]).order_by(Link.n).limit(asked["limit"])))  # fmt: skip
    with site().db.write() as session:
        record_view(session, actor(), "chain", (link.person_id for link in links), [household.id])
    following = links[-1].n if len(links) == asked["limit"] else None
    told = {"household_id": household_id, "merged": [one for one in before if one != household_id]}
    return told | {"items": [_shown(link) for link in links], "next": following}


def _shown(link: Link) -> dict[str, Any]:
    return {"n": link.n, "kind": link.kind, "label": KINDS.get(link.kind, link.kind), "person_id": link.person_id,
            "actor": link.actor, "content": link.content, "at": clock.show(link.at), "hash": bytes(link.hash).hex()}  # fmt: skip
