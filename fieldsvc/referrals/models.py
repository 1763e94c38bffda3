"""Tables of referrals."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Referral(Base):
    """``state``: sent → accepted → done, or returned with a reason. ``first_contact_id`` never changes (首问负责制)."""

    __tablename__ = "referrals"
    __table_args__ = (
        Index("ix_referrals_department", "county_code", "department", "state"),
        Index("ix_referrals_household", "county_code", "household_id"),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    alert_id: Mapped[str | None] = uuid(nullable=True)
    household_id: Mapped[str] = uuid()
    person_id: Mapped[str | None] = uuid(nullable=True)
    village_code: Mapped[str] = mapped_column(String(12))
    klass: Mapped[str] = mapped_column(String(12))
    duty: Mapped[str] = mapped_column(String(32))
    office: Mapped[str] = mapped_column(String(80))
    department: Mapped[str] = mapped_column(String(32))
    programme: Mapped[str | None] = mapped_column(String(80))
    summary: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[Any] = mapped_column(JsonText)
    first_contact_id: Mapped[int] = mapped_column(Integer)
    sent_by: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class ReferralEvent(Base):
    """Each step of a referral (登记分办、办件跟踪、办结反馈): append-only."""

    __tablename__ = "referral_events"
    __table_args__ = (Index("ix_referral_events_referral", "county_code", "referral_id"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    referral_id: Mapped[str] = uuid()
    state: Mapped[str] = mapped_column(String(12))
    actor: Mapped[str] = mapped_column(String(80))
    note: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[Any] = mapped_column(JsonText)
    at: Mapped[datetime] = mapped_column(Moment)


class OutboxItem(Base):
    """Something owed to a department's handler. Tried with back-off; after the last try a dead letter, replayed by hand."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "county_code", "state", "next_at"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    referral_id: Mapped[str] = uuid()
    department: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime] = mapped_column(Moment)
    lease: Mapped[str | None] = mapped_column(String(36))
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
