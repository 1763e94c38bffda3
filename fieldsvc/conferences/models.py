"""Table of conferences."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Conference(Base):
    """A conference on an emergency. ``level``: township (个案会商) | county (上报县级协调). ``invited`` = [{duty, office, referral}];
    ``members`` and ``result`` are None until it has been held."""

    __tablename__ = "conferences"
    __table_args__ = (Index("ix_conferences_case", "county_code", "emergency_id"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    emergency_id: Mapped[str] = uuid()
    household_id: Mapped[str] = uuid()
    level: Mapped[str] = mapped_column(String(8))
    matter: Mapped[str] = mapped_column(Text)
    invited: Mapped[Any] = mapped_column(JsonText)
    meets_at: Mapped[datetime | None] = mapped_column(Moment)
    asked_by: Mapped[int] = mapped_column(Integer)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    members: Mapped[Any] = mapped_column(JsonText, nullable=True)
    result: Mapped[str | None] = mapped_column(Text)
    result_by: Mapped[int | None] = mapped_column(Integer)
    result_at: Mapped[datetime | None] = mapped_column(Moment)
