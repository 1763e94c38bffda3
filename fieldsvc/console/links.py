"""What templates write with markup of their own: links, to nothing where such a page does not stand, and translated words."""

from typing import Any

import flask
from flask import url_for
from flask_babel import gettext
from markupsafe import Markup, escape


def linked(text: str, endpoint: str, **values: Any) -> Markup:
    """``text`` as a link to ``console.<endpoint>``; plain text when this installation has no such page."""
    name = f"console.{endpoint}"
    if name not in flask.current_app.view_functions:
        return escape(text)
    return Markup('<a href="{}">{}</a>').format(url_for(name, **values), text)


def translated(text: str, **variables: Any) -> Markup:
    """``_()`` of templates. Jinja's own takes whatever it is given for safe HTML and for a format, but names, and sentences that
    quote what was typed, go through it too: here both are text."""
    said = escape(gettext(text))
    return said % variables if variables else said
