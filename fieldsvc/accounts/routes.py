"""登录、续期、退出."""

from typing import Any

from flask import request
from flask_smorest import Blueprint

from fieldsvc.kit import clock
from fieldsvc.kit.web import site

from . import login, queries, service, tokens
from .auth import actor, signed_in
from .rules import ADMIN, COUNTY, TOWNSHIP
from .schemas import DevicesSchema, LoggedInSchema, LoginSchema, RegionsSchema, ShutOffSchema, TokensSchema

blueprint = Blueprint("accounts", __name__, url_prefix="/api/v1/auth", description="登录")
places = Blueprint("regions", __name__, url_prefix="/api/v1", description="区划")
blueprints = (blueprint, places)
install, configure = tokens.install, tokens.configure


@blueprint.post("/login")
@blueprint.arguments(LoginSchema)
@blueprint.response(200, LoggedInSchema)
def log_in(body: dict[str, str]) -> dict[str, Any]:
    """登录：用户名、密码、设备编号 → 一对登录凭证与用户信息。"""
    done = login.login(site(), body["username"], body["password"], body["device_id"])
    return tokens.pair(done.account.id, done.family.id, done.family.current_jti) | {"user": login.card(done.account)}


@blueprint.post("/refresh")
@blueprint.response(200, TokensSchema)
def refresh() -> dict[str, Any]:
    """用续期凭证换一对新的登录凭证。旧凭证再用一次，本次登录即全部作废。

    同一请求可带 `Idempotency-Key` 头：回答丢失后用同一个键重发，得到同一张新凭证，不算重复使用。
    """
    held = tokens.claims(tokens.REFRESH)
    new = tokens.successor(held["jti"], request.headers.get("Idempotency-Key"))
    if not login.refresh(site(), held["sub"], held["fam"], held["jti"], new):
        raise tokens.unauthorised()
    return tokens.pair(held["sub"], held["fam"], new)


@blueprint.post("/logout")
@blueprint.response(204)
def log_out() -> None:
    """退出：本次登录的全部凭证立即作废。"""
    held = tokens.claims(tokens.ACCESS, tokens.REFRESH)
    if not login.logout(site(), held["sub"], held["fam"]):
        raise tokens.unauthorised()


@places.get("/regions")
@signed_in()
@places.response(200, RegionsSchema)
def list_regions() -> dict[str, Any]:
    """本人区域内的县、镇（街道）、村（社区），并注明哪些还没有设岗。"""
    with site().db.read() as session:
        rows = queries.regions_below(session, site().county, actor().region)
        staffed = queries.staffed_regions(session, site().county)
    return {"items": [{"code": r.code, "name": r.name, "parent": r.parent, "staffed": r.code in staffed} for r in rows]}


@places.get("/accounts/<int:account_id>/devices")
@signed_in(TOWNSHIP, COUNTY, ADMIN)
@places.response(200, DevicesSchema)
def list_devices(account_id: int) -> dict[str, Any]:
    """一个账号登录过的手机。"""
    with site().db.read() as session:
        found = queries.devices(session, site().county, queries.governed(session, actor(), account_id).id)
    return {
        "items": [
            {"id": d.id, "first_seen": clock.show(d.first_seen), "last_seen": clock.show(d.last_seen)} for d in found
        ]
    }


@places.post("/accounts/<int:account_id>/devices/shut-off")
@signed_in(TOWNSHIP, COUNTY, ADMIN)
@places.arguments(ShutOffSchema)
@places.response(204)
def shut_off_device(body: dict[str, str], account_id: int) -> None:
    """手机丢失：这部手机上的登录立即失效，不能再下载或上传；此人在别的手机上的登录不受影响。"""
    with site().db.write() as session:
        service.shut_off(session, queries.governed(session, actor(), account_id), body["device_id"])
