"""An alert's steps and reasons in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from fieldsvc.alerts.models import Disposal
from fieldsvc.alerts.rules import ASSIGNED, KINDS, MERGED, UNDONE
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.kit.crypto import masked_text
from fieldsvc.policy.book import Found, OutOfPeriod

from .reasons import Words
from .values import readable
from .wording import STEPS, worded

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the page shows it. ``undone``: it was taken back later."""

    row: Disposal
    label: str
    sentence: str
    by: str
    undone: bool


def steps(rows: list[Disposal], names: Mapping[int, str], book: RuleBook) -> list[Step]:
    back = {each.undoes for each in rows if each.undoes}
    return [Step(row, _(KINDS.get(row.kind, "其他记录")), masked_text(_sentence(row, book)), names.get(row.actor_id, "") or _("部门"),
                 row.id in back) for row in rows]  # fmt: skip


def _sentence(row: Disposal, book: RuleBook) -> str:
    content = {"kind": row.kind, "verification": row.verification, **row.detail}
    if row.kind == ASSIGNED:
        return _("交给%(name)s承办。", name=row.detail.get("name") or "")
    if row.kind == UNDONE:
        return _undone(content, book)
    if row.kind == MERGED:
        return _("登记合并，同一对象的预警并为一条。")
    made = STEPS.get(row.kind)
    return made(content, book) if made else ""


@worded("alert_undone")
def _undone(content: Content, book: RuleBook) -> str:
    step, reason = _(KINDS.get(str(content.get("undone")), "处置")), content.get("note")
    told = _("撤销“%(step)s”，预警回到这一步之前。", step=step)
    return told + _("理由：%(reason)s", reason=reason) if reason else told


@worded("referral_recalled")
def _recalled(content: Content, book: RuleBook) -> str:
    office, reason = content.get("office") or _("有关部门"), content.get("reason") or ""
    return _("从%(office)s撤回，理由：%(reason)s", office=office, reason=reason)


class Kept(Words):
    """Reasons as they were when the alert was raised: a parameter that is gone since still shows the value it had."""

    def parameter(self, view: dict[str, Any]) -> str:
        if isinstance(self.plan.answers.get(view["name"]), Found | OutOfPeriod):
            return super().parameter(view)
        return f"{_(view['title'])}：{readable(view['value']) or _('见原文')}"


@dataclass(frozen=True, slots=True)
class Then:
    """What ``Words`` uses of a plan: the vocabulary, and the parameters as they were on the day the alert stands on."""

    book: RuleBook
    answers: Mapping[str, Any]


def reasons(alert: Any, book: RuleBook, jurisdiction: str, names: Mapping[str, str], told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each condition that fired: inputs with value, day and source, parameters with their dates, document, clause, quote."""
    conditions = alert.reasons.get("conditions") or ()
    wanted = {view["name"] for condition in conditions for view in condition["parameters"]}
    on = date.fromisoformat(alert.reasons.get("on") or "2000-01-01")
    words = Kept(Then(book, {name: book.policy.at(jurisdiction, name, on) for name in wanted}), names, told)  # type: ignore[arg-type]
    return [words.condition(each) for each in conditions]
