"""States of a breach (失信) and what a household's record says. Pure."""

from decimal import Decimal

FOUND, OPEN, REPAID, ANNULLED = "found", "open", "repaid", "annulled"
STATES = {FOUND: "待复核", OPEN: "待退还", REPAID: "已退还", ANNULLED: "已撤销"}
OWING = (OPEN,)
KEPT, BROKEN, NOTHING = "kept", "broken", "nothing"
RECORDS = {KEPT: "守信", BROKEN: "有失信记录", NOTHING: "尚无承诺"}


def record_of(promised: bool, breaches: int) -> str:
    """守信激励: who promised and broke nothing keeps a good record."""
    return BROKEN if breaches else KEPT if promised else NOTHING


def state_after(owed: Decimal, paid: Decimal) -> str:
    return REPAID if paid >= owed else OPEN
