"""What the emergency department needs before its officer can act on a referral (转办). Pure: the same view, the same answer."""

from collections.abc import Callable, Mapping
from typing import Any

from fieldsvc.plugin_api.referral import ReferralAnswer, ReferralView

Facts = Mapping[str, Any]
Need = tuple[Callable[[Facts], bool], str]
DAMAGED = ("serious", "collapsed")


def answer(referral: ReferralView) -> ReferralAnswer:
    """``returned`` with everything that is missing, else ``queued`` for the department's officer (经办人)."""
    needs = _NEEDS.get(referral.programme or "", ())
    missing = [words for met, words in needs if not met(referral.facts)]
    if missing:
        return ReferralAnswer("returned", reason=f"退回补充：{'；'.join(missing)}。")
    return ReferralAnswer("queued")


def _told(name: str) -> Callable[[Facts], bool]:
    return lambda facts: facts.get(name) not in (None, "")


def _stated(name: str) -> Callable[[Facts], bool]:
    return lambda facts: isinstance(facts.get(name), bool)


_WHEN: tuple[Need, ...] = ((_told("disaster_on"), "未填写受灾日期"), (_told("disaster_kind"), "未填写灾害种类"))
_HARD: Need = (_stated("disaster_life_hard"), "未说明基本生活是否困难")
_DAMAGE: Need = (_told("house_damage"), "未填写房屋损坏程度")
_NEEDS: dict[str, tuple[Need, ...]] = {
    "disaster.emergency": (*_WHEN, _HARD),
    "disaster.transition": (*_WHEN, _HARD),
    "disaster.drought": (*_WHEN, (_stated("drought_life_hard"), "未说明口粮、饮水是否因旱困难")),
    "disaster.winter_spring": ((_stated("winter_life_hard"), "未说明冬春口粮、衣被、取暖是否困难"),),
    "disaster.house_rebuilding": (
        *_WHEN,
        (lambda facts: facts.get("house_damage") in DAMAGED, "未说明民房倒塌或严重损坏"),
    ),
    "disaster.aid": (*_WHEN, _HARD, _DAMAGE),
    "disaster.insurance": (*_WHEN, _DAMAGE),
    "disaster.unverified": _WHEN,
}
