"""How a page is declared: ``@page(rule, *roles)``. Whoever is not signed in is led to the login page first."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

import flask
from flask import g, request, session, url_for

from fieldsvc.accounts import queries
from fieldsvc.accounts.rules import ADMIN, AUDITOR, COUNTY, DEPARTMENT, ROLES, TOWNSHIP, Actor
from fieldsvc.kit.errors import Problem, forbidden
from fieldsvc.kit.web import site

OFFICERS = (TOWNSHIP, COUNTY, DEPARTMENT, ADMIN)
CORRECTABLE = (400, 409, 422)
blueprint = flask.Blueprint(
    "console", __name__, url_prefix="/console", template_folder="templates", static_folder="static"
)
View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the menu: ``order`` places it, ``endpoint`` is the page."""

    order: int
    label: str
    endpoint: str
    roles: tuple[str, ...]

    @property
    def daily(self) -> bool:
        """Wanted every day; the others are folded away where the menu is long."""
        return self.order < LATER


SHOWN: dict[str, str] = {}
"""``{endpoint that takes a form: endpoint of the page that holds it}``."""
MENU: list[Entry] = []
LATER = 60


def page(
    rule: str, *roles: str, post: bool = False, back: View | None = None, menu: tuple[int, str] | None = None
) -> Callable[[View], View]:
    """Declare the page at ``/console`` + ``rule`` for ``roles``. ``menu`` = (order, label) puts it into the menu.

    ``post``: the page takes a form. ``back``: the page that is shown again, with the problem and all that was typed, when the
    form is refused.
    """
    if COUNTY in roles and not post:
        roles = (*roles, AUDITOR)  # 纪检、审计 read what the county reads and change nothing (Huining 三(四))
    unknown = set(roles) - ROLES.keys()
    if unknown or not roles:
        raise ValueError(f"a page names its roles: {sorted(unknown)}")

    def register(view: View) -> View:
        @wraps(view)
        def guarded(**values: Any) -> Any:
            who = signed_in()
            if who is None:
                return flask.redirect(url_for("console.login", next=_wanted()))
            g.actor = who
            if who.role not in roles:
                raise forbidden()
            return view(**values) if back is None else _taken(view, back, values)

        cast(Any, guarded).signed_in_roles = roles
        endpoint = view.__name__
        if back is not None:
            SHOWN[f"console.{endpoint}"] = f"console.{back.__name__}"
        blueprint.add_url_rule(rule, endpoint, guarded, methods=["POST"] if post else ["GET"])
        if menu:
            MENU.append(Entry(menu[0], menu[1], f"console.{endpoint}", roles))
        return view

    return register


def _taken(view: View, back: View, values: dict[str, Any]) -> Any:
    try:
        return view(**values)
    except Problem as problem:
        if problem.status not in CORRECTABLE:
            raise
        g.problem = problem
        return back(**values), problem.status


def signed_in() -> Actor | None:
    """Who holds the session. Every request asks the database: a stopped account or an ended login is out at once."""
    account, family = session.get("account"), session.get("family")
    if not isinstance(account, int) or not isinstance(family, str):
        return None
    with site().db.read() as reading:
        return queries.actor_of(reading, site().county, account, family)


def _wanted() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else ""


def menu_of(who: Actor) -> list[Entry]:
    return sorted((entry for entry in MENU if who.role in entry.roles), key=lambda entry: entry.order)
