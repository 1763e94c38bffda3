"""Table of operations."""

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from fieldsvc.kit.columns import county
from fieldsvc.kit.db import Base


class Keyring(Base):
    """By which keys a county's data are sealed and indexed, without the keys: a sealed word and an index of it."""

    __tablename__ = "keyrings"
    county_code: Mapped[str] = county()
    word_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    word_index: Mapped[bytes] = mapped_column(LargeBinary)
