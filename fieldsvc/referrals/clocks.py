"""Which answers are awaited of a department (转办的办理时限): that it takes the matter, and that it has done it."""

from fieldsvc.deadlines.rules import ACCEPT, ANSWER, REFERRAL, Clock, Matter
from fieldsvc.kit import clock

from .models import Referral
from .rules import ACCEPTED, SENT

AWAITED = {SENT: (ACCEPT, ANSWER), ACCEPTED: (ANSWER,)}


def matter_of(referral: Referral) -> Matter:
    """Both run from the sending: accepting a matter gives no more time to answer it."""
    now = clock.now()
    clocks = tuple(Clock(kind, now, referral.duty) for kind in AWAITED.get(referral.state, ()))
    return Matter(REFERRAL, referral.id, referral.household_id, referral.village_code, referral.klass, clocks)
