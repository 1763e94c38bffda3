"""The web application: one place that knows every door."""

import importlib

import flask

from fieldsvc.admin import docs, logs
from fieldsvc.kit import problems
from fieldsvc.kit.body import StrictRequest, refuse_nul
from fieldsvc.kit.site import Site
from fieldsvc.kit.web import KEY
from fieldsvc.wiring import connect

# Each names a module with `blueprint`; one that has `install(app)` is given the application first, `configure(app, site)` the
# deployment last.
DOORS = (
    "fieldsvc.accounts.routes",
    "fieldsvc.households.routes",
    "fieldsvc.forms.routes",
    "fieldsvc.visits.routes",
    "fieldsvc.departments.routes",
    "fieldsvc.screening.routes",
    "fieldsvc.screening.files",
    "fieldsvc.tasks.routes",
    "fieldsvc.alerts.routes",
    "fieldsvc.aidchain.routes",
    "fieldsvc.deadlines.routes",
    "fieldsvc.applications.routes",
    "fieldsvc.plans.routes",
    "fieldsvc.charity.routes",
    "fieldsvc.charity.need_routes",
    "fieldsvc.emergency.routes",
    "fieldsvc.conferences.routes",
    "fieldsvc.simulations.routes",
    "fieldsvc.referrals.routes",
    "fieldsvc.matching.routes",
    "fieldsvc.overlaps.routes",
    "fieldsvc.registry.routes",
    "fieldsvc.honesty.routes",
    "fieldsvc.publicity.routes",
    "fieldsvc.checking.routes",
    "fieldsvc.intake.routes",
    "fieldsvc.sync.routes",
    "fieldsvc.sync.correction_routes",
    "fieldsvc.console.routes",
    "fieldsvc.admin.routes",
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class App(flask.Flask):
    request_class = StrictRequest


def create_app(site: Site, built: flask.Flask | None = None) -> flask.Flask:
    """Every door of one deployment. Opens no connection and evaluates no rule: gunicorn calls this after it forks, with what was
    ``built`` before."""
    connect()
    app = built or build()
    configure(app, site)
    return app


def configure(app: flask.Flask, site: Site) -> None:
    """From now on ``app`` serves this deployment: its database, keys and limits."""
    app.extensions[KEY] = site
    app.config["MAX_CONTENT_LENGTH"] = site.settings.max_body_bytes
    for name in DOORS:
        door = importlib.import_module(name)
        if hasattr(door, "configure"):
            door.configure(app, site)


def build() -> flask.Flask:
    """Every door, of no deployment yet."""
    app = App("fieldsvc", static_folder=None)
    app.config.update(
        API_TITLE="fieldsvc", API_VERSION="v1", OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json", API_SPEC_OPTIONS=SPEC, PROPAGATE_EXCEPTIONS=False,
    )  # fmt: skip
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    logs.register(app)
    app.before_request(refuse_nul)
    app.after_request(_secure)
    api = problems.Api(app)
    problems.register(app)
    app.register_blueprint(docs.blueprint)
    app.add_url_rule("/", "front", lambda: flask.redirect("/console/"))
    for name in DOORS:
        _open(api, app, name)
    return app


SPEC = {
    "info": {"description": "基层走访与分层分类社会救助。所有错误均为 application/problem+json，code 稳定可编程判断。"},
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}},
    "security": [{"bearer": []}],
}


def _open(api: problems.Api, app: flask.Flask, name: str) -> None:
    door = importlib.import_module(name)
    if hasattr(door, "install"):
        door.install(app)
    for blueprint in door.blueprints if hasattr(door, "blueprints") else (door.blueprint,):
        api.register_blueprint(blueprint)


def _secure(response: flask.Response) -> flask.Response:
    for header, value in HEADERS.items():
        response.headers.setdefault(header, value)
    return response
