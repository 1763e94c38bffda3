"""What the medical department needs before its officer can act on a referral (转办). Pure: the same view, the same answer."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldsvc.plugin_api.referral import ReferralAnswer, ReferralView

Facts = Mapping[str, Any]
Need = tuple[Callable[[Facts], bool], str]


def answer(referral: ReferralView) -> ReferralAnswer:
    """``returned`` with everything that is missing, else ``queued`` for the department's officer (经办人)."""
    needs = _NEEDS.get(referral.programme or "", ())
    missing = [words for met, words in needs if not met(referral.facts)]
    if missing:
        return ReferralAnswer("returned", reason=f"退回补充：{'；'.join(missing)}。")
    return ReferralAnswer("queued")


def _stated(name: str) -> Callable[[Facts], bool]:
    return lambda facts: isinstance(facts.get(name), bool)


def _holds(name: str) -> Callable[[Facts], bool]:
    return lambda facts: facts.get(name) is True


def _sum_stated(facts: Facts) -> bool:
    """The sum 自付 is stated as a number of yuan, not below zero. 自负 (own_borne_year) never stands in for it."""
    value = facts.get("self_paid_year")
    if value is None or isinstance(value, bool):
        return False
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return False
    return amount.is_finite() and amount >= 0


def _patient_known(facts: Facts) -> bool:
    return facts.get("identity_unknown") is True or facts.get("unable_to_pay") is True


_BILL: tuple[Need, ...] = (
    (_holds("insurance_settled"), "未说明基本医保、大病保险已先行报销（先保险后救助）"),
    (_sum_stated, "未填写本年度医保报销后的个人自付金额（自付，不是自负）"),
)
_NEEDS: dict[str, tuple[Need, ...]] = {
    "medical.insurance_subsidy": ((_stated("insured"), "未说明本年度是否已参加基本医疗保险"),),
    "medical.aid": (*_BILL, (_stated("hospital_designated"), "未说明是否在定点医药机构就医")),
    "medical.emergency_fund": (
        (_holds("emergency_treatment"), "未说明属急重危伤病、需要急救"),
        (_patient_known, "未说明患者身份无法查明或无力支付费用"),
    ),
    "medical.women_screening": ((_holds("women_screening_wanted"), "未说明本人自愿参加“两癌”检查"),),
}
