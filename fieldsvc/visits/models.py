"""Tables of visits. The answers are sealed whole: identifiers turn up in free text too."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Visit(Base):
    """The current revision of a visit. Device time, server time and their offset are kept apart.

    ``observed_at`` = device time corrected by the measured offset and capped at receipt; facts carry it as as-of.
    ``content_hash`` (16 bytes) recognises the same record sent again; ``verdict`` is the first answer it was given.
    """

    __tablename__ = "visits"
    __table_args__ = (Index("ix_visits_household", "county_code", "household_id"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    revision: Mapped[int] = mapped_column(Integer, default=1)
    household_id: Mapped[str] = uuid()
    person_id: Mapped[str | None] = uuid(nullable=True)
    form_id: Mapped[str] = mapped_column(String(64))
    form_version: Mapped[str] = mapped_column(String(32))
    klass: Mapped[str] = mapped_column(String(12))
    author_id: Mapped[int] = mapped_column(Integer)
    device_id: Mapped[str] = mapped_column(String(64))
    handover: Mapped[bool] = mapped_column(Boolean, default=False)
    verdict: Mapped[str] = mapped_column(String(12))
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    answers_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    observed_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    offset_ms: Mapped[int | None] = mapped_column(BigInteger)


class VisitRevision(Base):
    """An earlier revision, verbatim."""

    __tablename__ = "visit_revisions"
    county_code: Mapped[str] = county()
    visit_id: Mapped[str] = key()
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    answers_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    author_id: Mapped[int] = mapped_column(Integer)
    device_id: Mapped[str] = mapped_column(String(64))
    form_id: Mapped[str] = mapped_column(String(64))
    form_version: Mapped[str] = mapped_column(String(32))
    observed_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    verdict: Mapped[str] = mapped_column(String(12))


class SetAside(Base):
    """A record that could not be applied: ``quarantined`` with its reason, or ``held`` until ``awaits_id`` arrives.

    Nothing is refused for good: the record stands here verbatim, sealed, until an officer releases or refuses it.
    """

    __tablename__ = "quarantine"
    __table_args__ = (
        Index("uq_quarantine_content", "county_code", "author_id", "tbl", "record_id", "content_hash", unique=True),
        Index("ix_quarantine_awaits", "county_code", "awaits_id"),
        Index("ix_quarantine_state", "county_code", "state", "region"),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    tbl: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    problems: Mapped[Any] = mapped_column(JsonText)
    awaits_tbl: Mapped[str | None] = mapped_column(String(16))
    awaits_id: Mapped[str | None] = uuid(nullable=True)
    klass: Mapped[str] = mapped_column(String(12))
    region: Mapped[str] = mapped_column(String(12))
    author_id: Mapped[int] = mapped_column(Integer)
    device_id: Mapped[str] = mapped_column(String(64))
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    offset_ms: Mapped[int | None] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(Moment)
    resolved_at: Mapped[datetime | None] = mapped_column(Moment)
    resolved_by: Mapped[int | None] = mapped_column(Integer)
    resolution: Mapped[str | None] = mapped_column(Text)
