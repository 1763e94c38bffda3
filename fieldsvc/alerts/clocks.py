"""Which steps are awaited of an alert (预警的办理时限): verify it while it is open, dispose of it once it is verified."""

from fieldsvc.deadlines.rules import AID_FIRST, ALERT, DISPOSE, VERIFY, Clock, Limits, Matter
from fieldsvc.kit import clock

from .kinds import Desk
from .models import Alert
from .rules import CLOSED, OPEN, VERIFIED, Finding

AWAITED = {OPEN: VERIFY, VERIFIED: DISPOSE}


def matter(alert: Alert, found: Finding | None = None) -> Matter:
    """The clock of the alert's state, and for an emergency the one of 先行救助: it runs from the finding, not from the
    alert, and until the alert is closed."""
    since = clock.aware(alert.opened_at) if alert.status == OPEN else clock.now()
    clocks = [Clock(AWAITED[alert.status], since, alert.severity)] if alert.status in AWAITED else []
    if found is not None and found.limit and alert.status != CLOSED:
        clocks.append(Clock(AID_FIRST, found.found_at or since, found.limit))
    keeps = frozenset() if alert.status == CLOSED else frozenset({AID_FIRST})
    return Matter(ALERT, alert.id, alert.household_id, alert.village_code, alert.klass, tuple(clocks), keeps)


def limits_of(desk: Desk) -> Limits:
    return Limits(desk.departments.policy, desk.jurisdiction)
