"""Tables of matching."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class MatchingRun(Base):
    """One delivery of a department's list and what became of it (比对记录). ``state``: ``rules.RUN_STATES``.

    ``file_hash`` is the SHA-256 of the file's bytes in hex; ``counts`` = {row state: rows, and ``read``, ``changes``, ``households``,
    ``told``}. ``as_of`` is the day given with the delivery, for rows that name none.
    """

    __tablename__ = "matching_runs"
    __table_args__ = (
        Index("ix_matching_runs_feed", "county_code", "feed_id", "asked_at"),
        Index("ix_matching_runs_state", "county_code", "state"),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    feed_id: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(120))
    duty: Mapped[str] = mapped_column(String(32))
    klass: Mapped[str] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(String(120))
    file_hash: Mapped[str] = mapped_column(String(64))
    file_bytes: Mapped[int] = mapped_column(Integer)
    as_of: Mapped[date | None] = mapped_column(Date)
    newest: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12))
    counts: Mapped[Any] = mapped_column(JsonText)
    headings: Mapped[Any] = mapped_column(JsonText)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(String(500))
    asked_by: Mapped[int] = mapped_column(Integer)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    previewed_at: Mapped[datetime | None] = mapped_column(Moment)
    purpose: Mapped[str | None] = mapped_column(String(200))
    decided_by: Mapped[int | None] = mapped_column(Integer)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    applied_at: Mapped[datetime | None] = mapped_column(Moment)


class MatchingFile(Base):
    """A delivered file in sealed pieces, from its arrival until its rows are stored."""

    __tablename__ = "matching_files"
    county_code: Mapped[str] = county()
    run_id: Mapped[str] = key()
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    piece_sealed: Mapped[bytes] = mapped_column(LargeBinary)


class MatchingRow(Base):
    """One row of a list. ``n`` is the row as the spreadsheet shows it; ``state``: ``rules.ROW_STATES``; ``outcome`` is None until the
    run is applied.

    ``facts`` = {fact: value}; ``changes`` = [[fact, kind, new, old, old day, old source]] as previewed; ``candidates`` =
    [[person id, household id, village code, [reason codes]]]; ``reasons`` are codes of ``rules.REASONS``. ``village_code`` is the
    smallest division that holds everybody the row may be about: who answers for it may see the row.
    """

    __tablename__ = "matching_rows"
    __table_args__ = (Index("ix_matching_rows_state", "county_code", "run_id", "state", "n"),)
    county_code: Mapped[str] = county()
    run_id: Mapped[str] = key()
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str | None] = mapped_column(String(12))
    klass: Mapped[str] = mapped_column(String(12))
    village_code: Mapped[str] = mapped_column(String(12))
    household_id: Mapped[str | None] = uuid()
    person_id: Mapped[str | None] = uuid()
    name: Mapped[str] = mapped_column(String(64))
    birth: Mapped[str | None] = mapped_column(String(10))
    number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    who: Mapped[bytes | None] = mapped_column(LargeBinary)
    as_of: Mapped[date | None] = mapped_column(Date)
    facts: Mapped[Any] = mapped_column(JsonText)
    changes: Mapped[Any] = mapped_column(JsonText)
    candidates: Mapped[Any] = mapped_column(JsonText)
    reasons: Mapped[Any] = mapped_column(JsonText)
    notes: Mapped[str | None] = mapped_column(Text)
    settlement: Mapped[str | None] = mapped_column(String(12))
    settled_by: Mapped[int | None] = mapped_column(Integer)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_note: Mapped[str | None] = mapped_column(String(500))


class MatchingAsk(Base):
    """A question to a worker: is the person of this row the person of your household? Closed once it is answered."""

    __tablename__ = "matching_asks"
    __table_args__ = (
        Index(
            "ix_matching_asks_open",
            "county_code",
            "household_id",
            sqlite_where=text("open"),
            postgresql_where=text("open"),
        ),
        Index("ix_matching_asks_row", "county_code", "run_id", "n"),
    )
    county_code: Mapped[str] = county()
    task_id: Mapped[str] = key()
    run_id: Mapped[str] = uuid()
    n: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[str] = uuid()
    household_id: Mapped[str] = uuid()
    open: Mapped[bool] = mapped_column(Boolean)
    asked_at: Mapped[datetime] = mapped_column(Moment)


class MatchingAnswer(Base):
    """What was once settled is not asked again: whether who bears this number (or in this feed this name and birth date) is this
    person. ``who`` is a blind index."""

    __tablename__ = "matching_answers"
    county_code: Mapped[str] = county()
    who: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    person_id: Mapped[str] = key()
    same: Mapped[bool] = mapped_column(Boolean)
    by: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)
