"""Checking without a database: which kinds of data, whether an authorisation holds, what a platform's report may say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from fieldsvc.kit.backoff import DEAD
from fieldsvc.kit.strict import BadJson, decode
from fieldsvc.policy.book import Found, PolicyBook

FORMAT = "fieldsvc-check/1"
WAITING, SENT, ANSWERED, CANCELLED = "waiting", "sent", "answered", "cancelled"
STATES = {WAITING: "等待送出", SENT: "平台已接收", ANSWERED: "已有报告", DEAD: "送达失败", CANCELLED: "已取消"}
KINDS, NEW_KINDS, MORE_KINDS = "civil_check_data_kinds", "civil_check_new_data", "civil_check_more_kinds"
"""What the text names, what it says is to be added, and what the deployment adds (本地设定)."""
VISIT, DEPARTMENT = "visit", "department"
TAKEN = {VISIT: "以入户评估为准", DEPARTMENT: "以信息核对为准"}
POLL = timedelta(minutes=10)
PATIENCE = timedelta(days=30)
LARGEST = 256 * 1024
MOST_PARTS, LONGEST = 100, 2_000


class Authorised(Protocol):
    @property
    def signed_on(self) -> date: ...
    @property
    def valid_until(self) -> date: ...
    @property
    def withdrawn_on(self) -> date | None: ...
    @property
    def scope(self) -> Any: ...


def kinds_of(policy: PolicyBook, jurisdiction: str, on: date) -> dict[str, str]:
    """``{code: title}`` of the data a check may draw on in a jurisdiction, in the order of its text."""
    found: dict[str, str] = {}
    for name in (KINDS, NEW_KINDS, MORE_KINDS):
        answer = policy.at(jurisdiction, name, on)
        if isinstance(answer, Found) and isinstance(answer.value, tuple):
            codes = [str(code) for code in answer.value]
            found |= dict(zip(codes, answer.parameter.labels or codes, strict=False))
    return found


def holds(given: Authorised, kinds: Iterable[str], on: date) -> bool:
    """Whether an authorisation covers these kinds on that day."""
    in_time = given.signed_on <= on <= given.valid_until and given.withdrawn_on is None
    return in_time and set(kinds) <= set(given.scope)


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of data with what was found of it, and the facts it tells."""

    kind: str
    found: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """核对报告. ``as_of``: the day its data are of."""

    as_of: date
    parts: tuple[Part, ...]


class BadReport(ValueError):
    """The platform's answer does not keep to the format; the text is ours and quotes nobody."""


def read_report(body: bytes, check_id: str, kinds: Iterable[str]) -> Report:
    """The report in ``body`` (docs/checking.md). Raises BadReport. A part that was not asked for is not taken."""
    told = _object(body)
    if told.get("format") != FORMAT or told.get("id") != check_id:
        raise BadReport("报告的 format 或 id 与请求不符")
    parts, asked = told.get("parts"), set(kinds)
    if not isinstance(parts, list) or len(parts) > MOST_PARTS:
        raise BadReport("parts 应为列表")
    taken = {part.kind: part for part in map(_part, parts) if part.kind in asked}
    return Report(_day(told.get("as_of")), tuple(taken.values()))


def _object(body: bytes) -> dict[str, Any]:
    if len(body) > LARGEST:
        raise BadReport(f"报告超过 {LARGEST // 1024} KB")
    try:
        told = decode(body)
    except BadJson as error:
        raise BadReport(f"报告不是 JSON：{error}") from None
    if not isinstance(told, dict):
        raise BadReport("报告应为对象")
    return told


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise BadReport("as_of 应为日期，例如 2026-11-20") from None


def _part(told: Any) -> Part:
    if not isinstance(told, dict) or not isinstance(told.get("kind"), str):
        raise BadReport("parts 的每一项应写明 kind")
    found, facts = told.get("found", ""), told.get("facts", {})
    if not isinstance(found, str) or len(found) > LONGEST or not isinstance(facts, dict):
        raise BadReport(f"found 应为不超过 {LONGEST} 字的文字，facts 应为对象")
    return Part(told["kind"], found, facts)


def kept(report: Report) -> dict[str, Any]:
    """A report as it is sealed."""
    return {
        "as_of": report.as_of.isoformat(),
        "parts": [{"kind": p.kind, "found": p.found, "facts": dict(p.facts)} for p in report.parts],
    }
