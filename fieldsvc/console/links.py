"""Links to pages of other families, and to nothing where such a page does not stand."""

from typing import Any

import flask
from flask import url_for
from markupsafe import Markup, escape


def linked(text: str, endpoint: str, **values: Any) -> Markup:
    """``text`` as a link to ``console.<endpoint>``; plain text when this installation has no such page."""
    name = f"console.{endpoint}"
    if name not in flask.current_app.view_functions:
        return escape(text)
    return Markup('<a href="{}">{}</a>').format(url_for(name, **values), text)
