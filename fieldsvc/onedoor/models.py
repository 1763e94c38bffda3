"""Tables of the one door."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, Integer
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key
from fieldsvc.kit.db import Base


class Opening(Base):
    """An item is open in a township (9 digits) since a day. An item without any opening joins nowhere in batches: it is open
    everywhere."""

    __tablename__ = "openings"
    county_code: Mapped[str] = county()
    item: Mapped[str] = key(80)
    region: Mapped[str] = key(12)
    since: Mapped[date] = mapped_column(Date)
    account_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)


class ItemCard(Base):
    """What the county says of an item (本地设定): whether it is done in one go, and the proofs to bring (证明材料)."""

    __tablename__ = "item_cards"
    county_code: Mapped[str] = county()
    item: Mapped[str] = key(80)
    in_one_go: Mapped[bool] = mapped_column(Boolean)
    proofs: Mapped[Any] = mapped_column(JsonText)
    account_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)
