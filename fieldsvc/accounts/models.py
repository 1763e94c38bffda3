"""Tables of accounts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key
from fieldsvc.kit.db import Base


class Account(Base):
    """A person who logs in. ``id`` is a small integer per county: it is also the scope of the change feed."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("county_code", "username"),)
    county_code: Mapped[str] = county()
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    username: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(24))
    region: Mapped[str] = mapped_column(String(12))
    department: Mapped[str | None] = mapped_column(String(32))
    supervisor_id: Mapped[int | None] = mapped_column(Integer)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Device(Base):
    """A phone that has logged in; a known device is not locked out by failures elsewhere."""

    __tablename__ = "devices"
    county_code: Mapped[str] = county()
    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    id: Mapped[str] = key(64)
    first_seen: Mapped[datetime] = mapped_column(Moment)
    last_seen: Mapped[datetime] = mapped_column(Moment)
    offset_ms: Mapped[int | None] = mapped_column(Integer)


class LoginFailure(Base):
    """Failed logins in a row, whether or not the account exists. ``source`` is a device the account knows, or ``*`` for
    everywhere else; ``subject`` is a hash of the user name, so that what people mistype there is not kept."""

    __tablename__ = "login_failures"
    __table_args__ = (Index("ix_login_failures_at", "county_code", "at"),)
    county_code: Mapped[str] = county()
    subject: Mapped[str] = key(32)
    source: Mapped[str] = key(64)
    failures: Mapped[int] = mapped_column(Integer)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)
    at: Mapped[datetime] = mapped_column(Moment)


class TokenFamily(Base):
    """One login. ``current_jti`` is the only refresh token that still works; an older one revokes the family."""

    __tablename__ = "token_families"
    __table_args__ = (Index("ix_token_families_account", "county_code", "account_id"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    account_id: Mapped[int] = mapped_column(Integer)
    device_id: Mapped[str] = mapped_column(String(64))
    current_jti: Mapped[str] = mapped_column(String(36))
    issued_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_why: Mapped[str | None] = mapped_column(String(32))


class AccessEntry(Base):
    """Who read whose personal data, and for what (个人信息查阅记录). One row a page."""

    __tablename__ = "access_log"
    __table_args__ = (Index("ix_access_log_at", "county_code", "at"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    at: Mapped[datetime] = mapped_column(Moment)
    account_id: Mapped[int] = mapped_column(Integer)
    purpose: Mapped[str] = mapped_column(String(32))
    minors: Mapped[bool] = mapped_column(default=False)
    persons: Mapped[Any] = mapped_column(JsonText)
    households: Mapped[Any] = mapped_column(JsonText)


class Region(Base):
    """County (6 digits), township (9) and village (12) of the statistical division codes, with their names."""

    __tablename__ = "regions"
    county_code: Mapped[str] = county()
    code: Mapped[str] = key(12)
    name: Mapped[str] = mapped_column(String(64))
    parent: Mapped[str | None] = mapped_column(String(12))
