"""Who listens to whom, said once at the start of every process that writes (imports point upstream, news flows down)."""

from fieldsvc.alerts.queries import belongings as alerts_of
from fieldsvc.applications.exits import end_and_reenter  # noqa: F401  核查终止 leads on to the next tiers
from fieldsvc.facts.service import mark_dirty
from fieldsvc.kit.notify import on_collect_belongings, on_household_changed
from fieldsvc.referrals.queries import belongings as referrals_of
from fieldsvc.referrals.service import refer  # noqa: F401  registers 转办 as a kind of disposal
from fieldsvc.visits.queries import belongings as visits_of

COLLECTORS = (visits_of, alerts_of, referrals_of)


def connect() -> None:
    """Harmless when called again."""
    on_household_changed(mark_dirty)
    for collector in COLLECTORS:
        on_collect_belongings(collector)
