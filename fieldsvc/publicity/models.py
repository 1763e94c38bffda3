"""Tables of publicity."""

from datetime import date, datetime

from sqlalchemy import Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Notice(Base):
    """公示: what is posted of a decision. ``name`` is already masked; no number, address or illness stands here."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_desk", "county_code", "state", "village_code"),
        Index("uq_notices_application", "county_code", "application_id", "round", unique=True),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    application_id: Mapped[str] = uuid()
    round: Mapped[int] = mapped_column(Integer)
    household_id: Mapped[str] = uuid()
    village_code: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(64))
    persons: Mapped[int] = mapped_column(Integer)
    decided: Mapped[str] = mapped_column(String(40))
    posted_on: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    provisional: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(12))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    posted_by: Mapped[int] = mapped_column(Integer)


class Objection(Base):
    """异议: what somebody said against a notice, and what was found of it."""

    __tablename__ = "objections"
    __table_args__ = (Index("ix_objections_notice", "county_code", "notice_id"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    notice_id: Mapped[str] = uuid()
    said: Mapped[str] = mapped_column(Text)
    said_by: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
    taken_by: Mapped[int] = mapped_column(Integer)
