"""Identifiers. Phones make UUIDs; the server makes time-ordered ones so that its indexes grow at one end."""

import os
import re
import time
import uuid
from typing import TypeGuard

UUID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new_id() -> str:
    """A UUID version 7 (RFC 9562) in canonical text."""
    stamp = time.time_ns() // 1_000_000
    value = (stamp << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return str(uuid.UUID(int=value))


def is_id(text: object) -> TypeGuard[str]:
    """True for a canonical lower-case UUID, the only form of id a record may carry."""
    return isinstance(text, str) and UUID_TEXT.fullmatch(text) is not None
