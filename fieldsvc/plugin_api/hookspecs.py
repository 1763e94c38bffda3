"""Every hook a department may implement. Hooks receive frozen views and return drafts; only the core writes."""

from .department import Department
from .markers import hookspec
from .referral import ReferralAnswer, ReferralView


@hookspec
def fieldsvc_department() -> Department:  # type: ignore[empty-body]
    """Declare the department. Called once at load; must not touch files, network or clock."""


@hookspec
def fieldsvc_deliver_referral(referral: ReferralView) -> ReferralAnswer:  # type: ignore[empty-body]
    """Take one referral (转办) of a duty this department declared.

    Called in the worker, under a time limit, at least once per referral: the same ``referral.id`` may come again after a
    crash and must then give the same answer. Any exception means "try again later" (outbox with back-off).
    """
