"""Table of the aid chain."""

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Link(Base):
    """One entry. ``hash`` = SHA-256 over the canonical entry and the entry before it, so a change anywhere shows."""

    __tablename__ = "aid_chain"
    county_code: Mapped[str] = county()
    household_id: Mapped[str] = key()
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    person_id: Mapped[str | None] = uuid(nullable=True)
    kind: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(80))
    content: Mapped[Any] = mapped_column(JsonText)
    klass: Mapped[str] = mapped_column(String(12), default="general")
    at: Mapped[datetime] = mapped_column(Moment)
    before: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class Head(Base):
    """The last link of a household's chain: the lock an append takes, and what shows a chain cut off at its end."""

    __tablename__ = "aid_chain_heads"
    county_code: Mapped[str] = county()
    household_id: Mapped[str] = key()
    n: Mapped[int] = mapped_column(Integer)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
