"""Writing to the feed. Entries gather on the session and are stamped as the transaction's last statements."""

from collections.abc import Callable, Iterable

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from fieldsvc.kit.db import at_commit
from fieldsvc.kit.ids import new_id

from .models import Change, Counter
from .rules import Entry


def announce(session: Session, county: str, entries: Iterable[Entry]) -> None:
    """Queue entries for the transaction's end. The same change announced twice in one transaction is sent once."""
    waiting = session.info.setdefault("feed", {})
    waiting.update(dict.fromkeys(entries))
    if waiting:
        at_commit(session, "feed", lambda last: _stamp(last, county))


def _stamp(session: Session, county: str) -> None:
    """Take the counter, then write the rows: whoever holds the counter commits first, so no reader can miss a number."""
    session.flush()
    entries = list(session.info.pop("feed", {}))
    if not entries:
        return
    last = take(session, county, len(entries))
    first = last - len(entries) + 1
    session.connection().execute(_INSERT, [
        {"county_code": county, "scope": e.scope, "seq": seq, "tbl": e.tbl, "op": e.op, "record_id": e.record_id,
         "household_id": e.household_id} for seq, e in enumerate(entries, first)
    ])  # fmt: skip
    for told in session.info.pop("on_stamp", ()):
        told(session, last)
    session.flush()


_INSERT = insert(Change.__table__)  # type: ignore[arg-type]


def on_stamp(session: Session, told: Callable[[Session, int], None]) -> None:
    """Call ``told(session, seq)`` once the transaction has its sequence numbers; ``seq`` is its last. Keep it short: the
    counter is held."""
    session.info.setdefault("on_stamp", []).append(told)


def take(session: Session, county: str, count: int) -> int:
    """Raise the county's counter by ``count`` and return its new value; the row stays locked until commit."""
    raised = update(Counter).where(Counter.county_code == county).values(seq=Counter.seq + count).returning(Counter.seq)
    return session.execute(raised).scalar_one()


def open_county(session: Session, county: str) -> None:
    """Give a new county its counter and epoch; harmless when it has them. The first cursor is at least 1."""
    if session.get(Counter, county) is None:
        session.add(Counter(county_code=county, seq=1, epoch=new_id()))
        session.flush()
