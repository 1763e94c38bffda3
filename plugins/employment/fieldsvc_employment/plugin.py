"""The department of 就业救助 as fieldsvc sees it."""

from fieldsvc.plugin_api.department import Department
from fieldsvc.plugin_api.markers import hookimpl
from fieldsvc.plugin_api.referral import ReferralAnswer, ReferralView

from .handler import answer


@hookimpl
def fieldsvc_department() -> Department:
    return Department(
        id="employment", title="就业救助", package="fieldsvc_employment", duties=("human_resources", "trade_union")
    )


@hookimpl
def fieldsvc_deliver_referral(referral: ReferralView) -> ReferralAnswer:
    return answer(referral)
