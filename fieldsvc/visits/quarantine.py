"""Quarantine (隔离) and held records (待补): what could not be applied is kept verbatim, sealed, and seen by the township."""

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CHILD, CHILD_DIRECTOR, CHILD_SUPERVISOR, GENERAL, Actor
from fieldsvc.households.models import Household, Person, Task
from fieldsvc.kit.crypto import Vault
from fieldsvc.kit.ids import is_id, new_id

from .models import SetAside, Visit
from .rules import Unfit, content_hash
from .scope import Push, Waiting
from .service import Verdict, echo

COLUMN = "quarantine.content"
STANDING: dict[str, Any] = {"households": Household, "persons": Person, "tasks": Task, "visits": Visit}
WAITING = ("quarantined", "held")
LONG_NUMBER = re.compile(r"\d{11,}[Xx]?|\x00")
MOST_BODIES, MOST_BYTES = 20, 64 * 1024
_INSERT = {name: dialect.insert(SetAside).on_conflict_do_nothing().returning(SetAside.id)
           for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))}  # fmt: skip


def set_aside(
    session: Session, vault: Vault, push: Push, table: str, record_id: Any, content: bytes, why: Unfit
) -> Verdict:
    """Keep one record. The same author sending the same bytes again is answered ``duplicate`` with the first verdict."""
    name = record_id if isinstance(record_id, str) else None
    state = "held" if isinstance(why, Waiting) else "quarantined"
    row = _row(vault, push, table, name, content, why) | {"state": state}
    made = session.execute(_INSERT[session.get_bind().dialect.name].values(row)).first()
    if is_id(name):
        _echo_standing(session, push, table, name)
    if made is None:
        return Verdict(table, name, "duplicate", why.code, why.reason, why.problems, first=_first(session, row))
    return Verdict(table, name, state, why.code, why.reason, why.problems)


def _echo_standing(session: Session, push: Push, table: str, record_id: str) -> None:
    """The phone now believes that its version was taken in: send what stands, or for a visit that is new, what waits.
    The entry names the household, so that only who holds it receives a standing record."""
    standing = session.get(STANDING[table], (push.actor.county, record_id)) if table in STANDING else None
    if standing is not None:
        home = record_id if table == "households" else standing.household_id
        if home or standing.account_id == push.actor.id:
            echo(session, push, table, [(record_id, home)])
    elif table == "visits":
        echo(session, push, table, [(record_id, None)])


def _row(vault: Vault, push: Push, table: str, record_id: str | None, content: bytes, why: Unfit) -> dict[str, Any]:
    actor = push.actor
    sensitive = actor.role in (CHILD_DIRECTOR, CHILD_SUPERVISOR)
    waits = (why.tbl, why.record_id) if isinstance(why, Waiting) else (None, None)
    return {
        "county_code": actor.county, "id": new_id(), "tbl": label(table), "record_id": record_id if is_id(record_id) else "",
        "code": why.code[:40], **told(why), "awaits_tbl": waits[0],
        "awaits_id": waits[1], "klass": CHILD if sensitive else GENERAL, "region": actor.region, "author_id": actor.id,
        "device_id": actor.device_id, "content_hash": content_hash(content), "offset_ms": push.offset_ms,
        "content_sealed": vault.seal(content, COLUMN), "received_at": push.received_at,
    }  # fmt: skip


def told(why: Unfit) -> dict[str, Any]:
    """Why, as it stands outside the seal: it may quote what was sent, so long numbers (证件、电话、账号) are struck out."""
    problems = [{name: strike(value) for name, value in problem.items()} for problem in why.problems]
    return {"reason": strike(why.reason), "problems": problems}


def strike(value: Any) -> Any:
    return LONG_NUMBER.sub("…", value) if isinstance(value, str) else value


def label(table: str) -> str:
    """A table's name as it may stand outside the seal: a made-up one could hold a person's number, or what a database
    cannot."""
    return "".join(c if c == "_" or (c.isascii() and c.isalpha()) else "?" for c in table[:40])


def _first(session: Session, row: dict[str, Any]) -> str:
    same = [getattr(SetAside, c) == row[c] for c in ("county_code", "author_id", "tbl", "record_id", "content_hash")]
    state = session.execute(select(SetAside.state).where(*same)).scalar_one()
    return {"released": "applied", "superseded": "applied"}.get(state, state)


def supersede(session: Session, actor: Actor, table: str, ids: Iterable[str], now: Any) -> None:
    """The author has sent a record again and it could be applied: its earlier, unfit copies need nobody's care."""
    mine = SetAside.county_code == actor.county, SetAside.author_id == actor.id, SetAside.tbl == table
    waiting = SetAside.record_id.in_(list(ids)), SetAside.state.in_(WAITING)
    session.execute(update(SetAside).where(*mine, *waiting).values(state="superseded", resolved_at=now))


def keep_body(session: Session, vault: Vault, push: Push, body: bytes, why: Unfit) -> None:
    """Keep what could not even be read as a push, the first 64 KiB of at most 20 such bodies an author."""
    mine = SetAside.county_code == push.actor.county, SetAside.author_id == push.actor.id, SetAside.tbl == "body"
    waiting = select(func.count()).select_from(SetAside).where(*mine, SetAside.state == "quarantined")
    if session.execute(waiting).scalar_one() < MOST_BODIES:
        set_aside(session, vault, push, "body", None, body[:MOST_BYTES], why)


def still_aside(waiting: SetAside, why: Unfit) -> None:
    """A held record whose awaited one has come may now wait for another, or turn out unfit."""
    shown = told(why)
    waiting.code, waiting.reason, waiting.problems = why.code[:40], shown["reason"], shown["problems"]
    waiting.awaits_tbl, waiting.awaits_id = (why.tbl, why.record_id) if isinstance(why, Waiting) else (None, None)
    waiting.state = "held" if isinstance(why, Waiting) else "quarantined"
