"""Tables of alerts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base

OPEN = "status <> 'closed'"


class Alert(Base):
    """One open alert per rule and subject. ``fingerprint`` (of the facts that fired it) decides whether a closed one reopens.

    ``kind`` is the disposal kind proposed (落实 carry_out, 一事一议 joint_study, 核查终止 verify_and_end). ``found_by`` names the
    channels and ``finder_id`` the worker of the newest visit among them, for lists; the desk's index carries all a list asks of
    an alert, so that the widest desk is counted and sorted without reading reasons.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index("uq_alerts_open", "county_code", "rule_id", "subject_id", unique=True,
              postgresql_where=text(OPEN), sqlite_where=text(OPEN)),
        Index("ix_alerts_desk", "county_code", "status", "village_code", "klass", "severity", "kind", "duty", "assignee_id",
              "finder_id", "found_by", "opened_at", "id"),
        Index("ix_alerts_household", "county_code", "household_id"),
        Index("ix_alerts_subject", "county_code", "subject_id"),
    )  # fmt: skip
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    rule_id: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(9))
    subject_id: Mapped[str] = uuid()
    household_id: Mapped[str] = uuid()
    person_id: Mapped[str | None] = uuid(nullable=True)
    village_code: Mapped[str] = mapped_column(String(12))
    klass: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(24))
    severity: Mapped[str] = mapped_column(String(8))
    duty: Mapped[str | None] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(120))
    message: Mapped[str] = mapped_column(Text)
    reasons: Mapped[Any] = mapped_column(JsonText)
    channels: Mapped[Any] = mapped_column(JsonText)
    found_by: Mapped[str] = mapped_column(String(120), default="")
    finder_id: Mapped[int | None] = mapped_column(Integer)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(12))
    verification: Mapped[str | None] = mapped_column(String(24))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    assignee_id: Mapped[int | None] = mapped_column(Integer)


class Disposal(Base):
    """What was decided on an alert (处置): append-only. ``undoes``: the step that this one takes back (撤销)."""

    __tablename__ = "disposals"
    __table_args__ = (Index("ix_disposals_alert", "county_code", "alert_id"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    alert_id: Mapped[str] = uuid()
    kind: Mapped[str] = mapped_column(String(24))
    verification: Mapped[str | None] = mapped_column(String(24))
    note: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[Any] = mapped_column(JsonText)
    undoes: Mapped[str | None] = uuid(nullable=True)
    actor_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)
