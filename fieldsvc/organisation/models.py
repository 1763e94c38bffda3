"""Tables of the organisation."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class AccountRemoval(Base):
    """A request to remove a worker's account (双重管理): asked by bureau or township (``side``), confirmed by the other.

    ``state``: asked → done, or refused.
    """

    __tablename__ = "account_removals"
    __table_args__ = (Index("ix_account_removals_account", "county_code", "account_id"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    account_id: Mapped[int] = mapped_column(Integer)
    side: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    asked_by: Mapped[int] = mapped_column(Integer)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    settled_by: Mapped[int | None] = mapped_column(Integer)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)


class JointMatter(Base):
    """A matter sent up to the joint meeting (提请事项), open until a meeting decides. ``department``: of the sender, if one."""

    __tablename__ = "joint_matters"
    __table_args__ = (Index("ix_joint_matters_region", "county_code", "region"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    region: Mapped[str] = mapped_column(String(12))
    department: Mapped[str | None] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(120))
    said: Mapped[str] = mapped_column(Text)
    sent_by: Mapped[int] = mapped_column(Integer)
    sent_at: Mapped[datetime] = mapped_column(Moment)
    meeting_id: Mapped[str | None] = uuid()
    decision: Mapped[str | None] = mapped_column(Text)


class JointMeeting(Base):
    """A joint meeting (联席会议) or a regular consultation (定期会商) of the departments."""

    __tablename__ = "joint_meetings"
    __table_args__ = (Index("ix_joint_meetings_day", "county_code", "held_on"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    kind: Mapped[str] = mapped_column(String(12))
    held_on: Mapped[date] = mapped_column(Date)
    members: Mapped[Any] = mapped_column(JsonText)
    result: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)


class JointTask(Base):
    """What a meeting gave somebody to do: an owner and a date; ``done_at`` with what came of it."""

    __tablename__ = "joint_tasks"
    __table_args__ = (Index("ix_joint_tasks_meeting", "county_code", "meeting_id"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    meeting_id: Mapped[str] = uuid()
    matter_id: Mapped[str | None] = uuid()
    title: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[int] = mapped_column(Integer)
    due_on: Mapped[date] = mapped_column(Date)
    result: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(Moment)


class Measure(Base):
    """A present value entered by an officer (现值): ``part`` of ``whole``, or ``part`` alone, of a parameter on a day.

    ``region``: the county's, or the township's it was counted in.
    """

    __tablename__ = "measures"
    __table_args__ = (Index("ix_measures_name", "county_code", "name", "region", "on_date"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    name: Mapped[str] = mapped_column(String(80))
    region: Mapped[str] = mapped_column(String(12))
    part: Mapped[int] = mapped_column(Integer)
    whole: Mapped[int | None] = mapped_column(Integer)
    note: Mapped[str | None] = mapped_column(Text)
    on_date: Mapped[date] = mapped_column(Date)
    account_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)
