"""Tokens (登录凭证): HS256 with the deployment's key, the algorithm pinned, short access and long refresh tokens."""

import hashlib
import hmac
import time
import uuid
from datetime import timedelta
from typing import Any

from flask import Flask, current_app, request
from flask_jwt_extended import JWTManager, create_access_token, create_refresh_token, decode_token

from fieldsvc.kit.crypto import load_keys
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import is_id
from fieldsvc.kit.site import Site
from fieldsvc.kit.web import site

ACCESS, REFRESH = "access", "refresh"
LONGEST_HEADER = 4096
CLOCKS_APART = 5


def install(app: Flask) -> None:
    app.config.update(
        JWT_ALGORITHM="HS256", JWT_DECODE_ALGORITHMS=["HS256"], JWT_TOKEN_LOCATION=["headers"],
        JWT_DECODE_LEEWAY=CLOCKS_APART, JWT_ENCODE_NBF=False, JWT_COOKIE_CSRF_PROTECT=False,
    )  # fmt: skip
    JWTManager(app)


def configure(app: Flask, running: Site) -> None:
    """This deployment's keys and times."""
    issuer = f"fieldsvc:{running.county}"
    app.config.update(
        JWT_SECRET_KEY=load_keys(running.settings.home)["token"], JWT_ENCODE_ISSUER=issuer, JWT_DECODE_ISSUER=issuer,
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(minutes=running.settings.access_minutes),
        JWT_REFRESH_TOKEN_EXPIRES=timedelta(days=running.settings.refresh_days),
    )  # fmt: skip


def unauthorised() -> Problem:
    """The one answer to any token that does not work: what was wrong with it is nobody's business."""
    detail = "登录已失效，请重新登录。未上传的内容仍在手机上，不会丢失。"
    return Problem(401, "unauthorised", detail, headers={"WWW-Authenticate": "Bearer"})


def claims(*kinds: str) -> dict[str, Any]:
    """Claims of the request's bearer token, of one of ``kinds``. Problem 401 otherwise; reads no database.

    Every failure of decoding counts: whatever breaks a decoder was not made by us.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or len(token) > LONGEST_HEADER:
        raise unauthorised()
    try:
        found = _verified(token.strip())
        account = int(found["sub"])
        known_ids = is_id(found["fam"]) and is_id(found["jti"]) and 0 < account < 2**31
        if found["type"] in kinds and "exp" in found and known_ids:
            return {"sub": account, "fam": found["fam"], "jti": found["jti"]}
    except Exception as error:
        raise unauthorised() from error
    raise unauthorised()


def _verified(token: str) -> dict[str, Any]:
    """A phone sends the same token for a quarter of an hour, and its signature does not change: only its end is looked at
    each time. Whether the login still stands is asked of the database at every request."""
    rules = current_app.config
    key = hashlib.sha256(f"{rules['JWT_SECRET_KEY']}:{rules['JWT_DECODE_ISSUER']}:{token}".encode()).digest()
    found = _seen.get(key)
    if found is None:
        found = decode_token(token)
        if len(_seen) >= MOST_SEEN:
            _seen.clear()
        _seen[key] = found
    elif found["exp"] + CLOCKS_APART <= time.time():
        raise unauthorised()
    return found


MOST_SEEN = 10_000
_seen: dict[bytes, dict[str, Any]] = {}


def pair(account_id: int, family_id: str, refresh_jti: str) -> dict[str, Any]:
    """``{access_token, refresh_token, expires_in}``; ``expires_in`` in seconds, of the access token."""
    own = {"fam": family_id}
    return {
        "access_token": create_access_token(str(account_id), additional_claims=own),
        "refresh_token": create_refresh_token(str(account_id), additional_claims=own | {"jti": refresh_jti}),
        "token_type": "Bearer",
        "expires_in": site().settings.access_minutes * 60,
    }


def successor(jti: str, retry_key: str | None) -> str:
    """The jti after ``jti``. With the client's own Idempotency-Key it is the same at every retry, so a lost answer can
    be asked for again; without one it is random."""
    if not retry_key:
        return str(uuid.uuid4())
    secret = current_app.config["JWT_SECRET_KEY"].encode()
    digest = hmac.new(secret, f"refresh:{jti}:{retry_key}".encode("utf-8", "replace"), hashlib.sha256).digest()
    return str(uuid.UUID(bytes=digest[:16]))
