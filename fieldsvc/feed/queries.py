"""Reading the feed: one page is one range of the primary key per scope, merged by sequence."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from .models import Change, Counter


class Head(NamedTuple):
    seq: int
    epoch: str


class Row(NamedTuple):
    seq: int
    scope: int
    tbl: int
    op: int
    record_id: str
    household_id: str | None


def head(session: Session, county: str) -> Head:
    """The county's newest committed sequence number and its epoch. Read it before a page: the page then misses nothing."""
    row = session.execute(select(Counter.seq, Counter.epoch).where(Counter.county_code == county)).one()
    return Head(row.seq, row.epoch)


def announced(session: Session, county: str, scope: int, after: int, tbl: int, records: Iterable[str]) -> set[str]:
    """Which of these records of a table a reader of the scope has still to come to after the cursor."""
    ahead = Change.county_code == county, Change.scope == scope, Change.seq > after, Change.tbl == tbl
    return set(session.scalars(select(Change.record_id).where(*ahead, Change.record_id.in_(list(records)))))


def page(session: Session, county: str, scopes: Sequence[int], after: int, upto: int, limit: int) -> list[Row]:
    """The next ``limit`` changes of these scopes in ``(after, upto]``, in commit order."""
    values: dict[str, Any] = {f"s{i}": scope for i, scope in enumerate(scopes)}
    values |= {"county": county, "after": after, "upto": upto, "most": limit}
    dialect = session.get_bind().dialect.name
    return [Row(*row) for row in session.execute(page_of(dialect, len(scopes)), values)]


BRANCH = """SELECT seq, scope, tbl, op, record_id, household_id FROM feed
    WHERE county_code = :county AND scope = :s{} AND seq > :after AND seq <= :upto"""
STOPS = {"sqlite": BRANCH, "postgresql": f"({BRANCH} ORDER BY seq LIMIT :most)"}


@lru_cache(maxsize=128)
def page_of(dialect: str, scopes: int) -> TextClause:
    """A merge of ranges, each in order already, that reads no more than it returns (``scope IN (…) ORDER BY seq`` would read and
    sort everything since the cursor). PostgreSQL's planner needs to be told where each range may stop; SQLite merges by itself,
    and told it would first write every range down."""
    branch = STOPS[dialect] if scopes > 1 else BRANCH
    branches = "\nUNION ALL\n".join(branch.format(i) for i in range(scopes))
    return text(f"{branches}\nORDER BY seq LIMIT :most")
