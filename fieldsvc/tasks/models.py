"""Table of visit schedules. Tasks themselves lie in the registry, beside the records phones write."""

from datetime import date, datetime

from sqlalchemy import Date, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import Moment, county, key, uuid
from fieldsvc.kit.db import Base


class VisitSchedule(Base):
    """One visit that recurs for a household or one of its persons (走访周期): which rule asks for it, when it is due next.

    ``last_at`` is when the last such visit was observed, or None: then the period runs from ``since``.
    """

    __tablename__ = "visit_schedules"
    __table_args__ = (Index("ix_visit_schedules_due", "county_code", "due_on"),)
    county_code: Mapped[str] = county()
    household_id: Mapped[str] = key()
    subject_id: Mapped[str] = key()
    form_id: Mapped[str] = key(64)
    rule_id: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(120))
    months: Mapped[int] = mapped_column(Integer)
    klass: Mapped[str] = mapped_column(String(12))
    since: Mapped[date] = mapped_column(Date)
    last_at: Mapped[datetime | None] = mapped_column(Moment)
    due_on: Mapped[date] = mapped_column(Date)
    task_id: Mapped[str | None] = uuid(nullable=True)
