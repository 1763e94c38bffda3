"""Table of approved changes of a deployment's own parameters (本地设定)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, uuid
from fieldsvc.kit.db import Base


class PolicyChange(Base):
    """A dated value that an officer approved. Rows are never changed: a later one ends the earlier the day before it starts.

    ``n`` is the order of approval in the county; ``value`` as in a supplement file; ``reference`` names the local document.
    """

    __tablename__ = "policy_changes"
    county_code: Mapped[str] = county()
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    jurisdiction: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(64))
    value: Mapped[Any] = mapped_column(JsonText)
    starts: Mapped[date] = mapped_column(Date)
    reference: Mapped[str] = mapped_column(String(200))
    simulation_id: Mapped[str | None] = uuid(nullable=True)
    approved_by: Mapped[int] = mapped_column(Integer)
    approved_at: Mapped[datetime] = mapped_column(Moment)
