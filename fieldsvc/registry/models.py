"""Table of registry care."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Merge(Base):
    """One act of registry care: two households or persons made one, or a person moved to another household.

    ``kind``: household | person | move (then ``survivor_id`` is the new household and ``merged_id`` the person). ``row`` is the
    merged-away record as it stood, its numbers sealed as in their columns. ``moved`` = {table: ids that came from it}, ``own`` =
    {table: ids the survivor had}; ``undo`` is what a split needs beside them.
    """

    __tablename__ = "registry_merges"
    __table_args__ = (
        Index("ix_registry_merges_survivor", "county_code", "survivor_id"),
        Index("ix_registry_merges_merged", "county_code", "merged_id"),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    kind: Mapped[str] = mapped_column(String(12))
    survivor_id: Mapped[str] = uuid()
    merged_id: Mapped[str] = uuid()
    household_id: Mapped[str] = uuid()
    row: Mapped[Any] = mapped_column(JsonText)
    moved: Mapped[Any] = mapped_column(JsonText)
    own: Mapped[Any] = mapped_column(JsonText)
    undo: Mapped[Any] = mapped_column(JsonText)
    reason: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(8))
    split_by: Mapped[int | None] = mapped_column(Integer)
    split_at: Mapped[datetime | None] = mapped_column(Moment)
    split_reason: Mapped[str | None] = mapped_column(Text)
    later: Mapped[str | None] = mapped_column(String(8))
