"""Tables of facts: an append-only history, and beside it one current document per subject."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class FactRow(Base):
    """One thing learned of one subject. (``subject_id``, ``n``) is its identity; rows are never changed.

    ``value`` is JSON; money and decimals are strings; null takes back what an earlier revision said. ``source_id`` is a
    visit's id or a department's delivery.
    """

    __tablename__ = "fact_history"
    __table_args__ = (Index("ix_fact_history_household", "county_code", "household_id"),)
    county_code: Mapped[str] = county()
    subject_id: Mapped[str] = key()
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    household_id: Mapped[str] = uuid()
    subject: Mapped[str] = mapped_column(String(9))
    name: Mapped[str] = mapped_column(String(64))
    value: Mapped[Any] = mapped_column(JsonText, nullable=True)
    as_of: Mapped[datetime] = mapped_column(Moment)
    source_kind: Mapped[str] = mapped_column(String(12))
    source_id: Mapped[str | None] = mapped_column(String(64))
    revision: Mapped[int] = mapped_column(Integer, default=1)
    recorded_at: Mapped[datetime] = mapped_column(Moment)


class FactDocument(Base):
    """What is now known of one subject: ``{name: [value, as_of, source kind, source id, n]}``. Screening reads only this.

    ``n`` is the last history row that went in; ``visits`` = {visit id: revision} already derived (household documents).
    """

    __tablename__ = "fact_documents"
    __table_args__ = (Index("ix_fact_documents_household", "county_code", "household_id"),)
    county_code: Mapped[str] = county()
    subject_id: Mapped[str] = key()
    household_id: Mapped[str] = uuid()
    subject: Mapped[str] = mapped_column(String(9))
    n: Mapped[int] = mapped_column(Integer)
    document: Mapped[Any] = mapped_column(JsonText)
    visits: Mapped[Any] = mapped_column(JsonText)


class DirtyHousehold(Base):
    """A household to screen again. Once a worker has leased it, every write raises ``generation``, and the worker deletes the mark
    only if that is unchanged."""

    __tablename__ = "dirty_households"
    __table_args__ = (Index("ix_dirty_households_due", "county_code", "lease_until"), {"postgresql_with": {"fillfactor": 50}})
    county_code: Mapped[str] = county()
    household_id: Mapped[str] = key()
    generation: Mapped[int] = mapped_column(Integer, default=1)
    marked_at: Mapped[datetime] = mapped_column(Moment)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    lease: Mapped[str | None] = mapped_column(String(36))
    failures: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(String(500))
    set_aside: Mapped[bool] = mapped_column(default=False)
