"""What may be done in an emergency case, and when. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

EMERGENCY, EXPENSE, ORDINARY = "emergency", "expense", "ordinary"
KINDS = {EMERGENCY: "急难型", EXPENSE: "支出型", ORDINARY: "一般性基本生活困难"}
PUBLIC_EVENT = "public_event"
CAUSES = {
    "fire": "火灾", "traffic_accident": "交通事故", "sudden_major_illness": "突患重大疾病", "disaster": "自然灾害",
    PUBLIC_EVENT: "突发公共事件", "stranded": "离家在外遇困", "income": "收入骤减", "expense": "支出骤增", "other": "其他",
}  # fmt: skip
STRANDED = {"lost": "走失", "no_work": "务工不着", "violence": "家庭暴力受害"}
RESIDENCES = {"registered": "本地户籍", "permit": "持有本地居住证", "migrant": "进城务工，未办居住证", "temporary": "临时外来"}
FOUND, AIDED, APPROVED, CLOSED = "found", "aided", "approved", "closed"
STATES = {FOUND: "已发现", AIDED: "已先行救助", APPROVED: "已审批", CLOSED: "已办结"}
ADVANCE, STAGE = "advance", "stage"
PAYMENTS = {ADVANCE: "先行救助", STAGE: "发放"}


@dataclass(frozen=True, slots=True)
class Paid:
    kind: str
    amount: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as far as a payment goes. ``first_aid``: whether the place's text has 先行救助 for this kind of case; ``visited_at``: the
    last visit to the household."""

    kind: str
    state: str
    first_aid: bool
    approval: dict[str, Any] | None
    payments: tuple[Paid, ...]
    visited_at: datetime | None


def refused(case: Standing, kind: str, amount: str | None) -> tuple[str, str] | None:
    """``(code, sentence)`` when this payment may not be made now."""
    if case.state == CLOSED:
        return "emergency-closed", "这件急难救助已经办结。"
    if kind == ADVANCE:
        if case.kind != EMERGENCY:
            return "approval-first", "支出型、一般性困难按审核审批程序办理，审批以后才能发放。"
        if not case.first_aid:
            return "approval-first", "本地区文件没有规定先行救助，请先审批再发放。"
        return None
    if case.approval is None:
        return "approval-first", "尚未审批，不能发放。急难型可先行救助，事后补充说明情况。"
    return _stage(case, amount)


def _stage(case: Standing, amount: str | None) -> tuple[str, str] | None:
    approval = case.approval or {}
    stages = [paid for paid in case.payments if paid.kind == STAGE]
    if len(stages) >= approval["stages"]:
        return "stages-done", f"审批为 {approval['stages']} 次发放，已经发完；仍有困难的，请另行审批。"
    if case.payments and (case.visited_at is None or case.visited_at <= case.payments[-1].at):
        return "visit-first", "分阶段发放须在上次发放后入户走访，请先走访。"
    total = sum_of(paid.amount for paid in case.payments) + Decimal(amount or 0)
    if approval.get("amount") and total > Decimal(approval["amount"]):
        return "over-approved", f"累计发放 {total} 元，超过审批的 {approval['amount']} 元。"
    return None


def sum_of(amounts: Iterable[str | None]) -> Decimal:
    return sum((Decimal(each) for each in amounts if each), Decimal(0))
