"""Tables of screening."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class RuleSet(Base):
    """A rule set as it was, so that a stored determination replays (``hash`` of its canonical JSON)."""

    __tablename__ = "rule_sets"
    county_code: Mapped[str] = county()
    hash: Mapped[str] = key(64)
    content: Mapped[str] = mapped_column(Text)
    stored_at: Mapped[datetime] = mapped_column(Moment)


class DeterminationRow(Base):
    """What the rules said of one subject at one screening; a new row only when something changed (认定建议).

    ``verdicts`` is packed, one character a programme in rule-book order, then ``|`` and one an indicator; ``facts`` =
    {subject id: n of its last history row} of the whole household; ``amounts`` = {programme: yuan}.
    """

    __tablename__ = "determinations"
    __table_args__ = (Index("ix_determinations_household", "county_code", "household_id"),)
    county_code: Mapped[str] = county()
    subject_id: Mapped[str] = key()
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    household_id: Mapped[str] = uuid()
    subject: Mapped[str] = mapped_column(String(9))
    jurisdiction: Mapped[str] = mapped_column(String(24))
    on_date: Mapped[date] = mapped_column(Date)
    verdicts: Mapped[str] = mapped_column(Text)
    tier: Mapped[str | None] = mapped_column(String(24))
    amounts: Mapped[Any] = mapped_column(JsonText)
    facts: Mapped[Any] = mapped_column(JsonText)
    rule_set: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
    current: Mapped[bool] = mapped_column(default=True)


class DailyRun(Base):
    """How far the day's screening of everybody (每日复筛) has come: households up to ``after`` are marked. One row a county."""

    __tablename__ = "daily_runs"
    county_code: Mapped[str] = county()
    day: Mapped[date] = mapped_column(Date)
    after: Mapped[str] = mapped_column(String(36))
    done: Mapped[bool] = mapped_column()
