"""Writing to the feed. Entries gather on the session and are stamped as the transaction's last statements."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from fieldsvc.kit.bulk import insert_many
from fieldsvc.kit.db import at_commit
from fieldsvc.kit.ids import new_id
from fieldsvc.kit.sql import Sql

from .models import Counter
from .rules import Entry


def announce(session: Session, county: str, entries: Iterable[Entry]) -> None:
    """Queue entries for the transaction's end. The same change announced twice in one transaction is sent once."""
    waiting = session.info.setdefault("feed", {})
    waiting.update(dict.fromkeys(entries))
    if waiting:
        at_commit(session, "feed", lambda last: _stamp(last, county))


def _stamp(session: Session, county: str) -> None:
    """Take the counter, then write the rows: who holds the counter commits first, so no reader can miss a number."""
    session.flush()
    entries = list(session.info.pop("feed", {}))
    if not entries:
        return
    listeners = session.info.pop("on_stamp", ())
    last = WRITERS[session.get_bind().dialect.name](session, county, entries, bool(listeners))
    session.info["numbered"] = entries, last
    _write_fields(session, [told for told in listeners if isinstance(told, FieldStamp)], last)
    for told in listeners:
        told(session, last)
    session.flush()


def _write_separately(session: Session, county: str, entries: list[Entry], _asked: bool = True) -> int:
    """For SQLite, where a statement costs no round trip."""
    last = take(session, county, len(entries))
    insert_many(session, "feed", ("county_code", "scope", "seq", "tbl", "op", "record_id", "household_id"), [
        (county, e.scope, seq, e.tbl, e.op, e.record_id, e.household_id)
        for seq, e in enumerate(entries, last - len(entries) + 1)
    ])  # fmt: skip
    return last


def _write_at_once(session: Session, county: str, entries: list[Entry], asked: bool = True) -> int:
    """One round trip, and when nobody asks for the number the commit with it, so the counter is held for less time."""
    rows = [{"n": n, "s": e.scope, "t": e.tbl, "o": e.op, "r": e.record_id, "h": e.household_id}
            for n, e in enumerate(entries, 1 - len(entries))]  # fmt: skip
    values = {"county": county, "count": len(entries), "rows": orjson.dumps(rows).decode()}
    if not asked:
        AT_ONCE.last(session, **values)
        return 0
    return int(AT_ONCE.rows(session, **values)[0][0])


AT_ONCE = Sql("""
WITH taken AS (UPDATE counters SET seq = seq + :count WHERE county_code = :county RETURNING seq),
written AS (
    INSERT INTO feed (county_code, scope, seq, tbl, op, record_id, household_id)
    SELECT :county, e.s, taken.seq + e.n, e.t, e.o, e.r, e.h
    FROM taken, json_to_recordset(CAST(:rows AS json)) AS e(n int, s int, t smallint, o smallint, r text, h text))
SELECT seq FROM taken""", postgresql={})
TAKEN = Sql("UPDATE counters SET seq = seq + :count WHERE county_code = :county RETURNING seq")
WRITERS = {"sqlite": _write_separately, "postgresql": _write_at_once}


def on_stamp(session: Session, told: Callable[[Session, int], None]) -> None:
    """Call ``told(session, seq)`` once the transaction has its sequence numbers; ``seq`` is its last. Keep it short: the
    counter is held."""
    session.info.setdefault("on_stamp", []).append(told)


def numbers(session: Session) -> dict[Entry, int]:
    """For ``on_stamp``'s listeners: the number of each of the transaction's entries."""
    entries, last = session.info["numbered"]
    return {entry: seq for seq, entry in enumerate(entries, last - len(entries) + 1)}


class FieldStamp(NamedTuple):
    """For ``on_stamp``: which fields of a record (with ``versions``) changed. All of a transaction are written together, for
    meanwhile every other writer waits for the counter."""

    record: Any
    fields: frozenset[str]

    def __call__(self, _session: Session, seq: int) -> None:
        set_committed_value(self.record, "versions", (self.record.versions or {}) | dict.fromkeys(self.fields, seq))


def _write_fields(session: Session, stamps: list[FieldStamp], seq: int) -> None:
    alike: dict[tuple[str, str, frozenset[str]], list[str]] = defaultdict(list)
    for record, fields in stamps:
        alike[record.__tablename__, record.county_code, fields].append(record.id)
    for (table, county, fields), ids in sorted(alike.items(), key=str):
        _stamped(table).rows(session, county=county, fields=orjson.dumps(dict.fromkeys(fields, seq)).decode(), ids=ids)


@lru_cache(maxsize=16)
def _stamped(table: str) -> Sql:
    merged = {"sqlite": {"merged": "json_patch(COALESCE(versions, '{}'), :fields)"},
              "postgresql": {"merged": "CAST(CAST(COALESCE(versions, '{}') AS jsonb) || CAST(:fields AS jsonb) AS text)"}}
    return Sql(f"UPDATE {table} SET versions = {{merged}} WHERE county_code = :county AND id {{ids}}", "ids", **merged)


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """A savepoint that takes back, when it fails, also what was announced in it."""
    entries, stamps = session.info.setdefault("feed", {}), session.info.setdefault("on_stamp", [])
    before = len(entries), len(stamps)
    try:
        with session.begin_nested():
            yield
    except BaseException:
        for late in list(entries)[before[0] :]:
            del entries[late]
        del stamps[before[1] :]
        raise


def take(session: Session, county: str, count: int) -> int:
    """Raise the county's counter by ``count`` and return its new value; the row stays locked until commit."""
    session.flush()  # every other lock before this one
    return int(TAKEN.rows(session, county=county, count=count)[0][0])


def open_county(session: Session, county: str) -> None:
    """Give a new county its counter and epoch; harmless when it has them. The first cursor is at least 1."""
    if session.get(Counter, county) is None:
        session.add(Counter(county_code=county, seq=1, epoch=new_id()))
        session.flush()
