"""Tables of the change feed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, Integer, PrimaryKeyConstraint, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Counter(Base):
    """The county's counter row. Taking it is the last statement before commit; ``epoch`` changes with a restore."""

    __tablename__ = "counters"
    county_code: Mapped[str] = county()
    seq: Mapped[int] = mapped_column(BigInteger)
    epoch: Mapped[str] = mapped_column(String(36))


class Change(Base):
    """A change as one scope sees it. ``scope`` is an account's id, or 0 for every worker of the county.

    The primary key is the read path: a page is one range of it, index-only (``include``; clustered on SQLite).
    """

    __tablename__ = "feed"
    __table_args__ = (
        PrimaryKeyConstraint("county_code", "scope", "seq", name="pk_feed",
                             postgresql_include=["tbl", "op", "record_id", "household_id"]),
        {"sqlite_with_rowid": False},
    )  # fmt: skip
    county_code: Mapped[str] = mapped_column(String(6))
    scope: Mapped[int] = mapped_column(Integer)
    seq: Mapped[int] = mapped_column(BigInteger)
    tbl: Mapped[int] = mapped_column(SmallInteger)
    op: Mapped[int] = mapped_column(SmallInteger)
    record_id: Mapped[str] = uuid()
    household_id: Mapped[str | None] = uuid(nullable=True)


class Removal(Base):
    """A household a device still has to drop: kept until a later cursor of that device acknowledges it."""

    __tablename__ = "removals"
    __table_args__ = (Index("ix_removals_account", "county_code", "account_id", "household_id"),)
    county_code: Mapped[str] = county()
    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    device_id: Mapped[str] = key(64)
    household_id: Mapped[str] = key()
    revoked_seq: Mapped[int] = mapped_column(BigInteger)
    sent_seq: Mapped[int | None] = mapped_column(BigInteger)
    records: Mapped[Any] = mapped_column(JsonText)
    at: Mapped[datetime] = mapped_column(Moment)
    done: Mapped[bool] = mapped_column(Boolean, default=False)
