"""What the labour office, or the trade union, needs before its officer can act on a referral (转办). Pure: same view, same answer."""

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


def _holds(name: str) -> Callable[[Facts], bool]:
    return lambda facts: facts.get(name) is True


def _able(facts: Facts) -> bool:
    return facts.get("no_labour_capacity") is False


def _told(name: str) -> Callable[[Facts], bool]:
    return lambda facts: isinstance(facts.get(name), str) and bool(facts[name].strip())


def _loan_stated(facts: Facts) -> bool:
    value = facts.get("start_up_loan")
    if value is None or isinstance(value, bool):
        return False
    try:
        loan = Decimal(str(value))
    except InvalidOperation:
        return False
    return loan.is_finite() and loan > 0


def _worker(facts: Facts) -> bool:
    migrant = facts.get("migrant_worker") is True and bool(facts.get("labour_relation_since"))
    return facts.get("quarters_retiree") is True or migrant


_ABLE: Need = (_able, "未说明有劳动能力")
_WILLING: Need = (_holds("employment_willing"), "未记录本人有就业意愿")
_STARTED: Need = (_holds("business_started"), "未说明已自主创业")
_FILING: tuple[Need, ...] = (
    (_worker, "未说明是农民工及事实劳动关系起始日期，或企业生活区离退休等人员"),
    (lambda facts: isinstance(facts.get("listed_major_disease"), bool), "未说明本人是否患重大疾病"),
)
_NEEDS: dict[str, tuple[Need, ...]] = {
    "employment.service": (_ABLE, _WILLING),
    "employment.training": (
        (_holds("skill_training_wanted"), "未记录本人有技能培训需求"),
        (_told("training_wish"), "未写明想学的技能"),
    ),
    "employment.public_post": (_ABLE, (_told("employment_status"), "未填写就业状况")),
    "employment.tax_relief": (_STARTED,),
    "employment.start_up_subsidy": (_STARTED,),
    "employment.loan_interest": ((_loan_stated, "未填写创业担保贷款余额"),),
    "employment.training_subsidy": ((_holds("training_done"), "未说明已参加职业技能培训"),),
    "employment.public_post_subsidy": ((_told("public_post_unit"), "未填写公益性岗位所在单位"),),
    "employment.social_insurance_subsidy": (
        (
            lambda facts: facts.get("social_insurance_kind") in ("employer", "flexible"),
            "未说明由招用单位缴费或灵活就业本人缴费",
        ),
    ),
    "employment.pension_paid": (
        (_holds("resident_pension_insured"), "未说明已参加城乡居民基本养老保险"),
        (lambda facts: facts.get("pension_contribution_paid") is not True, "本年度养老保险费已经缴纳"),
    ),
    "employment.worker_deep": _FILING,
    "employment.worker_relative": _FILING,
    "employment.worker_accident": _FILING,
}
