"""Tables of simulations."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Simulation(Base):
    """One what-if. ``changes`` = [{name, value, from, reference}]; ``state``: waiting | done | failed | approved.

    ``totals`` = {programme: {"old": {letter: count}, "new": …, "gained", "lost", "old_yuan", "new_yuan"}}.
    """

    __tablename__ = "simulations"
    __table_args__ = (Index("ix_simulations_state", "county_code", "state"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    jurisdiction: Mapped[str] = mapped_column(String(40))
    on_date: Mapped[date] = mapped_column(Date)
    changes: Mapped[Any] = mapped_column(JsonText)
    state: Mapped[str] = mapped_column(String(12))
    asked_by: Mapped[int] = mapped_column(Integer)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    households: Mapped[int | None] = mapped_column(Integer)
    persons: Mapped[int | None] = mapped_column(Integer)
    changed: Mapped[int | None] = mapped_column(Integer)
    totals: Mapped[Any] = mapped_column(JsonText, nullable=True)
    error: Mapped[str | None] = mapped_column(String(500))
    approved_by: Mapped[int | None] = mapped_column(Integer)
    approved_at: Mapped[datetime | None] = mapped_column(Moment)


class SimulationLine(Base):
    """One result that changes, old and new side by side. ``programme`` is a rule's id, or ``tier``."""

    __tablename__ = "simulation_lines"
    county_code: Mapped[str] = county()
    simulation_id: Mapped[str] = key()
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    household_id: Mapped[str] = uuid()
    subject_id: Mapped[str] = uuid()
    programme: Mapped[str] = mapped_column(String(64))
    old: Mapped[str | None] = mapped_column(String(24))
    new: Mapped[str | None] = mapped_column(String(24))
    old_yuan: Mapped[str | None] = mapped_column(String(24))
    new_yuan: Mapped[str | None] = mapped_column(String(24))
