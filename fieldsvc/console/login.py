"""Signing in and out of the pages. The session cookie carries a login (token family) as a phone's token does."""

from typing import Any
from urllib.parse import urlsplit

import flask
import marshmallow as ma
from flask import g, request, session, url_for
from marshmallow.validate import Length

from fieldsvc.accounts import login as accounts
from fieldsvc.accounts.rules import ADMIN, AUDITOR, COUNTY, DEPARTMENT, TOWNSHIP
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import is_id, new_id
from fieldsvc.kit.web import site

from .answers import read_form, show
from .guard import blueprint, signed_in

DEVICE = "fieldsvc_device"
LASTS = 400 * 24 * 3600
HOMES = {
    TOWNSHIP: "console.desk",
    COUNTY: "console.desk",
    DEPARTMENT: "console.referrals",
    ADMIN: "console.organisation",
    AUDITOR: "console.inspection",
}


class LoginForm(ma.Schema):
    username = ma.fields.String(required=True, validate=Length(1, 64))
    password = ma.fields.String(required=True, validate=Length(1, 256))


@blueprint.get("/login")
def login() -> Any:
    return flask.redirect(url_for("console.home")) if signed_in() else show("login.html")


@blueprint.post("/login")
def log_in() -> Any:
    device = request.cookies.get(DEVICE, "")
    device = device if is_id(device) else new_id()
    try:
        body = read_form(LoginForm)
        found = accounts.login(site(), body["username"], body["password"], device)
        if found.account.role not in HOMES:
            accounts.logout(site(), found.account.id, found.family.id)
            raise Problem(
                403, "worker-page", "走访、报送人员请使用手机应用登录；这里是镇（街道）、部门和县级经办人员的页面。"
            )
    except Problem as refused:
        g.problem = refused
        return show("login.html"), refused.status
    _remember(found)
    response = flask.redirect(_next() or url_for("console.home"), 303)
    response.set_cookie(DEVICE, device, max_age=LASTS, httponly=True, samesite="Lax", path="/console",
                        secure=flask.current_app.config["SESSION_COOKIE_SECURE"])  # fmt: skip
    return response


def _remember(found: accounts.Login) -> None:
    language = session.get("language")
    session.clear()
    session.permanent = True
    session.update(account=found.account.id, family=found.family.id)
    if language:
        session["language"] = language


def _next() -> str | None:
    """Where the reader was going, when that is a page of ours."""
    wanted = request.args.get("next", "")
    parts = urlsplit(wanted)
    return wanted if wanted.startswith("/console/") and not parts.netloc and "\\" not in wanted else None


@blueprint.post("/logout")
def log_out() -> Any:
    account, family = session.get("account"), session.get("family")
    if isinstance(account, int) and isinstance(family, str):
        accounts.logout(site(), account, family)
    session.clear()
    return flask.redirect(url_for("console.login"), 303)


@blueprint.get("/")
def home() -> Any:
    who = signed_in()
    return flask.redirect(url_for(HOMES[who.role] if who else "console.login"))


@blueprint.post("/language")
def language() -> Any:
    """Chinese first; English for whoever asks."""
    session["language"] = "en" if request.form.get("to") == "en" else "zh"
    return flask.redirect(_next() or url_for("console.home"), 303)
