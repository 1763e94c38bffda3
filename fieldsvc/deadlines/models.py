"""Table of deadlines."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base

RUNNING = "met_at IS NULL"
UNTOLD = "escalated_at IS NULL AND (met_at IS NULL OR met_at > due_at)"
UNSURE = "met_at IS NULL AND escalated_at IS NULL AND (provisional OR due_at IS NULL)"


def _where(condition: str) -> dict[str, Any]:
    """SQLite takes a partial index only for a condition written as the index has it, and is given booleans as numbers."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition.replace("provisional", "provisional = 1"))}


class Deadline(Base):
    """A step that is awaited (办理时限): of which alert, referral or application, since when, by when.

    ``due_at`` and ``source`` are None where nobody set a limit. ``provisional``: the working-day calendar of a day on the way
    is not published; ``computed_on`` is the day ``due_at`` was last worked out. ``escalated_at``: when it went up to the
    county, which happens once, also to a step that was answered late before anybody looked.
    """

    __tablename__ = "deadlines"
    __table_args__ = (
        Index("uq_deadlines_running", "county_code", "subject_id", "kind", unique=True, **_where(RUNNING)),
        Index("ix_deadlines_subject", "county_code", "subject_id"),
        Index("ix_deadlines_due", "county_code", "due_at", **_where(RUNNING)),
        Index("ix_deadlines_untold", "county_code", "due_at", **_where(UNTOLD)),
        Index("ix_deadlines_unsure", "county_code", "computed_on", **_where(UNSURE)),
        Index("ix_deadlines_household", "county_code", "household_id"),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    subject: Mapped[str] = mapped_column(String(12))
    subject_id: Mapped[str] = uuid()
    household_id: Mapped[str] = uuid()
    village_code: Mapped[str] = mapped_column(String(12))
    klass: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    variant: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    provisional: Mapped[bool] = mapped_column(Boolean)
    source: Mapped[Any] = mapped_column(JsonText, nullable=True)
    computed_on: Mapped[date] = mapped_column(Date)
    met_at: Mapped[datetime | None] = mapped_column(Moment)
    escalated_at: Mapped[datetime | None] = mapped_column(Moment)
