"""Alerts (预警): what raises one, its states, and what each kind of disposal (处置, 胶州 三(四)) must bring."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

OPEN, VERIFIED, REFERRED, CLOSED = "open", "verified", "referred", "closed"
STATUSES = {OPEN: "待核实", VERIFIED: "已核实待处置", REFERRED: "已转办", CLOSED: "已办结"}

VERIFY = "verify"
CARRY_OUT, REFER, JOINT_STUDY, VERIFY_AND_END = "carry_out", "refer", "joint_study", "verify_and_end"
NOT_CONFIRMED, ANSWERED, MERGED = "not_confirmed", "answered", "merged"
ASSIGNED, UNDONE, SECOND_LOOK = "assigned", "undone", "second_look"
KINDS = {
    VERIFY: "核实", CARRY_OUT: "按规定落实", REFER: "转办落实", JOINT_STUDY: "一事一议", VERIFY_AND_END: "核查终止",
    NOT_CONFIRMED: "核实不属实", ANSWERED: "部门回复", MERGED: "同一对象的预警合并", ASSIGNED: "交办", UNDONE: "撤销",
    SECOND_LOOK: "提请复核",
}  # fmt: skip
NO_DISPOSAL = (VERIFY, ASSIGNED, UNDONE, SECOND_LOOK)
CONFIRMED, PROCEDURE = "confirmed", "procedure_started"
VERIFICATIONS = {CONFIRMED: "属实", NOT_CONFIRMED: "不属实", PROCEDURE: "已启动救助程序"}
SEVERITIES = {"high": "高", "medium": "中", "low": "低"}
CHANNELS = {
    "visit": "走访",
    "matching": "大数据比对",
    "application": "本人申请",
    "screening": "部门筛查",
    "petition": "信访",
    "hotline": "求助热线",
    "cadre": "干部排查",
    "volunteer": "社会力量",
    "registry": "登记信息",
}
REPORTED = ("application", "screening", "petition", "hotline", "cadre", "volunteer")
"""Ways in by which people report; the fact they bring carries the way as its kind of source."""
NEEDED = {
    CARRY_OUT: {"carried_out": "写明落实了什么"},
    JOINT_STUDY: {"members": "写明参加会议的成员", "decision": "写明研究决定"},
    VERIFY_AND_END: {"findings": "写明核查情况", "ended": "写明是否符合终止条件"},
    VERIFY: {"result": "选择核实结果"},
    REFER: {},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired for a subject. ``fingerprint`` is of the values that fired it; ``channels`` say who found it.

    ``kind`` is the disposal proposed; ``reasons`` the conditions with input, value, parameter, clause and quote. ``limit``
    names the parameter within which aid must come first (先行救助), counted from ``found_at``: when the facts were observed.
    """

    rule_id: str
    subject: str
    subject_id: str
    household_id: str
    person_id: str | None
    village_code: str
    klass: str
    kind: str
    severity: str
    duty: str
    title: str
    message: str
    reasons: Any
    fingerprint: str
    channels: tuple[dict[str, Any], ...] = ()
    limit: str = ""
    found_at: datetime | None = None


def fingerprint(values: Mapping[str, Any]) -> str:
    """SHA-256 over the values a rule read: seen again at a later visit they are still the same facts."""
    return hashlib.sha256(orjson.dumps(dict(values), option=orjson.OPT_SORT_KEYS)).hexdigest()


def subjects(reasons: Any) -> set[str]:
    """Ids of the persons (and the household) whose facts stand in an alert's reasons."""
    inputs = [*(i for c in reasons.get("conditions", ()) for i in c["inputs"]), *reasons.get("unless", ())]
    inputs += (reasons.get("amount") or {}).get("inputs", ())
    found = set()
    while inputs:
        one = inputs.pop()
        found.add(one["subject_id"])
        inputs += one.get("computed_from", ())
    return found


def merged_channels(known: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every way in (MON-10), each named once with its latest source, in the order in which it was first heard of."""
    found = {each["channel"]: dict(each) for each in [*known, *new]}
    return list(found.values())


def found_by(channels: Iterable[Mapping[str, Any]]) -> str:
    """The channels' codes as a list keeps them."""
    return " ".join(sorted(each["channel"] for each in channels))


def visit_of(channels: Iterable[Mapping[str, Any]]) -> str | None:
    """Id of the visit among the ways in which it was found."""
    return next((str(each["source"]) for each in channels if each["channel"] == "visit" and each.get("source")), None)


def standing(steps: Iterable[Any], opened_at: datetime) -> list[Any]:
    """Of an alert's ``Disposal`` rows those that still hold, the last one last: of this opening, not taken back, and neither a
    mere assignment nor another alert taken in."""
    since = [each for each in steps if each.at >= opened_at]
    back = {each.undoes for each in since if each.undoes}
    return [each for each in since if each.kind not in (ASSIGNED, UNDONE) and each.id not in back and not _taken_in(each)]


def _taken_in(step: Any) -> bool:
    return step.kind == MERGED and "into" not in step.detail


def lacking(kind: str, body: Mapping[str, Any]) -> dict[str, str]:
    """What a disposal of this kind still has to say."""
    return {field: text for field, text in NEEDED.get(kind, {}).items() if body.get(field) in (None, "", [])}


def refusal(status: str, kind: str) -> tuple[str, str] | None:
    """``(code, sentence)`` when the alert's state does not admit this step; verification comes before disposal (MON-12)."""
    if status == CLOSED:
        return "alert-closed", "这条预警已经办结，不能再处置。"
    if status == REFERRED:
        return "alert-referred", "这条预警已转办，待部门办结或退回后再处置。"
    if kind == VERIFY:
        return None if status == OPEN else ("already-verified", "这条预警已经核实，请按类别处置。")
    return None if status == VERIFIED else ("not-verified", "请先登记核实结果，再按类别处置。")
