"""Tables of supervision."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import Moment, Yuan, county, key
from fieldsvc.kit.db import Base


class Draw(Base):
    """A sample drawn for inspection (抽查): ``size`` of ``pool`` households, by a ``seed`` with which anybody can draw it again."""

    __tablename__ = "draws"
    __table_args__ = (Index("ix_draws_at", "county_code", "at"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    region: Mapped[str] = mapped_column(String(12))
    tier: Mapped[str | None] = mapped_column(String(24))
    seed: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(Integer)
    pool: Mapped[int] = mapped_column(Integer)
    account_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)


class DrawnCase(Base):
    """One household of a sample, and what the visit back (回访) found."""

    __tablename__ = "drawn_cases"
    __table_args__ = (Index("ix_drawn_cases_household", "county_code", "household_id"),)
    county_code: Mapped[str] = county()
    draw_id: Mapped[str] = key()
    household_id: Mapped[str] = key()
    village_code: Mapped[str] = mapped_column(String(12))
    place: Mapped[int] = mapped_column(Integer)
    result: Mapped[str | None] = mapped_column(String(12))
    found: Mapped[str | None] = mapped_column(Text)
    visited_on: Mapped[date | None] = mapped_column(Date)
    account_id: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[datetime | None] = mapped_column(Moment)


class CareMoney(Base):
    """A sum for the care of poor severely disabled people (贫困重度残疾人照护): with ``source`` "fund" what came in of the year's
    aid fund, else what was spent out of that source. A negative sum puts an earlier entry right (冲销)."""

    __tablename__ = "care_money"
    __table_args__ = (Index("ix_care_money_day", "county_code", "on_date"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    source: Mapped[str] = mapped_column(String(12))
    amount: Mapped[Decimal] = mapped_column(Yuan)
    on_date: Mapped[date] = mapped_column(Date)
    what: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)
