"""Verbs of the aid chain (一户一条救助链): append a link, verify a county's chains."""

from typing import Any

from sqlalchemy import exists, insert, select, text
from sqlalchemy.orm import Session

from fieldsvc.kit import clock

from .models import Head, Link
from .rules import FIRST, Break, Entry, Stored, check, digest

PAGE = 200
NEXT = text("""
INSERT INTO aid_chain_heads (county_code, household_id, n, hash) VALUES (:county, :household, 1, :first)
ON CONFLICT (county_code, household_id) DO UPDATE SET n = aid_chain_heads.n + 1
RETURNING n, hash
""")
HEAD = text("UPDATE aid_chain_heads SET hash = :hash WHERE county_code = :county AND household_id = :household")


def append(
    session: Session, county: str, household_id: str, kind: str, actor: str, content: Any,
    *, person_id: str | None = None, klass: str = "general",
) -> int:  # fmt: skip
    """Hang one link on a household's chain and return its number.

    Taking the number locks the chain's head until commit, so that two writers never fork a chain; who appends to several
    households does it in the order of their ids. ``content`` is JSON without floats.
    """
    at = {"county": county, "household": household_id}
    n, before = session.execute(NEXT, at | {"first": FIRST}).one()
    entry = Entry(county, household_id, n, person_id, kind, actor, klass, content, clock.now())
    hashed = digest(entry, bytes(before))
    session.execute(insert(Link), [
        {"county_code": county, "household_id": household_id, "n": n, "person_id": person_id, "kind": kind,
         "actor": actor, "content": content, "klass": klass, "at": entry.at, "before": bytes(before), "hash": hashed}
    ])  # fmt: skip
    session.execute(HEAD, at | {"hash": hashed})
    return n


def verify(session: Session, county: str) -> list[Break]:
    """Every break in the county's chains; empty when all of them hold. Reads a page of households at a time, links and head
    in one statement, so that an append meanwhile is seen whole or not at all."""
    found, after = [], ""
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
