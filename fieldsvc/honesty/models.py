"""Tables of honesty."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import Moment, Yuan, county, key, uuid
from fieldsvc.kit.db import Base


class Promise(Base):
    """守信承诺: income and property were stated truly; signed by whom, on which day, before whom."""

    __tablename__ = "promises"
    __table_args__ = (Index("ix_promises_household", "county_code", "household_id"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    household_id: Mapped[str] = uuid()
    signed_by: Mapped[str] = mapped_column(String(64))
    signed_on: Mapped[date] = mapped_column(Date)
    account_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)


class Breach(Base):
    """失信: aid got by deceit. Found by one officer, confirmed by another; then aid stops and ``owed`` yuan (and goods) are to be
    paid back. ``listed_at``: handed to the county's credit platform after review; ``withdrawn_at``: annulled and taken off."""

    __tablename__ = "breaches"
    __table_args__ = (
        Index("ix_breaches_household", "county_code", "household_id"),
        Index("ix_breaches_state", "county_code", "state", "village_code"),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    household_id: Mapped[str] = uuid()
    village_code: Mapped[str] = mapped_column(String(12))
    finding: Mapped[str] = mapped_column(Text)
    owed: Mapped[Decimal] = mapped_column(Yuan)
    goods: Mapped[str | None] = mapped_column(Text)
    paid: Mapped[Decimal] = mapped_column(Yuan)
    state: Mapped[str] = mapped_column(String(12))
    found_by: Mapped[int] = mapped_column(Integer)
    found_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_by: Mapped[int | None] = mapped_column(Integer)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str | None] = mapped_column(Text)
    listed_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)


class Correction(Base):
    """纠错: what was wrong, why, when it was found and when put right. What it corrects stands unchanged beside it."""

    __tablename__ = "corrections"
    __table_args__ = (Index("ix_corrections_household", "county_code", "household_id"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    household_id: Mapped[str] = uuid()
    about_n: Mapped[int] = mapped_column(Integer)
    cause: Mapped[str] = mapped_column(Text)
    corrected: Mapped[str] = mapped_column(Text)
    found_on: Mapped[date] = mapped_column(Date)
    corrected_on: Mapped[date] = mapped_column(Date)
    account_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)
