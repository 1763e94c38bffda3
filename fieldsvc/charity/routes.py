"""慈善捐赠和爱心银行."""

from typing import Any

from flask_smorest import Blueprint

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import COUNTY, GRID_WORKER, TOWNSHIP
from fieldsvc.households.queries import visible_household
from fieldsvc.households.viewing import record_view
from fieldsvc.kit.pages import MOST
from fieldsvc.kit.web import site

from . import queries, schemas, service

blueprint = Blueprint("charity", __name__, url_prefix="/api/v1", description="慈善捐赠与爱心银行")


@blueprint.get("/gifts")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.response(200, schemas.GiftListSchema)
def list_gifts() -> dict[str, Any]:
    """收到的捐赠、项目和服务，新的在前。"""
    with site().db.read() as session:
        return {"items": [schemas.line(one) for one in queries.gifts(session, site().county, MOST)]}


@blueprint.post("/gifts")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.NewGiftSchema)
@blueprint.response(201, schemas.GiftSchema)
def receive_gift(body: dict[str, Any]) -> dict[str, Any]:
    """登记一笔捐赠、一个项目或一项服务。"""
    with site().db.write() as session:
        return schemas.line(service.receive(session, actor(), body))


@blueprint.post("/gifts/<gift_id>/uses")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.NewUseSchema)
@blueprint.response(201, schemas.GiftUseSchema)
def use_gift(body: dict[str, Any], gift_id: str) -> dict[str, Any]:
    """把捐赠用于一户或一人，记入救助链；资金支出不超过收到的数额。"""
    with site().db.write() as session:
        made = service.use(session, actor(), gift_id, body)
        record_view(session, actor(), "gift-use", [made.person_id], [made.household_id])
        session.flush()
        gift = queries.gift(session, site().county, gift_id)
        return schemas.use_of(gift, str(queries.used(session, site().county, gift_id)), queries.uses(session, site().county, gift_id))


@blueprint.get("/gifts/by-code/<code>/use")
@blueprint.doc(security=[])
@blueprint.response(200, schemas.GiftUseSchema)
def show_use(code: str) -> dict[str, Any]:
    """捐赠人凭查询码查看捐赠的使用情况，不含受助人的姓名和地址。"""
    with site().db.read() as session:
        gift = queries.by_code(session, site().county, code)
        return schemas.use_of(gift, str(queries.used(session, site().county, gift.id)), queries.uses(session, site().county, gift.id))


@blueprint.get("/households/<household_id>/points")
@signed_in(GRID_WORKER, TOWNSHIP, COUNTY)
@blueprint.response(200, schemas.PointsAccountSchema)
def show_points(household_id: str) -> dict[str, Any]:
    """一户在爱心银行的积分和明细。"""
    with site().db.read() as session:
        home = visible_household(session, actor(), household_id)
        lines = queries.account(session, actor(), home.id)
        balance = queries.balance(session, home.county_code, home.id)
    with site().db.write() as session:
        record_view(session, actor(), "points", [], [home.id])
    return {"balance": balance, "lines": schemas.told(lines)}


@blueprint.post("/households/<household_id>/points")
@signed_in(TOWNSHIP, COUNTY)
@blueprint.arguments(schemas.PointsSchema)
@blueprint.response(201, schemas.PointsAccountSchema)
def book_points(body: dict[str, Any], household_id: str) -> dict[str, Any]:
    """参加公益活动获得积分，或用积分兑换日常生活物品；积分不会低于零。"""
    with site().db.write() as session:
        balance = service.book(session, actor(), household_id, body["points"], body["what"])
        session.flush()
        record_view(session, actor(), "points", [], [household_id])
        return {"balance": balance, "lines": schemas.told(queries.account(session, actor(), household_id))}
