"""The web application of a test process: built once, configured anew for each test's county."""

from functools import cache

import flask

from fieldsvc.app import build, configure
from fieldsvc.departments.load import Departments
from fieldsvc.departments.web import KEY
from fieldsvc.kit.site import Site
from fieldsvc.wiring import connect


@cache
def _built() -> tuple[flask.Flask, dict, dict]:
    app = build()
    return app, dict(app.config), dict(app.extensions)


def application(site: Site, departments: Departments | None = None) -> flask.Flask:
    """The one application, serving ``site`` from now on, under these departments or those installed.

    A test that runs two beside each other, or adds an address, makes its own with ``create_app``."""
    connect()
    app, config, extensions = _built()
    for held, first in ((app.config, config), (app.extensions, extensions)):
        held.clear()
        held.update(first)
    configure(app, site)
    if departments is not None:
        app.extensions[KEY] = departments
    return app
