"""The worker's part: what is overdue goes up, what is provisional is worked out again. The table is the queue, so a worker
that dies, or two at once, change nothing."""

from fieldsvc.kit import clock
from fieldsvc.kit.db import written
from fieldsvc.kit.site import Site
from fieldsvc.policy.book import PolicyBook

from . import queries
from .rules import Limits
from .service import compute_again, escalate

SLICE = 50


def compute_due(site: Site, policy: PolicyBook) -> int:
    """A slice of the clocks whose end is open; 0 once all of today's are done."""
    with site.db.read() as session:
        if not queries.anything_unsure(session, site.county, clock.today()):
            return 0
    limits = Limits(policy, site.settings.jurisdiction)
    return int(written(site.db, lambda session: compute_again(session, site.county, limits, SLICE)))


def escalate_due(site: Site) -> int:
    """A slice of what is overdue goes up to the county; 0 when nothing is. An idle look takes no lock."""
    with site.db.read() as session:
        found = queries.overdue(session, site.county, clock.now(), SLICE)
    if not found:
        return 0
    return int(written(site.db, lambda session: escalate(session, site.county, found)))
