"""Plans: their states, what an item consists of, and which of the times it was due it was given. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

ASKED, OFFERED, WAITING, RUNNING, ENDED = "asked", "offered", "waiting", "running", "ended"
STATES = {ASKED: "需求待对接", OFFERED: "已有人承接", WAITING: "等候安排", RUNNING: "进行中", ENDED: "已结束"}
STEPS = {
    ASKED: (OFFERED, RUNNING, ENDED), OFFERED: (ASKED, RUNNING, ENDED), WAITING: (RUNNING, ENDED), RUNNING: (WAITING, ENDED),
    ENDED: (),
}  # fmt: skip
KINDS = {
    "civil.station_care": ("照料", "身份查询", "接送返回"),
    "civil.child_services": ("心理疏导", "精神慰藉", "亲情关爱", "资源链接", "权益维护"),
    "civil.disabled_home_service": ("洗衣", "理发", "打扫卫生", "送医送药"),
    "employment.spring_campaign": ("已告知", "已到场"),
    "civil.family_search": ("全国救助寻亲网", "头条寻人平台", "寻亲热线"),
}
"""What the texts say an item consists of; a plan may name others."""
TOLD_BY = {"civil.child_services": "child_services_given", "civil.tekun_supplies": "goods_delivered"}
"""Items that a visit's answer to a fact is an entry of."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One period in which it was due. ``given``: the days on which it was; a period that is not over yet is not missed."""

    starts: date
    ends: date
    given: tuple[date, ...]
    over: bool

    @property
    def missed(self) -> bool:
        return self.over and not self.given


def turns(starts: date, every: int, until: date, given: Iterable[date]) -> list[Turn]:
    """The periods of ``every`` days from ``starts`` on, up to the one in which ``until`` lies (at most ten years of them)."""
    days, begin = sorted(set(given)), starts
    made: list[Turn] = []
    while begin <= until and len(made) < 3660:
        end = begin + timedelta(days=every - 1)
        made.append(Turn(begin, end, tuple(d for d in days if begin <= d <= end), end < until))
        begin = end + timedelta(days=1)
    return made


def refusal(state: str, to: str) -> str | None:
    """A sentence when a plan in this state cannot become that."""
    if to in STEPS[state]:
        return None
    return f"这项安排现为“{STATES[state]}”，不能改为“{STATES[to]}”。"
