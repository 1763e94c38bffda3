"""What the education department needs before its officer can act on a referral (转办). Pure: the same view, the same answer."""

from collections.abc import Callable, Mapping
from typing import Any

from fieldsvc.plugin_api.referral import ReferralAnswer, ReferralView

Facts = Mapping[str, Any]
Need = tuple[Callable[[Facts], bool], str]
AT_SCHOOL = frozenset({"preschool", "compulsory", "senior", "vocational", "college", "postgraduate"})


def answer(referral: ReferralView) -> ReferralAnswer:
    """``returned`` with everything that is missing, else ``queued`` for the department's officer (经办人)."""
    missing = [words for met, words in _needs(referral.programme) if not met(referral.facts)]
    if missing:
        return ReferralAnswer("returned", reason=f"退回补充：{'；'.join(missing)}。")
    return ReferralAnswer("queued")


def _needs(programme: str | None) -> tuple[Need, ...]:
    if programme is None:
        return ()
    if programme == "education.home_teaching":
        return _HOME
    return (*_SCHOOL, *_OWN.get(programme, ()))


def _holds(name: str) -> Callable[[Facts], bool]:
    return lambda facts: facts.get(name) is True


def _told(name: str) -> Callable[[Facts], bool]:
    return lambda facts: isinstance(facts.get(name), str) and bool(facts[name].strip())


_SCHOOL: tuple[Need, ...] = (
    (lambda facts: facts.get("education_stage") in AT_SCHOOL, "未说明就读学段"),
    (_told("education_school"), "未填写就读学校（园）"),
)
_HOME: tuple[Need, ...] = (
    (_holds("disability_certificate"), "未说明持有残疾人证"),
    (_holds("school_entry_difficult"), "未说明适龄而因身心障碍等原因入学接受义务教育困难"),
)
_OWN: dict[str, tuple[Need, ...]] = {
    "education.new_student_travel": (
        (_holds("school_new_student"), "未说明是当年录取的普通高校新生"),
        (_holds("education_apply_travel"), "未记录本人申请入学路费资助"),
    ),
    "education.work_study": ((_holds("education_apply_work_study"), "未记录本人申请勤工助学"),),
    "education.scholarship": ((_holds("education_apply_scholarship"), "未记录本人申请奖学金"),),
    "education.loan_relief": (
        (_holds("has_student_loan"), "未说明有未还清的助学贷款"),
        (_holds("education_apply_loan_relief"), "未记录本人申请代偿或救助"),
    ),
    "education.donation": (
        (lambda facts: facts.get("donation_fund") in ("one_day_donation", "public_donation"), "未写明使用哪一笔捐款"),
        (_told("donation_rule"), "未写明所依据的捐款使用规定"),
    ),
}
