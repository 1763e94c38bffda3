"""Ways in (发现渠道) and states of a report. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

HOTLINE, APPLICATION, CADRE, SCREENING, PETITION, VOLUNTEER = (
    "hotline", "application", "cadre", "screening", "petition", "volunteer",
)  # fmt: skip
CHANNELS = {HOTLINE: "求助热线", APPLICATION: "本人申请", CADRE: "干部排查", SCREENING: "部门筛查", PETITION: "信访",
            VOLUNTEER: "社会力量"}  # fmt: skip
OPEN, SENT, DONE = "open", "sent", "done"
STATES = {OPEN: "待派访", SENT: "已派访", DONE: "已答复"}
CONFIRMED, UNFOUNDED, ELSEWHERE = "confirmed", "unfounded", "elsewhere"
RESULTS = {CONFIRMED: "属实，按预警办理", UNFOUNDED: "不属实", ELSEWHERE: "不属救助事项，已告知去处"}
HOTLINES = "monitoring_hotlines"
FACT = "help_report_on"
TASK = "look_into"
SECONDARY = {"zibo": frozenset({APPLICATION}), "zhangdian": frozenset({APPLICATION})}
"""Ways in that a text names as complementary (淄博 二(四) 以农户自主申请为辅)."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Minutes between finding, response, visit and review; None where a step has not come yet."""

    to_response: int | None
    to_visit: int | None
    to_review: int | None


def steps(found: datetime, responded: datetime | None, visited: datetime | None, reviewed: datetime | None) -> Steps:
    """From finding to aid: discover, respond quickly, review at once (Zibo, Puning 二(四))."""
    return Steps(
        minutes(found, responded),
        minutes(responded or found, visited),
        minutes(visited or responded or found, reviewed),
    )


def minutes(start: datetime, end: datetime | None) -> int | None:
    return None if end is None else max(0, int((end - start).total_seconds() // 60))


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
