"""The medical department (医保、卫健) as fieldsvc sees it."""

from fieldsvc.plugin_api.department import Department
from fieldsvc.plugin_api.markers import hookimpl
from fieldsvc.plugin_api.referral import ReferralAnswer, ReferralView

from .handler import answer


@hookimpl
def fieldsvc_department() -> Department:
    return Department(
        id="medical",
        title="医疗救助",
        package="fieldsvc_medical",
        duties=("medical_insurance", "health", "women_screening"),
    )


@hookimpl
def fieldsvc_deliver_referral(referral: ReferralView) -> ReferralAnswer:
    return answer(referral)
