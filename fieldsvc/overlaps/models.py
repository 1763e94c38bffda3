"""Table of overlaps: lines an officer found justified."""

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Override(Base):
    """“情况属实、理由正当”: why a line is no mistake. It hides the line while ``fingerprint`` (of what the line stands on) is the
    line's; every override is kept."""

    __tablename__ = "overlap_overrides"
    __table_args__ = (Index("ix_overlap_overrides_line", "county_code", "line_id"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    line_id: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    household_id: Mapped[str] = uuid()
    person_id: Mapped[str | None] = uuid(nullable=True)
    fingerprint: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)
