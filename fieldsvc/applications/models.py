"""Tables of applications."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Application(Base):
    """One application of a household, or of one of its persons (单人户, 特困), judged for every tier on consent.

    ``applied`` is the tier asked for and never changes; ``procedure`` the one under way (转换程序), under the same id.
    ``consent`` = {scope, taken_on, taken_by, withdrawn_on}; ``proposal`` is what the rules said (rules.Proposal as JSON), from
    the facts in ``facts`` ({subject: n}) under ``rule_set`` on ``on_date``. ``decision`` stands beside it once it is taken.
    """

    __tablename__ = "applications"
    __table_args__ = (
        Index("ix_applications_household", "county_code", "household_id"),
        Index("ix_applications_state", "county_code", "state", "village_code"),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    household_id: Mapped[str] = uuid()
    person_id: Mapped[str | None] = uuid(nullable=True)
    village_code: Mapped[str] = mapped_column(String(12))
    jurisdiction: Mapped[str] = mapped_column(String(40))
    applied: Mapped[str] = mapped_column(String(24))
    procedure: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(12))
    left_tier: Mapped[str | None] = mapped_column(String(24))
    helper: Mapped[str | None] = mapped_column(String(80))
    consent: Mapped[Any] = mapped_column(JsonText, nullable=True)
    proposal: Mapped[Any] = mapped_column(JsonText)
    facts: Mapped[Any] = mapped_column(JsonText)
    rule_set: Mapped[str] = mapped_column(String(64))
    on_date: Mapped[date] = mapped_column(Date)
    decision: Mapped[Any] = mapped_column(JsonText, nullable=True)
    opened_by: Mapped[int] = mapped_column(Integer)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class ApplicationEvent(Base):
    """One step of an application, kept as it was: each proposal, each change of procedure, the decision."""

    __tablename__ = "application_events"
    county_code: Mapped[str] = county()
    application_id: Mapped[str] = key()
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(24))
    actor: Mapped[str] = mapped_column(String(80))
    detail: Mapped[Any] = mapped_column(JsonText)
    at: Mapped[datetime] = mapped_column(Moment)
