"""The console as one door of the application: pages, languages, form tokens, the look of refusals."""

import hashlib
import importlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask
from flask import g, request, session
from flask_babel import Babel
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from fieldsvc.kit import problems
from fieldsvc.kit.crypto import load_keys
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.sheets import LARGEST
from fieldsvc.kit.site import Site

from . import answers, filters
from .guard import blueprint, menu_of
from .links import translated

PAGES = (
    "desk", "saved_filters", "alert", "emergency", "emergency_opening", "conference", "reserve", "meeting",
    "quarantine", "referrals", "checking", "intake", "honesty", "publicity", "known_then", "matching", "overlaps",
    "registry", "items", "dashboard", "organisation", "account", "joint", "targets", "inspection", "performance",
    "funds", "care_money", "households", "household", "household_facts", "household_reasons", "household_visits",
    "household_chain", "household_access", "access", "applications", "application", "payments", "missing",
)  # fmt: skip
HERE = Path(__file__).parent
POLICY = ("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")  # fmt: skip
DAY = timedelta(hours=12)
blueprints = ()
csrf = CSRFProtect()


def install(app: flask.Flask) -> None:
    app.config.update(
        SESSION_COOKIE_NAME="fieldsvc_console", SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/console", PERMANENT_SESSION_LIFETIME=DAY, WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None,
    )  # fmt: skip
    csrf.init_app(app)
    Babel(
        app, default_locale="zh", locale_selector=language, default_translation_directories=str(HERE / "translations")
    )
    filters.install(app)
    app.jinja_env.globals.update(gettext=translated, _=translated)
    for name in ("login", *(f"pages.{each}" for each in PAGES)):
        importlib.import_module(f"{__package__}.{name}")
    app.register_blueprint(blueprint)


def configure(app: flask.Flask, running: Site) -> None:
    """This deployment's key for the pages' cookies."""
    key = b"console:" + load_keys(running.settings.home)["token"].encode()
    app.config.update(SECRET_KEY=hashlib.sha256(key).digest(), SESSION_COOKIE_SECURE=running.settings.https)


def language() -> str:
    return "en" if flask.has_request_context() and session.get("language") == "en" else "zh"


@blueprint.before_request
def _own_form() -> None:
    """A form is only taken from a page of this session. Only a list to match may be larger than other requests."""
    if request.endpoint == "console.upload_list":
        request.max_content_length = LARGEST + 64 * 1024
    csrf.protect()
    if any("\0" in text for texts in request.form.listvalues() for text in texts):
        raise Problem(400, "nul-character", "填写的内容中含有不可见的空字符（U+0000），请删去后重新提交。")


@blueprint.after_request
def _policy(response: flask.Response) -> flask.Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint == "console.static":
        response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@blueprint.errorhandler(CSRFError)
def _stale(_error: CSRFError) -> Any:
    return _refused(Problem(400, "stale-form", "页面停留太久或在别处重新登录过，请返回上一页刷新后再提交。"))


@blueprint.errorhandler(Problem)
def _refused(problem: Problem) -> Any:
    return answers.show("problem.html", refused=problem), problem.status, problem.headers


@blueprint.errorhandler(HTTPException)
def _http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error.get_response()
    code, detail = problems.KNOWN.get(error.code, ("error", "请求未完成。"))
    return _refused(Problem(error.code, code, detail))


@blueprint.errorhandler(Exception)
def _unexpected(error: Exception) -> Any:
    problems.log_fault("unexpected", error)
    return _refused(
        Problem(500, "server-error", "服务器内部出错，已记录。请稍后重试；仍不行时把下面的请求编号告诉管理员。")
    )


@blueprint.app_context_processor
def _given() -> dict[str, Any]:
    if request.blueprint != blueprint.name:
        return {}
    who = g.get("actor")
    return {"actor": who, "menu": menu_of(who) if who else [], "problem": answers.problem(), "errors": answers.errors(),
            "typed": answers.typed, "language": language()}  # fmt: skip
