"""The department of 受灾人员救助 as fieldsvc sees it."""

from fieldsvc.plugin_api.department import Department
from fieldsvc.plugin_api.markers import hookimpl
from fieldsvc.plugin_api.referral import ReferralAnswer, ReferralView

from .handler import answer


@hookimpl
def fieldsvc_department() -> Department:
    return Department(
        id="disaster", title="受灾人员救助", package="fieldsvc_disaster", duties=("emergency_management",)
    )


@hookimpl
def fieldsvc_deliver_referral(referral: ReferralView) -> ReferralAnswer:
    return answer(referral)
