"""Who may hand reports in from outside: each system signs with a key of its own (Standard Webhooks 1.0).

``FIELDSVC_INTAKE`` names a TOML file: ``[source.aichangle] title = "爱昌乐", channel = "application", key = "…"`` (at least 32
characters), with the account under whose name its reports are kept (``account = "aichangle"``).
"""

import base64
import hashlib
import hmac
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem

from .rules import CHANNELS

APART = 300
SHORTEST = 32
LONGEST = 64
"""What a report keeps of the sender's number (``Report.source_id``)."""


@dataclass(frozen=True, slots=True)
class Source:
    """An outside system (潍坊救助、爱昌乐…) that may hand in reports of one channel."""

    name: str
    title: str
    channel: str
    account: str
    key: bytes


def sources(path: Path) -> dict[str, Source]:
    """Raises ``ValueError`` naming the file and what to mend."""
    told = tomllib.loads(path.read_text("utf-8")).get("source", {})
    return {name: _source(path, name, each) for name, each in told.items()}


def _source(path: Path, name: str, told: Mapping[str, str]) -> Source:
    lacking = [word for word in ("title", "channel", "account", "key") if not isinstance(told.get(word), str)]
    if lacking or told["channel"] not in CHANNELS or len(told["key"]) < SHORTEST:
        mend = (
            f"缺少 {'、'.join(lacking)}"
            if lacking
            else f"channel 应为 {'、'.join(CHANNELS)} 之一，key 不少于 {SHORTEST} 个字符"
        )
        raise ValueError(f"{path}：[source.{name}] {mend}")
    return Source(name, told["title"], told["channel"], told["account"], told["key"].encode())


def checked(known: Mapping[str, Source], headers: Mapping[str, str], name: str, body: bytes) -> Source:
    """The source that signed this body just now. Problem 401 ``bad-signature`` otherwise, whatever was wrong."""
    source = known.get(name)
    number, stamp, signed = (headers.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    fresh = stamp.isdecimal() and len(stamp) < 12 and abs(clock.now().timestamp() - int(stamp)) <= APART
    wanted = signature(source.key if source else b"\0" * SHORTEST, number, stamp, body)
    right = any(hmac.compare_digest(wanted.encode(), each.encode()) for each in signed.split()[:5])
    if source is None or not fresh or not right or not 0 < len(number) <= LONGEST:
        raise Problem(401, "bad-signature", "签名无效或已过期。请按约定的密钥对 id.timestamp.正文 签名，并核对时钟。")
    return source


def signature(key: bytes, number: str, stamp: str, body: bytes) -> str:
    said = hmac.new(key, f"{number}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(said).decode()
