"""Identifiers at rest: AES-256-GCM with the key's id in the ciphertext, and an HMAC-SHA256 blind index for equality.

``seal`` → ``key id (1 byte) ‖ nonce (12) ‖ ciphertext+tag``. The associated data binds a ciphertext to its column, so
that a value copied into another column does not decrypt.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Vault:
    """Holds the deployment's keys. ``keys`` maps key id (1–255) → 32 bytes; ``current`` seals, all of them open."""

    def __init__(self, keys: dict[int, bytes], current: int, index_key: bytes) -> None:
        self._ciphers = {number: AESGCM(key) for number, key in keys.items()}
        self._current = current
        self._index_key = index_key

    def seal(self, plain: bytes, column: str) -> bytes:
        nonce = os.urandom(12)
        return bytes([self._current]) + nonce + self._ciphers[self._current].encrypt(nonce, plain, column.encode())

    def open(self, sealed: bytes, column: str) -> bytes:
        """Raises ``cryptography.exceptions.InvalidTag`` when the bytes were changed or belong to another column."""
        return self._ciphers[sealed[0]].decrypt(bytes(sealed[1:13]), bytes(sealed[13:]), column.encode())

    def seal_text(self, text: str | None, column: str) -> bytes | None:
        return None if text is None else self.seal(text.encode(), column)

    def open_text(self, sealed: bytes | None, column: str) -> str | None:
        return None if sealed is None else self.open(sealed, column).decode()

    def index(self, kind: str, value: str | None) -> bytes | None:
        """16 bytes that are equal exactly when the normalised values are."""
        if not value:
            return None
        text = f"{kind}:{normalise(value)}".encode()
        return hmac.new(self._index_key, text, hashlib.sha256).digest()[:16]


_HALF = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}
_GAPS = re.compile(r"[\s\u3000\-]")


def normalise(value: str) -> str:
    """Full-width to half-width, no spaces or dashes, ``x`` → ``X``."""
    half = value if value.isascii() else value.translate(_HALF)
    return _GAPS.sub("", half).upper()


def mask(value: str | None) -> str | None:
    """``370281199001011234`` → ``370281********1234``: the region and the tail, as counters in an office use them."""
    if not value:
        return value
    head, tail = (6, 4) if len(value) >= 15 else (3, 2)
    if len(value) <= head + tail:
        return "*" * len(value)
    return value[:head] + "*" * (len(value) - head - tail) + value[-tail:]


_NUMBERS = re.compile(r"(?<![\dA-Za-z])(?:\d{17}[\dXx]|\d{15,19}|1[3-9]\d{9})(?![\dA-Za-z])")


def masked_text(text: str) -> str:
    """Free text with the identity, account and mobile numbers people write into it masked."""
    return _NUMBERS.sub(lambda found: mask(found.group()) or "", text)


@lru_cache(maxsize=8)
def vault(home: Path) -> Vault:
    """The vault of ``home/keys.json``, made with fresh keys (mode 600) on first use. Lose the file and the data is lost."""
    keys = load_keys(home)
    pairs = {int(k): bytes.fromhex(v) for k, v in keys["cipher"].items()}
    return Vault(pairs, int(keys["current"]), bytes.fromhex(keys["index"]))


def load_keys(home: Path) -> dict:
    path = home / "keys.json"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        _write_once(path, {"current": "1", "cipher": {"1": secrets.token_hex(32)}, "index": secrets.token_hex(32),
                           "token": secrets.token_hex(32)})  # fmt: skip
    return json.loads(path.read_text())


def _write_once(path: Path, keys: dict) -> None:
    """Two processes may start together: the first file to be linked wins and both read it."""
    scratch = path.with_name(f"keys.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(keys, out)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(scratch, path)
    except FileExistsError:
        pass
    finally:
        scratch.unlink()
