"""Who is asking: ``@signed_in(*roles)`` before a view, ``actor()`` inside it. Fails closed."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import g

from fieldsvc.kit.errors import forbidden
from fieldsvc.kit.web import site

from . import queries, tokens
from .rules import ROLES, Actor

View = TypeVar("View", bound=Callable[..., Any])


def signed_in(*roles: str) -> Callable[[View], View]:
    """Let a view run only for an account of one of ``roles`` (any role when none is given).

    Problem 401 ``unauthorised`` without a working access token, 403 ``forbidden`` for other roles. Every request asks
    the database, so a revoked login or a stopped account ends at once.
    """
    unknown = set(roles) - ROLES.keys()
    if unknown:
        raise ValueError(f"unknown roles: {sorted(unknown)}")

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            g.actor = authenticate()
            if roles and g.actor.role not in roles:
                raise forbidden()
            return view(*args, **kwargs)

        cast(Any, guarded).signed_in_roles = roles or tuple(ROLES)
        return cast(View, guarded)

    return guard


def authenticate() -> Actor:
    """The actor behind the request's access token. Problem 401; 503 while the database cannot answer."""
    found = tokens.claims(tokens.ACCESS)
    with site().db.read() as session:
        actor = queries.actor_of(session, site().county, found["sub"], found["fam"])
    if actor is None:
        raise tokens.unauthorised()
    return actor


def actor() -> Actor:
    """The signed-in actor of this request."""
    return cast(Actor, g.actor)
