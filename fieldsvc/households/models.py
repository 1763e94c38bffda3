"""Tables of the registry."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key, uuid
from fieldsvc.kit.db import Base


class Household(Base):
    """户. ``ref`` is the roster's own number, by which a second import finds the household again."""

    __tablename__ = "households"
    __table_args__ = (
        Index("uq_households_ref", "county_code", "ref", unique=True),
        Index("ix_households_village", "county_code", "village_code"),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    ref: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(64))
    village_code: Mapped[str] = mapped_column(String(12))
    address: Mapped[str | None] = mapped_column(Text)
    area: Mapped[str | None] = mapped_column(String(8))
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    tier: Mapped[str | None] = mapped_column(String(24))
    head_person_id: Mapped[str | None] = uuid()
    versions: Mapped[Any] = mapped_column(JsonText, default=dict)
    source: Mapped[str] = mapped_column(String(16))
    author_id: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class Person(Base):
    """人. The identity number is sealed; ``identity_index`` is unique, so that one number is one person."""

    __tablename__ = "persons"
    __table_args__ = (
        Index("ix_persons_household", "county_code", "household_id"),
        Index("uq_persons_identity", "county_code", "identity_index", unique=True),
        Index("ix_persons_name", "county_code", "name"),
        Index("ix_persons_birth", "county_code", "birth_date"),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    household_id: Mapped[str] = uuid()
    name: Mapped[str] = mapped_column(String(64))
    sex: Mapped[str | None] = mapped_column(String(8))
    birth_date: Mapped[date | None] = mapped_column(Date)
    relation: Mapped[str | None] = mapped_column(String(24))
    identity_kind: Mapped[str] = mapped_column(String(16))
    identity_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    identity_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    temporary_number: Mapped[str | None] = mapped_column(String(24))
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    tier: Mapped[str | None] = mapped_column(String(24))
    versions: Mapped[Any] = mapped_column(JsonText, default=dict)
    source: Mapped[str] = mapped_column(String(16))
    author_id: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class Assignment(Base):
    """A household in a worker's caseload (责任户). A grant or a revocation is an event of the feed at ``seq``."""

    __tablename__ = "assignments"
    __table_args__ = (
        Index("ix_assignments_account", "county_code", "account_id", "household_id", postgresql_where=text("active"),
              sqlite_where=text("active")),
    )  # fmt: skip
    county_code: Mapped[str] = county()
    household_id: Mapped[str] = key()
    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    active: Mapped[bool] = mapped_column(Boolean)
    granted_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_seq: Mapped[int | None] = mapped_column(BigInteger)


class Kin(Base):
    """An officer or worker who is related to a household, said so, and stands aside (防止人情保、关系保)."""

    __tablename__ = "kin"
    county_code: Mapped[str] = county()
    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    household_id: Mapped[str] = key()
    relation: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)


class RecordRevision(Base):
    """What a phone sent for a household, person or task, kept beside what became of it: a conflict loses nothing."""

    __tablename__ = "record_revisions"
    __table_args__ = (
        Index("uq_record_revisions_content", "county_code", "tbl", "record_id", "content_hash", unique=True),
    )
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    tbl: Mapped[str] = mapped_column(String(16))
    record_id: Mapped[str] = uuid()
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    verdict: Mapped[str] = mapped_column(String(16))
    kept: Mapped[Any] = mapped_column(JsonText)
    author_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)


class Redirect(Base):
    """A household or person that was merged into another (并户、并人): who looks for ``old_id``, or for a household by its
    roster number ``ref``, is led to ``new_id``."""

    __tablename__ = "redirects"
    __table_args__ = (Index("ix_redirects_new", "county_code", "new_id"), Index("ix_redirects_ref", "county_code", "ref"))
    county_code: Mapped[str] = county()
    old_id: Mapped[str] = key()
    tbl: Mapped[str] = mapped_column(String(12))
    new_id: Mapped[str] = uuid()
    merge_id: Mapped[str] = uuid()
    ref: Mapped[str | None] = mapped_column(String(40))


class Task(Base):
    """Something a worker is to do (任务): a due visit, a fact to ask, a warning to verify on the spot.

    ``about`` is the fact a question asks for or the schedule a visit is due by; ``form_id`` and ``questions`` (names in that
    form) say where it is answered; ``priority`` is the number of decisions it would settle. ``closed_by`` is
    "engine" when what was asked became known or needless; a worker's own closing leaves it empty.
    """

    __tablename__ = "tasks"
    __table_args__ = (Index("ix_tasks_household", "county_code", "household_id"),)
    county_code: Mapped[str] = county()
    id: Mapped[str] = key()
    household_id: Mapped[str | None] = uuid()
    person_id: Mapped[str | None] = uuid()
    account_id: Mapped[int | None] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(24))
    title: Mapped[str] = mapped_column(String(120))
    detail: Mapped[str | None] = mapped_column(Text)
    due_on: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(16))
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    klass: Mapped[str] = mapped_column(String(12), default="general")
    about: Mapped[str | None] = mapped_column(String(64))
    form_id: Mapped[str | None] = mapped_column(String(64))
    questions: Mapped[Any] = mapped_column(JsonText, nullable=True)
    priority: Mapped[int | None] = mapped_column(Integer)
    closed_by: Mapped[str | None] = mapped_column(String(12))
    versions: Mapped[Any] = mapped_column(JsonText, default=dict)
    updated_at: Mapped[datetime] = mapped_column(Moment)
