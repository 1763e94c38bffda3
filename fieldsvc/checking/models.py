"""Tables of checking."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Authorisation(Base):
    """个人授权: what a person allowed to be looked up (``scope`` = {kind of data: title}), from ``signed_on`` through
    ``valid_until``, unless withdrawn."""

    __tablename__ = "check_authorisations"
    __table_args__ = (
        Index("ix_check_authorisations_person", "county_code", "person_id"),
        Index("ix_check_authorisations_household", "county_code", "household_id"),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    household_id: Mapped[str] = uuid()
    person_id: Mapped[str] = uuid()
    village_code: Mapped[str] = mapped_column(String(12))
    scope: Mapped[Any] = mapped_column(JsonText)
    signed_by: Mapped[str] = mapped_column(String(64))
    signed_on: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    withdrawn_on: Mapped[date | None] = mapped_column(Date)
    recorded_by: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)


class Check(Base):
    """One request about one person to one platform, and its report.

    ``state``: waiting → sent (the platform has it) → answered; dead after the last try; cancelled. ``unit`` commissions it (单位委托);
    ``kinds`` = {kind of data: title} as the list was then.
    ``report_sealed`` is the platform's report as ``rules.Report`` has it.
    """

    __tablename__ = "checks"
    __table_args__ = (
        Index("ix_checks_due", "county_code", "state", "next_at"),
        Index("ix_checks_household", "county_code", "household_id"),
        Index("ix_checks_person", "county_code", "person_id"),
        Index("ix_checks_desk", "county_code", "requested_at"),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    household_id: Mapped[str] = uuid()
    person_id: Mapped[str] = uuid()
    village_code: Mapped[str] = mapped_column(String(12))
    authorisation_id: Mapped[str] = uuid()
    application_id: Mapped[str | None] = uuid(nullable=True)
    referral_id: Mapped[str | None] = uuid(nullable=True)
    department: Mapped[str | None] = mapped_column(String(32))
    unit: Mapped[str] = mapped_column(String(80))
    purpose: Mapped[str] = mapped_column(Text)
    kinds: Mapped[Any] = mapped_column(JsonText)
    platform: Mapped[str] = mapped_column(String(32))
    platform_title: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime] = mapped_column(Moment)
    lease: Mapped[str | None] = mapped_column(String(36))
    last_error: Mapped[str | None] = mapped_column(Text)
    requested_by: Mapped[int] = mapped_column(Integer)
    requested_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    report_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class Choice(Base):
    """Which word the reviewer took where visit and check differ (入户评估与信息核对不一致), and why. ``between`` = both words as they
    stood: once either changes there is something to choose again."""

    __tablename__ = "check_choices"
    county_code: Mapped[str] = county()
    check_id: Mapped[str] = key()
    fact: Mapped[str] = key(64)
    taken: Mapped[str] = mapped_column(String(12))
    between: Mapped[Any] = mapped_column(JsonText)
    reason: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)
