"""Tables of emergencies."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Emergency(Base):
    """One case of acute or expense hardship, in the village where it happens, whoever the household is registered with.

    ``kind``: emergency | expense | ordinary. ``cause`` says why; ``event`` names a declared public event. ``residence`` as the fact
    of that name; ``trial``: opened under a place's pilot. ``stranded``: why somebody is away from home; ``shelter`` is where they are,
    sealed, shown to who handles the case alone. ``approval`` = {amount, stages, by, on, meeting}; ``account`` = {text, papers, by, on}.
    """

    __tablename__ = "emergencies"
    __table_args__ = (
        Index("ix_emergencies_household", "county_code", "household_id"),
        Index("ix_emergencies_desk", "county_code", "state", "village_code"),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    household_id: Mapped[str] = uuid()
    person_id: Mapped[str | None] = uuid(nullable=True)
    village_code: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    cause: Mapped[str] = mapped_column(String(24))
    event: Mapped[str | None] = mapped_column(String(80))
    residence: Mapped[str] = mapped_column(String(12))
    trial: Mapped[bool] = mapped_column(Boolean)
    stranded: Mapped[str | None] = mapped_column(String(12))
    shelter: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(12))
    found_at: Mapped[datetime] = mapped_column(Moment)
    found_by: Mapped[str] = mapped_column(String(80))
    alert_id: Mapped[str | None] = uuid(nullable=True)
    account: Mapped[Any] = mapped_column(JsonText, nullable=True)
    account_due_on: Mapped[date | None] = mapped_column(Date)
    account_task_id: Mapped[str | None] = uuid(nullable=True)
    approval: Mapped[Any] = mapped_column(JsonText, nullable=True)
    outcome: Mapped[str | None] = mapped_column(Text)
    opened_by: Mapped[int] = mapped_column(Integer)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


class Payment(Base):
    """Aid given in a case: append-only. ``kind``: advance (先行救助) | stage (分阶段). ``amount``: yuan as exact text; ``what``: goods."""

    __tablename__ = "emergency_payments"
    county_code: Mapped[str] = county()
    emergency_id: Mapped[str] = key()
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(12))
    amount: Mapped[str | None] = mapped_column(String(24))
    what: Mapped[str | None] = mapped_column(String(120))
    source: Mapped[str | None] = mapped_column(String(80))
    note: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)


class ReserveEntry(Base):
    """A movement of a township's reserve (临时救助备用金): append-only. ``amount``: yuan as exact text, negative when paid out for
    ``emergency_id``; ``balance`` after it. ``n`` counts within the township, so that two payments at once are two movements."""

    __tablename__ = "reserve_entries"
    county_code: Mapped[str] = county()
    township_code: Mapped[str] = key(12)
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    amount: Mapped[str] = mapped_column(String(24))
    balance: Mapped[str] = mapped_column(String(24))
    emergency_id: Mapped[str | None] = uuid(nullable=True)
    note: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)
