"""Passwords: argon2id (19 MiB, t=2, OWASP), at least 12 characters, no composition rules (NIST SP 800-63B).

Hashing takes some 40 ms and happens before any write transaction begins.
"""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fieldsvc.kit.errors import Problem

SHORTEST, LONGEST = 12, 256
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verified when the user name is unknown, so that the answer takes as long.
NOBODY = _hasher.hash("no account has this password")


def hashed(password: str) -> str:
    """The argon2id hash of a new password. Problem 422 ``weak-password`` when it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        detail = f"密码须为 {SHORTEST} 至 {LONGEST} 个字符，可以是一句话，不要求大小写或符号。"
        raise Problem(422, "weak-password", detail)
    return _hasher.hash(_normal(password))


def matches(password_hash: str, password: str) -> bool:
    try:
        return len(password) <= LONGEST and _hasher.verify(password_hash, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def _normal(password: str) -> bytes:
    """NFKC, as NIST asks; a lone surrogate is kept as bytes instead of breaking the encoder."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
