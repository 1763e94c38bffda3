"""Tables of plans."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Plan(Base):
    """One item somebody is to get (帮扶安排): a care service, a placement, a station stay, an offer of charity, an insurance.

    ``kinds``: what belongs to it (照料、身份查询…), of which entries name some. ``wish`` = {wish, stated_by}; ``consent`` = {given_by,
    on}; ``basis`` names the alert, referral, application or emergency it comes from. ``every_days``: how often it is to be
    given; ``worker_id``: who of the provider's users does it.
    """

    __tablename__ = "plans"
    __table_args__ = (
        Index("ix_plans_household", "county_code", "household_id"),
        Index("ix_plans_item", "county_code", "item", "state"),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    household_id: Mapped[str] = uuid()
    person_id: Mapped[str | None] = uuid(nullable=True)
    village_code: Mapped[str] = mapped_column(String(12))
    klass: Mapped[str] = mapped_column(String(12))
    item: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(120))
    aid: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(12))
    kinds: Mapped[Any] = mapped_column(JsonText)
    provider: Mapped[str | None] = mapped_column(String(80))
    payer: Mapped[str | None] = mapped_column(String(80))
    worker_id: Mapped[int | None] = mapped_column(Integer)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    every_days: Mapped[int | None] = mapped_column(Integer)
    wish: Mapped[Any] = mapped_column(JsonText, nullable=True)
    consent: Mapped[Any] = mapped_column(JsonText, nullable=True)
    basis: Mapped[Any] = mapped_column(JsonText, nullable=True)
    note: Mapped[str | None] = mapped_column(Text)
    opened_by: Mapped[int] = mapped_column(Integer)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class PlanEntry(Base):
    """One time it was given (帮扶记录), a notice placed, or what came of it: append-only. ``checked`` = {by, on, right, note}: what
    the township found when it looked into this one (抽查)."""

    __tablename__ = "plan_entries"
    county_code: Mapped[str] = county()
    plan_id: Mapped[str] = key()
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    on: Mapped[date] = mapped_column(Date)
    what: Mapped[Any] = mapped_column(JsonText)
    note: Mapped[str | None] = mapped_column(Text)
    signed_by: Mapped[str | None] = mapped_column(String(40))
    visit_id: Mapped[str | None] = uuid(nullable=True)
    actor: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)
    checked: Mapped[Any] = mapped_column(JsonText, nullable=True)


class Provider(Base):
    """Who gives services (社会工作站、服务机构、志愿服务组织、供养机构). ``region``: its area, a prefix of village codes."""

    __tablename__ = "providers"
    __table_args__ = (Index("uq_providers_name", "county_code", "name", unique=True),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(16))
    region: Mapped[str] = mapped_column(String(12))
    recorded_at: Mapped[datetime] = mapped_column(Moment)


class ProviderUser(Base):
    """An account that works for a provider."""

    __tablename__ = "provider_users"
    county_code: Mapped[str] = county()
    provider_id: Mapped[str] = key()
    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
