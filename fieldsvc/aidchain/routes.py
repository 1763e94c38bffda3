"""一户一条救助链."""

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint
from sqlalchemy import select

from fieldsvc.accounts.access import record_access
from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import CHILD_DIRECTOR, CHILD_SUPERVISOR, CLASSES, COUNTY, GRID_WORKER, TOWNSHIP
from fieldsvc.households.queries import visible_household
from fieldsvc.kit import clock
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


@blueprint.get("/<household_id>/chain")
@signed_in(GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR, TOWNSHIP, COUNTY)
@blueprint.response(200, ChainSchema)
def show_chain(household_id: str) -> dict[str, Any]:
    """一户的全部救助经过，各部门在一条链上，按时间先后排列。"""
    with site().db.read() as session:
        household = visible_household(session, actor(), household_id)
        links = list(session.scalars(select(Link).where(
            Link.county_code == site().county, Link.household_id == household.id, Link.klass.in_(CLASSES[actor().role])
        ).order_by(Link.n)))  # fmt: skip
    with site().db.write() as session:
        record_access(session, actor(), "chain", {link.person_id for link in links if link.person_id}, [household.id])
    return {"household_id": household.id, "items": [_shown(link) for link in links]}


def _shown(link: Link) -> dict[str, Any]:
    return {"n": link.n, "kind": link.kind, "label": KINDS.get(link.kind, link.kind), "person_id": link.person_id,
            "actor": link.actor, "content": link.content, "at": clock.show(link.at), "hash": bytes(link.hash).hex()}  # fmt: skip
