"""The departments of the running application."""

from typing import cast

from flask import current_app, g

from fieldsvc.kit.web import site

from . import amend
from .load import Departments, load_departments

KEY = "fieldsvc_departments"


def departments() -> Departments:
    """Loaded once a process, with the changes approved up to this request; the application may carry its own under
    ``app.extensions``."""
    if "departments" not in g:
        held = current_app.extensions.get(KEY) or load_departments(site().settings)
        with site().db.read() as session:
            g.departments = amend.current(session, site().county, held)
    return cast(Departments, g.departments)
