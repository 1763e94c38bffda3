"""The aid chain (一户一条救助链) in sentences. Every kind of entry is worded from its content; nobody is shown a code or JSON.

A feature whose entries have a kind of their own words them here, or in its page's module with ``@worded``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from fieldsvc.aidchain.rules import KINDS as CHAIN
from fieldsvc.alerts.rules import CHANNELS, VERIFICATIONS
from fieldsvc.applications.rules import RESULTS
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.households.rules import TIERS
from fieldsvc.kit.crypto import masked_text

from .values import joined, outcome_words, readable

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One entry in words: what happened, and ``more`` for who wants the reasons."""

    label: str
    sentence: str
    more: tuple[str, ...] = ()


Wording = Callable[[Content, RuleBook], str]
WORDINGS: dict[str, Wording] = {}
REASONS: dict[str, Callable[[Content, RuleBook], list[str]]] = {}


def worded(*kinds: str) -> Callable[[Wording], Wording]:
    """Register how entries of these kinds read: ``(content, rule book) → sentence``."""

    def register(made: Wording) -> Wording:
        WORDINGS.update(dict.fromkeys(kinds, made))
        return made

    return register


def told(kind: str, content: Any, book: RuleBook) -> Told:
    """An entry of the chain in words. Total: a kind nobody worded shows its label and its readable texts."""
    held: Content = content if isinstance(content, Mapping) else {}
    label = _(CHAIN.get(kind, "其他记录"))
    sentence = WORDINGS.get(kind, _anything)(held, book)
    more = REASONS[kind](held, book) if kind in REASONS else []
    return Told(label, masked_text(sentence), tuple(masked_text(each) for each in more))


def tier(code: Any) -> str:
    return _(TIERS.get(str(code), "未认定"))


def _anything(content: Content, book: RuleBook) -> str:
    """Texts under names that always mean the same."""
    title = _quoted(content, book)
    texts = [content.get(name) for name in ("summary", "decision", "result", "reason", "note")]
    return joined([title, *(readable(text) for text in texts if isinstance(text, str))]) or _("已登记。")


def _quoted(content: Content, book: RuleBook) -> str:
    title = content.get("title") or _title(content.get("programme") or content.get("rule"), book)
    return f"“{_(title)}”" if title else ""


def _title(rule: Any, book: RuleBook) -> str:
    found = book.by_id.get(str(rule))
    return found.title if found else ""


def _noted(sentence: str, content: Content) -> str:
    note = content.get("note")
    return f"{sentence}{_('说明：%(note)s', note=note)}" if note else sentence


def channels(listed: Any) -> str:
    """发现渠道 in words."""
    names = [each.get("channel") if isinstance(each, Mapping) else each for each in listed or ()]
    return "、".join(_(CHANNELS.get(str(name), "其他渠道")) for name in names)


@worded("alert_opened", "alert_reopened")
def _opened(content: Content, book: RuleBook) -> str:
    found = _quoted(content, book)
    return _(
        "发现%(what)s，来源：%(from)s。", **{"what": found, "from": channels(content.get("channels")) or _("系统筛查")}
    )


@worded("alert_verified", "alert_disposed", "alert_closed")
def _step(content: Content, book: RuleBook) -> str:
    made = STEPS.get(str(content.get("kind")), _otherwise)
    return _noted(f"{_quoted(content, book)}{made(content, book)}", content)


def _otherwise(content: Content, book: RuleBook) -> str:
    texts = [content.get(name) for name in ("decision", "result", "reason", "findings")]
    return joined(readable(text) for text in texts if isinstance(text, str)) or _("已处置。")


def _verify(content: Content, book: RuleBook) -> str:
    result = content.get("result") or content.get("verification")
    return _("核实：%(result)s。", result=_(VERIFICATIONS.get(str(result), "已核实")))


def _carry_out(content: Content, book: RuleBook) -> str:
    on = _("（%(day)s）", day=content["done_on"]) if content.get("done_on") else ""
    return _("已按规定落实：%(what)s%(on)s。", what=content.get("carried_out") or "", on=on)


def _refer(content: Content, book: RuleBook) -> str:
    if "outcome" in content:
        return _(
            "部门办结：%(told)s。", told=joined(outcome_words(content["outcome"] or {}, book.vocabulary)) or _("已办理")
        )
    if content.get("resent"):
        return _("补充后重新转办。")
    return _("转%(office)s办理。", office=content.get("office") or _("有关部门"))


def _joint_study(content: Content, book: RuleBook) -> str:
    members = "、".join(str(each) for each in content.get("members") or ())
    tasks = "、".join(each.get("title", "") for each in content.get("tasks") or ())
    said = _("一事一议（%(members)s）决定：%(decision)s。", members=members, decision=content.get("decision") or "")
    return said + (_("交办：%(tasks)s。", tasks=tasks) if tasks else "")


def _end(content: Content, book: RuleBook) -> str:
    if content.get("asked"):
        return _("商请%(office)s核查。", office=content.get("office") or _("有关部门"))
    said = _("核查情况：%(findings)s。", findings=content.get("findings") or "")
    if not content.get("ended"):
        return said + _("不符合终止条件，救助继续。")
    if gradual := content.get("gradual_exit"):
        return said + _("符合终止条件，进入渐退期，至 %(until)s。", until=gradual.get("until") or "")
    if content.get("gradual_exit_months"):
        months = "—".join(str(each) for each in _listed(content["gradual_exit_months"]))
        return said + _("符合终止条件，按渐退期 %(months)s 个月退出。", months=months)
    again = _("经本人同意，已转入其他认定程序。") if content.get("application") else ""
    return said + _("符合终止条件，终止%(tier)s待遇。", tier=tier(content.get("tier"))) + again


def _second_look(content: Content, book: RuleBook) -> str:
    said = _("核查情况：%(findings)s。", findings=content.get("findings") or "")
    group = _(content["group"]) if content.get("group") else ""
    return said + _("终止须审慎把握（%(group)s），提请另一位经办人员复核。", group=group)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _answered(content: Content, book: RuleBook) -> str:
    if content.get("returned"):
        return _("部门退回：%(reason)s。", reason=content["returned"])
    return _(
        "部门回复：%(told)s。", told=joined(outcome_words(content.get("outcome") or {}, book.vocabulary)) or _("已核查")
    )


STEPS: dict[str, Wording] = {
    "verify": _verify, "not_confirmed": _verify, "carry_out": _carry_out, "refer": _refer, "joint_study": _joint_study,
    "verify_and_end": _end, "answered": _answered, "second_look": _second_look,
}  # fmt: skip


@worded("aid_ended")
def _aid_ended(content: Content, book: RuleBook) -> str:
    return _("终止%(tier)s待遇。", tier=tier(content.get("tier")))


@worded("referral_sent", "referral_resent", "referral_reassigned")
def _sent(content: Content, book: RuleBook) -> str:
    about = _title(content.get("programme"), book)
    return _noted(
        _(
            "转%(office)s办理%(what)s。",
            office=content.get("office") or _("有关部门"),
            what=f"“{_(about)}”" if about else "",
        ),
        content,
    )


@worded("referral_accepted")
def _accepted(content: Content, book: RuleBook) -> str:
    return _noted(_("%(office)s已受理。", office=content.get("office") or _("部门")), content)


@worded("referral_returned")
def _returned(content: Content, book: RuleBook) -> str:
    return _noted(
        _("%(office)s退回：%(reason)s", office=content.get("office") or _("部门"), reason=content.get("reason") or ""),
        content,
    )


@worded("referral_done")
def _done(content: Content, book: RuleBook) -> str:
    result = joined(outcome_words(content.get("outcome") or {}, book.vocabulary)) or _("已办理")
    return _noted(_("%(office)s办结：%(result)s。", office=content.get("office") or _("部门"), result=result), content)


@worded("aid")
def _aid(content: Content, book: RuleBook) -> str:
    known = {
        name: value for name, value in content.items() if name not in ("referral", "programme", "title", "note", "duty")
    }
    return _noted(
        joined([_quoted(content, book), *outcome_words(known, book.vocabulary)]) or _("给予救助帮扶。"), content
    )


@worded("application_opened")
def _application(content: Content, book: RuleBook) -> str:
    by = _("由%(helper)s帮办代办，", helper=content["helper"]) if content.get("helper") else ""
    if content.get("left"):
        return by + _(
            "退出%(left)s后，经本人同意转入%(applied)s认定程序。",
            left=tier(content["left"]),
            applied=tier(content.get("applied")),
        )
    consent = _("申请人同意分类审核。") if content.get("consent") else _("申请人未同意分类审核，只审核所申请的一类。")
    return by + _("受理%(applied)s申请。", applied=tier(content.get("applied"))) + consent


@worded("application_changed")
def _changed(content: Content, book: RuleBook) -> str:
    return _(
        "认定程序由%(old)s转换为%(new)s，申请编号不变。", old=tier(content.get("from")), new=tier(content.get("to"))
    )


@worded("application_decided")
def _decided(content: Content, book: RuleBook) -> str:
    if content.get("kind") != "override":
        return _("确认系统建议，认定为：%(tier)s。", tier=tier(content.get("tier")))
    proposed = tier(content["proposed"]) if content.get("proposed") else _("尚不能确定")
    reason = content.get("reason") or ""
    return _(
        "认定为：%(tier)s（系统建议：%(proposed)s）。理由：%(reason)s",
        tier=tier(content.get("tier")),
        proposed=proposed,
        reason=reason,
    )


def _tried(content: Content, book: RuleBook) -> list[str]:
    lines = []
    for each in content.get("tried") or ():
        lines.append(f"{tier(each['tier'])}：{_(RESULTS.get(each['result'], '尚不能确定'))}")
        lines += [
            f"{_(r['condition'])}（{r.get('clause') or r.get('reference') or ''}）{r.get('quote') or ''}"
            for r in each["reasons"]
        ]
    return lines


REASONS["application_decided"] = _tried


@worded("deadline_overdue")
def _overdue(content: Content, book: RuleBook) -> str:
    due = str(content.get("due_at") or "")[:16].replace("T", " ")
    limit = _("（%(limit)s）", limit=content["limit"]) if content.get("limit") else ""
    return _(
        "“%(step)s”超过时限%(limit)s，应于 %(due)s 前办完，已上报县级督办。",
        step=content.get("step") or "",
        limit=limit,
        due=due,
    )


@worded("application_surveyed")
def _surveyed(content: Content, book: RuleBook) -> str:
    who, on, found = (content.get(name) or "" for name in ("surveyors", "on", "findings"))
    return _("%(who)s于 %(on)s 入户调查：%(found)s", who=who, on=on, found=found)


@worded("application_told")
def _told(content: Content, book: RuleBook) -> str:
    return _("申请人当场说明，由经办人员登记：%(facts)s。", facts="、".join(_(label) for label in content.get("facts") or ()))


@worded("application_managed")
def _managed(content: Content, book: RuleBook) -> str:
    following = _("下次走访：%(day)s。", day=content["next_visit"]) if content.get("next_visit") else ""
    return _("日常管理：%(measures)s", measures=content.get("measures") or "") + following
