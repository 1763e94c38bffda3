"""Tables of intake."""

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Report(Base):
    """A report that somebody may need help (线索). ``found_at`` is when the reporter found it, ``received_at`` when it reached
    us, ``responded_at`` when a worker was sent, ``reviewed_at`` when the township answered (主动发现、快速响应、即时审核救助).

    The reporter's telephone is sealed; ``source_id`` is the number the sending system gave it, once only.
    """

    __tablename__ = "reports"
    __table_args__ = (
        Index("ix_reports_desk", "county_code", "state", "village_code"),
        Index("ix_reports_household", "county_code", "household_id"),
        Index("uq_reports_source", "county_code", "source", "source_id", unique=True),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    channel: Mapped[str] = mapped_column(String(12))
    line: Mapped[str | None] = mapped_column(String(16))
    source: Mapped[str | None] = mapped_column(String(32))
    source_id: Mapped[str | None] = mapped_column(String(64))
    about_name: Mapped[str] = mapped_column(String(64))
    village_code: Mapped[str] = mapped_column(String(12))
    household_id: Mapped[str | None] = uuid(nullable=True)
    content: Mapped[str] = mapped_column(Text)
    reporter: Mapped[str | None] = mapped_column(String(64))
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(12))
    found_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    responded_at: Mapped[datetime | None] = mapped_column(Moment)
    reviewed_at: Mapped[datetime | None] = mapped_column(Moment)
    task_id: Mapped[str | None] = uuid(nullable=True)
    outcome: Mapped[str | None] = mapped_column(Text)
    result: Mapped[str | None] = mapped_column(String(12))
    author_id: Mapped[int] = mapped_column(Integer)
    reviewer_id: Mapped[int | None] = mapped_column(Integer)
