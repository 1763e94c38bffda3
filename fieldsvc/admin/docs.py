"""The browsable API page. Its assets come from an installed package, so the page asks no outside host for anything."""

from pathlib import Path

import flask
from flask_swagger_ui.flask_swagger_ui import __file__ as assets_module

ASSETS = Path(assets_module).parent / "dist"
SERVED = frozenset({"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"})
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
          "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")  # fmt: skip
PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>fieldsvc 接口说明</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css"><link rel="icon" href="/api/docs/favicon-32x32.png"></head>
<body><div id="page"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script><script src="/api/docs/start.js"></script></body>
</html>
"""
START = """SwaggerUIBundle({url: "/api/v1/openapi.json", dom_id: "#page", deepLinking: true, validatorUrl: null});
"""

blueprint = flask.Blueprint("api_page", __name__, url_prefix="/api/docs")


@blueprint.get("")
@blueprint.get("/")
def page() -> flask.Response:
    response = flask.Response(PAGE, mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    return response


@blueprint.get("/start.js")
def start() -> flask.Response:
    return flask.Response(START, mimetype="text/javascript")


@blueprint.get("/<name>")
def asset(name: str) -> flask.Response:
    if name not in SERVED:
        flask.abort(404)
    return flask.send_from_directory(ASSETS, name, max_age=86_400)
