"""How links hang together: canonical text of an entry, its hash, and what is wrong with a chain that was touched."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

FIRST = bytes(32)

KINDS = {
    "alert_opened": "预警产生", "alert_reopened": "预警重新产生", "alert_verified": "预警核实", "alert_disposed": "预警处置",
    "alert_closed": "预警办结", "aid_ended": "终止救助", "referral_sent": "转办", "referral_accepted": "部门受理",
    "referral_returned": "部门退回", "referral_resent": "重新转办", "referral_reassigned": "改派部门",
    "referral_done": "部门办结", "aid": "救助帮扶",
    "gradual_exit_opened": "进入渐退期", "gradual_exit_kept": "渐退期满继续救助",
    "plan_opened": "安排帮扶", "plan_changed": "帮扶安排变更", "plan_entry": "帮扶记录", "monitoring": "监测帮扶范围",
    "emergency_opened": "发现急难", "emergency_aid": "急难救助", "emergency_account": "先行救助补充说明",
    "emergency_approved": "急难救助审批", "emergency_closed": "急难救助办结",
    "emergency_conference": "个案会商", "emergency_sent_up": "上报县级协调", "emergency_concluded": "会商结果",
    "application_opened": "受理申请", "application_changed": "转换认定程序", "application_decided": "认定", "match_settled": "名单核实",
    "merged": "并入登记", "merged_away": "登记并入他处", "split": "登记拆分", "person_moved": "人员迁移",
    "overlap_justified": "重复、互斥或遗漏情况说明",
    "check_authorised": "核对授权", "check_withdrawn": "撤回核对授权", "check_requested": "申请核对", "check_answered": "核对报告",
    "check_chosen": "核对不一致的认定",
    "alert_undone": "撤销处置", "referral_recalled": "撤回转办",
    "deadline_overdue": "超过时限，上报县级",
    "promise_signed": "守信承诺", "breach_found": "发现失信", "breach_confirmed": "失信复核", "breach_repaid": "退还款物",
    "breach_annulled": "撤销失信认定", "breach_listed": "列入信用记录", "kin_declared": "亲属回避", "correction": "纠错",
    "notice_posted": "公示", "notice_objected": "公示异议", "notice_over": "公示期满", "application_reopened": "申请退回重审",
    "need_shared": "需求告知社会力量", "need_agreed": "本人同意告知", "need_closed": "需求办结",
    "report_received": "接报", "report_sent": "派人入户了解", "report_answered": "线索答复",
    "application_surveyed": "入户调查", "application_managed": "日常管理",
    "application_told": "受理时登记情况", "special_decision": "特殊情况认定",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to a household, as it is hashed. ``at`` is aware; ``content`` is JSON without floats."""

    county: str
    household_id: str
    n: int
    person_id: str | None
    kind: str
    actor: str
    klass: str
    content: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold. ``fault``: missing, changed, cut (links after the last one are gone), headless."""

    household_id: str
    n: int
    fault: str

    def __str__(self) -> str:
        return f"{self.household_id} 第{self.n}条：{FAULTS[self.fault]}"


FAULTS = {"missing": "记录缺失", "changed": "内容或顺序被改动", "cut": "链尾记录缺失", "headless": "链首尾不符"}


def canonical(entry: Entry) -> bytes:
    """The entry as sorted JSON; times in UTC with microseconds, so that both databases give the same bytes."""
    fields = {"county": entry.county, "household": entry.household_id, "n": entry.n, "person": entry.person_id,
              "kind": entry.kind, "actor": entry.actor, "class": entry.klass, "content": entry.content,
              "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds")}  # fmt: skip
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def digest(entry: Entry, before: bytes) -> bytes:
    return hashlib.sha256(before + canonical(entry)).digest()


Stored = tuple[Entry, bytes, bytes]


def check(links: Iterable[Stored], heads: dict[str, tuple[int, bytes]]) -> Iterator[Break]:
    """Breaks of chains given in order of household and number, each link as ``(entry, before, hash)``.

    ``heads`` = {household: (last number, hash)}; it is emptied while checking: what is left has lost all its links.
    """
    household, n, before = "", 0, FIRST
    for entry, claimed_before, claimed in links:
        if entry.household_id != household:
            yield from _end(household, n, before, heads)
            household, n, before = entry.household_id, 0, FIRST
        if entry.n != n + 1:
            yield Break(household, n + 1, "missing")
        elif claimed_before != before or digest(entry, before) != claimed:
            yield Break(household, entry.n, "changed")
        n, before = entry.n, claimed
    yield from _end(household, n, before, heads)
    yield from (Break(lost, 1, "cut") for lost in heads)


def _end(household: str, n: int, before: bytes, heads: dict[str, tuple[int, bytes]]) -> Iterator[Break]:
    if not household:
        return
    head = heads.pop(household, None)
    if head is None or head[0] < n or (head[0] == n and head[1] != before):
        yield Break(household, n, "headless")
    elif head[0] > n:
        yield Break(household, n + 1, "cut")
