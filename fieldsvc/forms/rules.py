"""Pure helpers on stored answers."""

from decimal import Decimal


def exact(value: int | float | str) -> Decimal:
    """A stored number as the decimal that was typed: ``12000.5`` → ``Decimal("12000.5")``, never the double's
    expansion."""
    return Decimal(str(value))
