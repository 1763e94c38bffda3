"""Sums of money (元) as a schema takes them: as text, or as a decimal."""

from decimal import Decimal

import marshmallow as ma
from marshmallow.validate import Regexp

MOST = 10**9
YUAN = Regexp(r"^(0|[1-9]\d{0,8})(\.\d{1,2})?\Z", error="应为金额（元），例如 1500 或 1500.50。")


def yuan(value: Decimal) -> None:
    """A bound of its own: the API's description knows no bounds of decimals."""
    if not 0 <= value <= MOST:
        raise ma.ValidationError("应在 0 到 10 亿元之间。")


def signed_yuan(value: Decimal) -> None:
    """A sum, or a negative one that puts an earlier entry right (冲销)."""
    if not value or abs(value) > 10**10 or value != round(value, 2):
        raise ma.ValidationError("应为不等于 0 的金额，最多两位小数，不超过 100 亿元。")


def some_yuan(value: Decimal) -> None:
    yuan(value)
    if not value:
        raise ma.ValidationError("应大于 0。")
