"""Verbs of the aid chain (一户一条救助链): append a link, verify a county's chains."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import exists, insert, select, text, update
from sqlalchemy.orm import Session

from fieldsvc.kit import clock

from .models import Head, Link
from .rules import FIRST, Break, Entry, Stored, check, digest

PAGE = 200
HOLD = """
INSERT INTO aid_chain_heads (county_code, household_id, n, hash) SELECT :county, value, 0, :first FROM {many} WHERE true
ON CONFLICT (county_code, household_id) DO UPDATE SET n = aid_chain_heads.n
RETURNING household_id, n, hash
"""
EACH = {"sqlite": "json_each(:ids)", "postgresql": "json_array_elements_text(CAST(:ids AS json)) AS ids(value)"}
HOLDS = {name: text(HOLD.format(many=many)) for name, many in EACH.items()}


@dataclass(frozen=True, slots=True)
class News:
    """Something to hang on a household's chain. ``content`` is JSON without floats."""

    household_id: str
    kind: str
    actor: str
    content: Any
    person_id: str | None = None
    klass: str = "general"


def hold(session: Session, county: str, household_ids: Iterable[str]) -> dict[str, tuple[int, bytes]]:
    """Lock the heads of these chains, in the order of ids, until commit: ``{household: (last number, hash)}``."""
    ids = sorted(set(household_ids))
    held = session.execute(HOLDS[session.get_bind().dialect.name], {"county": county, "ids": orjson.dumps(ids).decode(), "first": FIRST})
    return {household: (n, bytes(hashed)) for household, n, hashed in held}


def append(
    session: Session, county: str, household_id: str, kind: str, actor: str, content: Any,
    *, person_id: str | None = None, klass: str = "general",
) -> int:  # fmt: skip
    """Hang one link on a household's chain and return its number; see ``append_many``."""
    append_many(session, county, [News(household_id, kind, actor, content, person_id, klass)])
    found = session.scalar(select(Head.n).where(Head.county_code == county, Head.household_id == household_id))
    assert found is not None
    return found


def append_many(session: Session, county: str, news: Iterable[News]) -> None:
    """Hang links on the chains of their households, in the order given.

    Locks the chains' heads, in the order of ids, until commit, so that two writers never fork a chain; who appends twice in one
    transaction does it in that order too.
    """
    told = list(news)
    ids = sorted({each.household_id for each in told})
    if not ids:
        return
    heads = hold(session, county, ids)
    rows = [_link(county, each, heads) for each in told]
    session.execute(insert(Link), rows)
    session.execute(update(Head), [
        {"county_code": county, "household_id": household, "n": n, "hash": hashed} for household, (n, hashed) in heads.items()
    ])  # fmt: skip


def hold_standing(session: Session, county: str, household_ids: Iterable[str]) -> None:
    """Lock the chains that these households have, before anything is locked that who appends may hold too; makes none."""
    mine = Head.county_code == county, Head.household_id.in_(sorted(set(household_ids)))
    session.execute(select(Head.n).where(*mine).order_by(Head.household_id).with_for_update())


def _link(county: str, news: News, heads: dict[str, tuple[int, bytes]]) -> dict[str, Any]:
    n, before = heads[news.household_id]
    entry = Entry(county, news.household_id, n + 1, news.person_id, news.kind, news.actor, news.klass, news.content, clock.now())
    hashed = digest(entry, before)
    heads[news.household_id] = n + 1, hashed
    return {"county_code": county, "household_id": entry.household_id, "n": entry.n, "person_id": entry.person_id,
            "kind": entry.kind, "actor": entry.actor, "content": entry.content, "klass": entry.klass, "at": entry.at,
            "before": before, "hash": hashed}  # fmt: skip


def verify(session: Session, county: str) -> list[Break]:
    """Every break in the county's chains; empty when all of them hold. Reads a page of households at a time, links and head
    in one statement, so that an append meanwhile is seen whole or not at all."""
    found: list[Break] = []
    after = ""
    while households := _households(session, county, after):
        found += check(*_page(session, county, households))
        after = households[-1]
    return found + [Break(household, 1, "cut") for household in _emptied(session, county)]


def _households(session: Session, county: str, after: str) -> list[str]:
    ids = select(Link.household_id).distinct().where(Link.county_code == county, Link.household_id > after)
    return list(session.scalars(ids.order_by(Link.household_id).limit(PAGE)))


def _page(session: Session, county: str, households: list[str]) -> tuple[list[Stored], dict[str, tuple[int, bytes]]]:
    joined = (Head.county_code == Link.county_code) & (Head.household_id == Link.household_id)
    rows = session.execute(
        select(*Link.__table__.c, Head.n.label("last"), Head.hash.label("head")).outerjoin(Head, joined)
        .where(Link.county_code == county, Link.household_id.in_(households)).order_by(Link.household_id, Link.n)
    ).all()  # fmt: skip
    heads = {row.household_id: (row.last, bytes(row.head)) for row in rows if row.last is not None}
    return [(entry_of(row), bytes(row.before), bytes(row.hash)) for row in rows], heads


def _emptied(session: Session, county: str) -> list[str]:
    """Households whose head stands though every link is gone."""
    links = exists().where(Link.county_code == Head.county_code, Link.household_id == Head.household_id)
    return list(session.scalars(select(Head.household_id).where(Head.county_code == county, ~links).order_by(Head.household_id)))


def entry_of(link: Any) -> Entry:
    return Entry(link.county_code, link.household_id, link.n, link.person_id, link.kind, link.actor, link.klass,
                 link.content, link.at)  # fmt: skip
