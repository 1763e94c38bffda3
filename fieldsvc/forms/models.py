"""Tables of forms."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import JsonText, Moment, county, key
from fieldsvc.kit.db import Base


class FormVersion(Base):
    """A published form (表单). Immutable: the same id and version never change their ``hash``."""

    __tablename__ = "form_versions"
    county_code: Mapped[str] = county()
    form_id: Mapped[str] = key(64)
    version: Mapped[str] = key(32)
    record_id: Mapped[str] = mapped_column(String(36))
    title: Mapped[str] = mapped_column(String(120))
    klass: Mapped[str] = mapped_column(String(12))
    hash: Mapped[str] = mapped_column(String(64))
    source: Mapped[bytes] = mapped_column(LargeBinary)
    source_name: Mapped[str] = mapped_column(String(120))
    definition: Mapped[Any] = mapped_column(JsonText)
    xform: Mapped[str] = mapped_column(Text)
    department: Mapped[str] = mapped_column(String(32))
    current: Mapped[bool] = mapped_column(default=True)
    published_at: Mapped[datetime] = mapped_column(Moment)
