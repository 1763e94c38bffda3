"""Posts against their set numbers (定员比对), and what a plan set out to reach. Pure but for the policy book it is given."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fieldsvc.accounts.rules import TOWNSHIP, WORKERS
from fieldsvc.policy.book import Found, Missing, OutOfPeriod, PolicyBook

TOWN_WORKERS, TOWN_POSTS, VILLAGE = "civil_town_aid_workers", "civil_town_social_work_posts", "civil_village_assistants"
LOCAL = "本地设定"


@dataclass(frozen=True, slots=True)
class Norm:
    """A set number: ``least`` to ``most`` people, None where nobody set one. ``source``: document, clause, quote; or 本地设定."""

    least: int | None
    most: int | None
    source: str

    def judge(self, present: int | None) -> str:
        """``few``, ``many``, ``ok``; empty where there is nothing to compare."""
        if self.least is None or present is None:
            return ""
        if present < self.least:
            return "few"
        return "many" if self.most is not None and present > self.most else "ok"


def norm(policy: PolicyBook, place: str, name: str, on: date) -> Norm:
    answer = policy.at(place, name, on)
    if isinstance(answer, Missing):
        return Norm(None, None, "此文件未规定，也没有本地设定")
    value = answer.parameter.value
    low, high = value if isinstance(value, list | tuple) else (value, None)
    return Norm(int(low), None if high is None else int(high), source_of(policy, answer))


def source_of(policy: PolicyBook, answer: Found | OutOfPeriod) -> str:
    """Where a value stands, as a reader finds it again."""
    parameter, over = answer.parameter, "" if isinstance(answer, Found) else "（不在施行期）"
    if parameter.cite is None:
        return f"{LOCAL}：{parameter.reference}{over}"
    document = policy.documents[parameter.cite.document]
    return f"{document.title} {parameter.cite.clause}“{parameter.cite.quote}”{over}"


def aid_workers(held: Mapping[str, Counter[str]], township: str) -> int:
    """Officers of a township's unit."""
    return held.get(township, Counter())[TOWNSHIP]


def assistants(held: Mapping[str, Counter[str]], village: str) -> int:
    return sum(held.get(village, Counter())[role] for role in WORKERS)


@dataclass(frozen=True, slots=True)
class Target:
    """What a text set out to reach (目标): value and date in words, whether it is a share, and where it stands."""

    name: str
    title: str
    wanted: str
    until: str
    share: bool
    bound: str
    source: str
    value: Any


BOUNDS = {"min": "不低于", "max": "不高于", "exact": "达到"}
NAMED = ("civil_central_care_rate_willing",)
"""Shares a text wants reached without naming a day."""


def targets(policy: PolicyBook, place: str, on: date) -> list[Target]:
    """Every parameter of the place with a date to reach it by, or with a period of its own, in the order of the files."""
    names = dict.fromkeys(p.name for p in policy.parameters if _aims(p))
    found = []
    for name in names:
        answer = policy.at(place, name, on)
        if not isinstance(answer, Missing):
            found.append(_target(policy, answer))
    return found


def _aims(parameter: Any) -> bool:
    return bool(parameter.rest.get("terms", {}).get("due")) or parameter.unit == "period" or parameter.name in NAMED


def _target(policy: PolicyBook, answer: Found | OutOfPeriod) -> Target:
    one, share = answer.parameter, answer.parameter.unit == "ratio"
    if one.unit == "period":
        wanted, until = f"{one.value[0]} 至 {one.value[1]}", str(one.value[1])
    else:
        wanted = BOUNDS.get(one.bound, "") + _shown(one.value) if share else "完成"
        until = str(one.rest.get("terms", {}).get("due", ""))
    return Target(one.name, one.title, wanted, until, share, one.bound, source_of(policy, answer), one.value)


def _shown(value: Any) -> str:
    part, slash, whole = str(value).partition("/")
    return f"{int(part) * 100 // int(whole)}%" if slash else part


def over(until: str, today: date) -> bool:
    """Whether the end of a target has passed; ``until`` as year, year-month or day."""
    return bool(until) and today.isoformat()[: len(until)] > until
