"""Words for the chain's entries of later features: gradual exit, plans, emergencies, lists, registry care, overlaps."""

from flask_babel import gettext as _

from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.emergency.rules import CAUSES
from fieldsvc.emergency.rules import KINDS as EMERGENCIES
from fieldsvc.plans.rules import STATES as PLANS

from .values import fact_words, joined, readable
from .wording import Content, worded


@worded("gradual_exit_opened")
def _exit_opened(content: Content, book: RuleBook) -> str:
    months, starts, until = (content.get(name) or "" for name in ("months", "from", "until"))
    return _(
        "进入渐退期 %(months)s 个月（%(from)s 至 %(until)s），期间待遇不变。",
        **{"months": months, "from": starts, "until": until},
    )


@worded("gradual_exit_kept")
def _exit_kept(content: Content, book: RuleBook) -> str:
    return _("渐退期满核查，仍符合条件，救助继续。")


@worded("plan_opened")
def _plan_opened(content: Content, book: RuleBook) -> str:
    kinds, by = "、".join(str(kind) for kind in content.get("kinds") or ()), content.get("provider") or ""
    return (
        _plan(content, book)
        + joined([_state(content.get("state")), kinds, _("承接：%(by)s", by=by) if by else ""])
        + "。"
    )


@worded("plan_changed")
def _plan_changed(content: Content, book: RuleBook) -> str:
    checked = content.get("checked") or {}
    if checked:
        said = _("属实") if checked.get("right") else _("不属实")
        return _plan(content, book) + _("抽查第 %(n)s 次记录：%(said)s。", n=content.get("entry") or "", said=said)
    return _plan(content, book) + joined([_state(content.get("to")), readable(content.get("note") or "")]) + "。"


def _plan(content: Content, book: RuleBook) -> str:
    item = book.by_id.get(str(content.get("item") or content.get("programme")))
    title = content.get("title") or (item.title if item else "")
    return f"“{_(title)}”：" if title else ""


def _state(code: object) -> str:
    return _(PLANS[str(code)]) if code in PLANS else ""


@worded("plan_entry")
def _plan_entry(content: Content, book: RuleBook) -> str:
    what = "、".join(str(each) for each in content.get("what") or ()) or _("已提供")
    signed = _("，%(who)s签收", who=content["signed_by"]) if content.get("signed_by") else ""
    return (
        _plan(content, book)
        + _("%(on)s %(what)s%(signed)s。", on=content.get("on") or "", what=what, signed=signed)
        + _note(content)
    )


def _note(content: Content) -> str:
    return _("说明：%(note)s", note=content["note"]) if content.get("note") else ""


@worded("monitoring")
def _monitoring(content: Content, book: RuleBook) -> str:
    said = _("纳入监测帮扶范围。") if content.get("monitored") else _("退出监测帮扶范围。")
    return said + (_("理由：%(reason)s", reason=content["reason"]) if content.get("reason") else "")


@worded("emergency_opened")
def _emergency(content: Content, book: RuleBook) -> str:
    kind, cause = EMERGENCIES.get(str(content.get("kind")), "急难型"), CAUSES.get(str(content.get("cause")), "其他")
    found = str(content.get("found_at") or "")[:16].replace("T", " ")
    trial = _("（急难发生地试点受理）") if content.get("trial") else ""
    return _(
        "%(kind)s困难，原因：%(cause)s，%(at)s 发现%(trial)s。", kind=_(kind), cause=_(cause), at=found, trial=trial
    )


@worded("emergency_aid")
def _emergency_aid(content: Content, book: RuleBook) -> str:
    way = _("先行救助") if content.get("kind") == "advance" else _("发放救助")
    sum_ = _("%(n)s 元", n=content["amount"]) if content.get("amount") else ""
    source = _("资金来源：%(source)s", source=content["source"]) if readable(content.get("source") or "") else ""
    return f"{way}：{joined([sum_, content.get('what') or '', source])}。"


@worded("emergency_account")
def _account(content: Content, book: RuleBook) -> str:
    papers = "、".join(str(each) for each in content.get("papers") or ())
    return _("已补充说明情况。") + (_("材料：%(papers)s。", papers=papers) if papers else "")


@worded("emergency_approved")
def _approved(content: Content, book: RuleBook) -> str:
    return _(
        "审批 %(amount)s 元，分 %(stages)s 次发放。",
        amount=content.get("amount") or "",
        stages=content.get("stages") or 1,
    )


@worded("emergency_closed")
def _closed(content: Content, book: RuleBook) -> str:
    return _("急难救助办结：%(outcome)s", outcome=content.get("outcome") or "")


@worded("match_settled")
def _settled(content: Content, book: RuleBook) -> str:
    said = (
        _("名单“%(list)s”中的人经核实是同一人。")
        if content.get("same")
        else _("名单“%(list)s”中的人经核实不是同一人。")
    )
    return said % {"list": content.get("list") or ""} + _note(content)


@worded("merged", "merged_away", "split", "person_moved")
def _registry(content: Content, book: RuleBook) -> str:
    made = (
        _("登记“%(name)s”并入这里。", name=content["name"])
        if content.get("name")
        else _("登记有调整，前后记录都保留。")
    )
    return made + (_("理由：%(reason)s", reason=content["reason"]) if content.get("reason") else "")


@worded("overlap_justified")
def _justified(content: Content, book: RuleBook) -> str:
    titles = "、".join(_(book.by_id[each].title) for each in content.get("programmes") or () if each in book.by_id)
    about = _(content.get("label") or "情况") + (f"（{titles}）" if titles else "")
    return _("%(about)s经核实属正常。理由：%(reason)s", about=about, reason=content.get("reason") or "")


@worded("special_decision")
def _special(content: Content, book: RuleBook) -> str:
    status, verdict = fact_words(book.vocabulary.get("child_welfare_status"), content.get("status")), content.get("verdict")
    said = {"status": status, "verdict": _(verdict or "尚不能确定"), "reason": content.get("reason") or ""}
    return _("按特殊情况认定为%(status)s（系统意见：%(verdict)s）。理由：%(reason)s", **said)


@worded("need_shared")
def _need_shared(content: Content, book: RuleBook) -> str:
    return _("不具名告知社会力量：%(what)s", what=content.get("what") or "")


@worded("need_agreed")
def _need_agreed(content: Content, book: RuleBook) -> str:
    return _("%(who)s同意把本人情况告知%(helper)s。", who=content.get("agreed_by") or "", helper=content.get("helper") or "")


@worded("need_closed")
def _need_closed(content: Content, book: RuleBook) -> str:
    return _("办结：%(how)s", how=content.get("note") or "")
