"""Verbs of the aid chain (一户一条救助链): append a link, verify a county's chains."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from fieldsvc.kit import clock

from .models import Head, Link
from .rules import FIRST, Break, Entry, Stored, check, digest

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
    """Every break in the county's chains, in order; empty when all of them hold. Streams: memory holds the heads only."""
    heads = {h: (n, bytes(value)) for h, n, value in session.execute(
        select(Head.household_id, Head.n, Head.hash).where(Head.county_code == county))}  # fmt: skip
    return list(check(_links(session, county), heads))


def _links(session: Session, county: str) -> Iterator[Stored]:
    rows = session.execute(
        select(Link).where(Link.county_code == county).order_by(Link.household_id, Link.n)
        .execution_options(yield_per=1000)
    )  # fmt: skip
    for link in rows.scalars():
        yield entry_of(link), bytes(link.before), bytes(link.hash)
        session.expunge(link)


def entry_of(link: Link) -> Entry:
    return Entry(link.county_code, link.household_id, link.n, link.person_id, link.kind, link.actor, link.klass,
                 link.content, link.at)  # fmt: skip
