"""The departments of the running application."""

from flask import current_app

from fieldsvc.kit.web import site

from .load import Departments, load_departments

KEY = "fieldsvc_departments"


def departments() -> Departments:
    """Loaded once a process; the application may carry its own under ``app.extensions``."""
    held = current_app.extensions.get(KEY)
    return held if held is not None else load_departments(site().settings)
