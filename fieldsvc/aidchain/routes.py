"""一户一条救助链."""

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint
from marshmallow.validate import Range
from sqlalchemy import select

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import CHILD_DIRECTOR, CHILD_SUPERVISOR, CLASSES, COUNTY, GRID_WORKER, TOWNSHIP
from fieldsvc.households.queries import visible_household
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.pages import MOST
from fieldsvc.kit.web import site

from .models import Link
from .rules import KINDS

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
    items = ma.fields.List(ma.fields.Nested(LinkSchema))
    next = ma.fields.Integer(allow_none=True, metadata={"description": "下一页的 after；没有下一页时为 null"})


class PageSchema(ma.Schema):
    after = ma.fields.Integer(load_default=0, validate=Range(0, 2**31 - 1))
    limit = ma.fields.Integer(load_default=MOST, validate=Range(1, MOST))


@blueprint.get("/<household_id>/chain")
@signed_in(GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR, TOWNSHIP, COUNTY)
@blueprint.arguments(PageSchema, location="query")
@blueprint.response(200, ChainSchema)
def show_chain(asked: dict[str, int], household_id: str) -> dict[str, Any]:
    """一户的全部救助经过，各部门在一条链上，按时间先后排列；`next` 作为下一次查询的 `after`。"""
    with site().db.read() as session:
        household = visible_household(session, actor(), household_id)
        links = list(session.scalars(select(Link).where(
            Link.county_code == site().county, Link.household_id == household.id, Link.klass.in_(CLASSES[actor().role]),
            Link.n > asked["after"]).order_by(Link.n).limit(asked["limit"])))  # fmt: skip
    with site().db.write() as session:
        record_view(session, actor(), "chain", (link.person_id for link in links), [household.id])
    following = links[-1].n if len(links) == asked["limit"] else None
    return {"household_id": household.id, "items": [_shown(link) for link in links], "next": following}


def _shown(link: Link) -> dict[str, Any]:
    return {"n": link.n, "kind": link.kind, "label": KINDS.get(link.kind, link.kind), "person_id": link.person_id,
            "actor": link.actor, "content": link.content, "at": clock.show(link.at), "hash": bytes(link.hash).hex()}  # fmt: skip
