"""Tables of gifts and points."""

from datetime import date, datetime

from sqlalchemy import Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Gift(Base):
    """A gift, project or service (捐赠财产、设立项目、提供服务). ``amount``: yuan as exact text for money. ``code`` opens its use to the
    donor, without names."""

    __tablename__ = "gifts"
    __table_args__ = (Index("uq_gifts_code", "county_code", "code", unique=True),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    code: Mapped[str] = mapped_column(String(43))
    donor: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12))
    amount: Mapped[str | None] = mapped_column(String(24))
    what: Mapped[str | None] = mapped_column(String(200))
    project: Mapped[str | None] = mapped_column(String(80))
    received_on: Mapped[date] = mapped_column(Date)
    recorded_by: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)


class GiftUse(Base):
    """What a gift was used for: append-only. Of money never more than was given."""

    __tablename__ = "gift_uses"
    __table_args__ = (Index("ix_gift_uses_household", "county_code", "household_id"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    gift_id: Mapped[str] = uuid()
    household_id: Mapped[str] = uuid()
    person_id: Mapped[str | None] = uuid(nullable=True)
    amount: Mapped[str | None] = mapped_column(String(24))
    what: Mapped[str | None] = mapped_column(String(200))
    on: Mapped[date] = mapped_column(Date)
    actor: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)


class Points(Base):
    """One line of a household's account in the love bank (爱心银行): ``points`` earned (above 0) or spent (below 0)."""

    __tablename__ = "love_bank"
    __table_args__ = (Index("ix_love_bank_household", "county_code", "household_id"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    household_id: Mapped[str] = uuid()
    points: Mapped[int] = mapped_column(Integer)
    what: Mapped[str] = mapped_column(Text)
    on: Mapped[date] = mapped_column(Date)
    actor: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)


class SharedNeed(Base):
    """A need shown to social forces (慈善需求). ``agreed_account``: the one organisation that may learn whose it is."""

    __tablename__ = "shared_needs"
    __table_args__ = (
        Index("ix_shared_needs_household", "county_code", "household_id"),
        Index("ix_shared_needs_board", "county_code", "state", "village_code"),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    household_id: Mapped[str] = uuid()
    village_code: Mapped[str] = mapped_column(String(12))
    what: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    shared_by: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)
    agreed_account: Mapped[int | None] = mapped_column(Integer)
    agreed_by: Mapped[str | None] = mapped_column(String(64))
    agreed_on: Mapped[date | None] = mapped_column(Date)
