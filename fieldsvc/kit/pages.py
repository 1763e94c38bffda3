"""Cursors of lists sorted by (time, id), newest first: opaque to the caller, stable while rows are added."""

import base64
import binascii
from datetime import UTC, datetime

from .errors import Problem

MOST = 200


def cursor_of(moment: datetime, record_id: str) -> str:
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{record_id}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[datetime, str]:
    """Raises Problem 400 ``bad-cursor``."""
    try:
        moment, _, record_id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("|")
        read = datetime.fromisoformat(moment)
        if read.tzinfo is None or len(record_id) > 36 or "\0" in record_id:
            raise ValueError
        return read.astimezone(UTC), record_id
    except (ValueError, OverflowError, binascii.Error):
        raise Problem(400, "bad-cursor", "翻页标记无效，请从第一页重新查询。") from None
