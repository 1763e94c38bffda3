"""Table of the aid chain."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Link(Base):
    """One entry. ``hash`` = SHA-256 over the canonical entry and the entry before it, so a change anywhere shows."""

    __tablename__ = "aid_chain"
    county_code: Mapped[str] = county()
    household_id: Mapped[str] = key()
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    person_id: Mapped[str | None] = uuid(nullable=True)
    kind: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(80))
    content: Mapped[Any] = mapped_column(JsonText)
    klass: Mapped[str] = mapped_column(String(12), default="general")
    at: Mapped[datetime] = mapped_column(Moment)
    before: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class Head(Base):
    """The last link of a household's chain: the lock an append takes, and what shows a chain cut off at its end."""

    __tablename__ = "aid_chain_heads"
    county_code: Mapped[str] = county()
    household_id: Mapped[str] = key()
    n: Mapped[int] = mapped_column(Integer)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class Aid(Base):
    """Aid granted (在享救助): which programme to whom, since when, by which office, and the link of the chain that says so.

    ``programme`` is a rule's id, or ``tier:<tier>`` for a recognised tier. ``amount``: yuan as exact text, where the answer names
    one. ``ends`` is the first day without it; None while it runs.
    """

    __tablename__ = "aids"
    __table_args__ = (
        Index("ix_aids_household", "county_code", "household_id"),
        Index("ix_aids_programme", "county_code", "programme"),
        Index("uq_aids_source", "county_code", "source", "source_id", "programme", "subject_id", unique=True),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    household_id: Mapped[str] = uuid()
    person_id: Mapped[str | None] = uuid(nullable=True)
    subject_id: Mapped[str] = uuid()
    programme: Mapped[str] = mapped_column(String(80))
    office: Mapped[str] = mapped_column(String(80))
    amount: Mapped[str | None] = mapped_column(String(24))
    starts: Mapped[date] = mapped_column(Date)
    ends: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(16))
    source_id: Mapped[str] = mapped_column(String(64))
    chain_household_id: Mapped[str] = uuid()
    chain_n: Mapped[int] = mapped_column(Integer)
    klass: Mapped[str] = mapped_column(String(12), default="general")
    recorded_at: Mapped[datetime] = mapped_column(Moment)
