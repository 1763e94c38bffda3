"""What every route needs from Flask: the site it runs for."""

from flask import current_app

from .site import Site

KEY = "fieldsvc"


def site() -> Site:
    """The deployment this application serves."""
    return current_app.extensions[KEY]
