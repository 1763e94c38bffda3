"""What the housing department needs before its officer can act on a referral (转办). Pure: the same view, the same answer."""

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


def _chosen(form: str) -> Callable[[Facts], bool]:
    return lambda facts: facts.get("housing_form_wanted") == form


def _told(name: str) -> Callable[[Facts], bool]:
    return lambda facts: isinstance(facts.get(name), str) and bool(facts[name].strip())


def _rent_stated(facts: Facts) -> bool:
    value = facts.get("housing_rent_month")
    if value is None or isinstance(value, bool):
        return False
    try:
        rent = Decimal(str(value))
    except InvalidOperation:
        return False
    return rent.is_finite() and rent > 0


_DIFFICULTY: Need = (lambda facts: facts.get("housing_difficulty") is True, "未说明住房困难")
_TENURE: Need = (_told("house_tenure"), "未填写现住房来源")
_NEEDS: dict[str, tuple[Need, ...]] = {
    "housing.public_rental": (_DIFFICULTY, _TENURE, (_chosen("public_rental"), "未记录该户选择配租公租房")),
    "housing.rental_subsidy": (_DIFFICULTY, _TENURE, (_chosen("rental_subsidy"), "未记录该户选择租赁补贴")),
    "housing.renovation": (
        (lambda facts: facts.get("house_danger_grade") in ("A", "B", "C", "D"), "未填写住房安全鉴定等级"),
        (_told("house_photo"), "没有住房照片"),
    ),
    "housing.rent_relief": (
        (lambda facts: facts.get("house_tenure") == "public_rental", "未说明已配租公租房"),
        (_rent_stated, "未填写减免前的月租金"),
    ),
    "housing.found": (_DIFFICULTY, _TENURE),
    "housing.safety": ((_told("house_state"), "未填写走访所见住房状况"),),
}
