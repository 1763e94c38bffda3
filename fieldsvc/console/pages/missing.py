"""An address that is none of ours answers as a page; one that only takes a form leads to the page that holds it."""

from typing import Any

import flask
from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException

from fieldsvc.console.guard import SHOWN, blueprint
from fieldsvc.kit.errors import not_found


@blueprint.get("/<path:_address>")
def missing(_address: str) -> Any:
    adapter = current_app.url_map.bind_to_environ(request.environ)
    try:
        endpoint, values = adapter.match(method="POST")
    except HTTPException:
        raise not_found() from None
    holder = SHOWN.get(str(endpoint), "")
    if holder not in current_app.view_functions:
        raise not_found()
    return flask.redirect(url_for(holder, **{**request.args, **values}))
