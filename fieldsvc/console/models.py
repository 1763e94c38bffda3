"""Table of saved filters."""

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import Moment, county, key
from fieldsvc.kit.db import Base


class SavedFilter(Base):
    """A list's filters that an officer keeps under a name (常用筛选). ``page`` is the page's endpoint, ``query`` its address's
    query without page and export; one name once for each account and page."""

    __tablename__ = "saved_filters"
    __table_args__ = (Index("uq_saved_filters_name", "county_code", "account_id", "page", "name", unique=True),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    account_id: Mapped[int] = mapped_column(Integer)
    page: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
