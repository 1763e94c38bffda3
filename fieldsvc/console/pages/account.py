"""An account (账号): whose it is, its work, its login, and the removal of a worker's by two hands."""

from datetime import timedelta
from typing import Any

import marshmallow as ma
from flask_babel import gettext as _
from marshmallow.validate import Length, OneOf

from fieldsvc.accounts import passwords, service
from fieldsvc.accounts import queries as accounts
from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import ADMIN, COUNTY, DEPARTMENT, ROLES, TOWNSHIP, WORKERS
from fieldsvc.accounts.schemas import ShutOffSchema
from fieldsvc.console.answers import done, read_form, show
from fieldsvc.console.guard import page
from fieldsvc.console.pages.organisation import choices, organisation
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem, not_found
from fieldsvc.kit.web import site
from fieldsvc.organisation import queries
from fieldsvc.organisation import service as organised

LATELY = timedelta(days=90)
ANSWERS = {"yes": "确认停用", "no": "不同意"}


class New(ma.Schema):
    username = ma.fields.String(required=True, validate=Length(2, 64))
    name = ma.fields.String(required=True, validate=Length(1, 64))
    role = ma.fields.String(required=True, validate=OneOf(ROLES))
    region = ma.fields.String(required=True, validate=Length(6, 12))
    department = ma.fields.String(validate=Length(max=32))
    password = ma.fields.String(required=True, validate=Length(1, 256))


class Secret(ma.Schema):
    password = ma.fields.String(required=True, validate=Length(1, 256))


class Asked(ma.Schema):
    reason = ma.fields.String(required=True, validate=Length(1, 500))


class Answer(ma.Schema):
    answer = ma.fields.String(required=True, validate=OneOf(ANSWERS))


@page("/organisation/accounts", ADMIN, COUNTY, post=True, back=organisation)
def create_account() -> Any:
    body = read_form(New)
    if body["role"] not in choices():
        raise Problem(422, "invalid-account", "这个岗位的账号由系统管理员设立。", {"errors": {"role": "请重新选择"}})
    secret = passwords.hashed(body.pop("password"))
    department = body.pop("department", None) if body["role"] == DEPARTMENT else None
    with site().db.write() as session:
        made = service.create_account(session, site().county, password_hash=secret, department=department, **body).id
    return done(_("已新增账号“%(name)s”。", name=body["name"]), "console.account", account_id=made)


@page("/organisation/accounts/<int:account_id>", ADMIN, COUNTY, TOWNSHIP)
def account(account_id: int) -> Any:
    """Bureau and township both see an aid worker's work."""
    with site().db.read() as session:
        found = session.get(Account, (site().county, account_id))
        if found is None or not found.region.startswith(actor().region):
            raise not_found()
        work = queries.work_of(session, site().county, [found.id], clock.now() - LATELY)[found.id]
        asked = queries.removals_of(session, site().county, found.id)
        names = accounts.names(session, site().county, {n for one in asked for n in (one.asked_by, one.settled_by) if n})
        phones = accounts.devices(session, site().county, found.id)
        place = accounts.region_names(session, site().county, [found.region]).get(found.region, "")
    return show("account.html", one=found, work=work, asked=asked, names=names, place=place, worker=found.role in WORKERS,
                sides=organised.SIDE_NAMES, states=organised.REMOVALS, side=organised.SIDES.get(actor().role),
                mine=actor().role == ADMIN or (actor().role == COUNTY and found.role not in organised.NOT_THE_COUNTYS),
                waiting=next((one for one in asked if one.state == organised.ASKED), None), answers=ANSWERS, phones=phones)  # fmt: skip


@page("/organisation/accounts/<int:account_id>/stop", ADMIN, COUNTY, post=True, back=account)
def stop_account(account_id: int) -> Any:
    with site().db.write() as session:
        organised.stop(session, actor(), account_id)
    return done(_("已停用，此人的登录立即失效。"), "console.account", account_id=account_id)


@page("/organisation/accounts/<int:account_id>/devices/shut-off", ADMIN, COUNTY, TOWNSHIP, post=True, back=account)
def shut_off_device(account_id: int) -> Any:
    """手机丢失."""
    body = read_form(ShutOffSchema)
    with site().db.write() as session:
        service.shut_off(session, accounts.governed(session, actor(), account_id), body["device_id"])
    return done(_("这部手机上的登录已失效，不能再下载或上传。请让此人换密码。"), "console.account", account_id=account_id)


@page("/organisation/accounts/<int:account_id>/unlock", ADMIN, COUNTY, post=True, back=account)
def unlock_account(account_id: int) -> Any:
    with site().db.write() as session:
        service.unlock(session, organised.mastered(session, actor(), account_id))
    return done(_("已启用，并解除因密码错误造成的锁定。"), "console.account", account_id=account_id)


@page("/organisation/accounts/<int:account_id>/password", ADMIN, COUNTY, post=True, back=account)
def set_password(account_id: int) -> Any:
    secret = passwords.hashed(read_form(Secret)["password"])
    with site().db.write() as session:
        service.set_password(session, organised.mastered(session, actor(), account_id), secret)
    return done(_("密码已更换，此人须重新登录。"), "console.account", account_id=account_id)


@page("/organisation/accounts/<int:account_id>/removal", COUNTY, TOWNSHIP, post=True, back=account)
def ask_removal(account_id: int) -> Any:
    body = read_form(Asked)
    with site().db.write() as session:
        organised.ask_removal(session, actor(), account_id, body["reason"])
    return done(_("已提出停用，待另一方确认；确认前账号照常使用。"), "console.account", account_id=account_id)


@page("/organisation/accounts/<int:account_id>/removal/answer", COUNTY, TOWNSHIP, post=True, back=account)
def answer_removal(account_id: int) -> Any:
    agreed = read_form(Answer)["answer"] == "yes"
    with site().db.write() as session:
        organised.answer_removal(session, actor(), account_id, agreed)
    return done(_("已确认停用。") if agreed else _("已答复不同意，账号照常使用。"), "console.account", account_id=account_id)
