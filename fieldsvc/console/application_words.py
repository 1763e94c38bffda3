"""An application in words: what was proposed for each tier and why, what was decided, every step."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from fieldsvc.applications.counter_facts import Asked
from fieldsvc.applications.models import Application, ApplicationEvent
from fieldsvc.applications.rules import RESULTS
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.facts.queries import Known
from fieldsvc.facts.rules import day_of
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import masked_text

from .values import fact_words, question_words
from .wording import tier

SCOPES = {
    "classification": "按先后顺序逐类审核认定",
    "data_check": "核对家庭经济状况",
    "reenter": "退出后直接转入其他认定程序",
}


@dataclass(frozen=True, slots=True)
class Tried:
    """One tier of the order: its result, the reasons with their text, what is still to ask."""

    tier: str
    result: str
    said: str
    reasons: tuple[tuple[str, str, str], ...]
    asks: tuple[str, ...]


def tried(proposal: Mapping[str, Any], names: Mapping[str, str], book: RuleBook) -> list[Tried]:
    return [
        Tried(tier(one["tier"]), one["result"], _(RESULTS.get(one["result"], "尚不能确定")),
              tuple(_reasons(one["reasons"], names)),
              tuple(dict.fromkeys(_ask(missing, names, book) for missing in one["missing"])))
        for one in proposal.get("tried", ())
    ]  # fmt: skip


def _reasons(reasons: Iterable[Mapping[str, str]], names: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """What fails or is open, of whom; the text's clause or the local document; its quote. The same of several is said once."""
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    for one in reasons:
        said = _(one["condition"]), one["reference"] or one["clause"], one["quote"]
        found.setdefault(said, {})[names.get(one["person_id"], "")] = None
    for (condition, clause, quote), people in found.items():
        who = "、".join(name for name in people if name)
        yield f"{who}：{condition}" if who else condition, clause, quote


def _ask(missing: Mapping[str, str], names: Mapping[str, str], book: RuleBook) -> str:
    if "parameter" in missing:
        return _("待本地设定：%(title)s", title=_(missing["title"]))
    label = book.vocabulary.label(missing["fact"])
    question = question_words(missing["ask"], label) or _("请核实“%(label)s”", label=_(label))
    return f"{names.get(missing['subject_id'], '')}：{question}"


@dataclass(frozen=True, slots=True)
class Question:
    """One field of the form of answers. ``kind``: choice (with ``choices``), number, date or text."""

    key: str
    label: str
    kind: str
    choices: dict[str, str]


def questions(asked: Iterable[Asked], names: Mapping[str, str]) -> list[Question]:
    """Of the household first, then of each member."""
    found = [_question(one, names) for one in asked]
    return sorted(found, key=lambda one: one.label.split("：")[0] if "：" in one.label else "")


def _question(one: Asked, names: Mapping[str, str]) -> Question:
    fact, who = one.fact, names.get(one.subject_id, "")
    asks = _(fact.ask) if fact.ask else _(fact.label)
    choices = fact.choices or ({"true": "是", "false": "否"} if fact.type == "bool" else {})
    kind = "choice" if choices else "number" if fact.type in ("integer", "money", "number") else fact.type
    return Question(one.key, f"{who}：{asks}" if who else asks, kind, {key: _(label) for key, label in choices.items()})


def marks(proposal: Mapping[str, Any], names: Mapping[str, str], book: RuleBook) -> list[str]:
    """The categories beside the order, as they are known of each person."""
    return [
        f"{names.get(one['person_id'], '')}：{_(one['label'])}：{fact_words(book.vocabulary.get(one['mark']), one['value'])}"
        for one in proposal.get("marks", ())
    ]


def recorded(known: Mapping[str, Known], names: Mapping[str, str], book: RuleBook) -> list[tuple[str, str]]:
    """What stands in the record of each, so that no proof of it is asked for: ``(who, what)``."""
    facts, today = book.vocabulary.facts, clock.today()
    return [
        (names.get(subject, ""), "、".join(
            _(facts[name].label) for name, entry in held.document.items()
            if name in facts and book.vocabulary.still_known(name, day_of(entry), today)))
        for subject, held in known.items()
    ]  # fmt: skip


def scope(consent: Mapping[str, Any]) -> str:
    return "、".join(_(SCOPES.get(one, "其他事项")) for one in consent.get("scope", ()))


def step(event: ApplicationEvent) -> str:
    """One step as a sentence."""
    made = STEPS.get(event.kind)
    return masked_text(made(event.detail)) if made else ""


def _opened(detail: Mapping[str, Any]) -> str:
    by = _("由%(helper)s帮办代办，", helper=detail["helper"]) if detail.get("helper") else ""
    consent = _("申请人同意分类审核。") if detail.get("consent") else _("没有同意分类审核，只审核所申请的一类。")
    return by + _("受理%(applied)s申请。", applied=tier(detail.get("applied"))) + consent


def _judged(detail: Mapping[str, Any]) -> str:
    proposal = detail.get("proposal") or {}
    lines = "；".join(f"{tier(one['tier'])}{_(RESULTS.get(one['result'], ''))}" for one in proposal.get("tried", ()))
    said = _("建议认定为%(tier)s", tier=tier(proposal["tier"])) if proposal.get("tier") else _("尚不能提出建议")
    return _("%(said)s（%(lines)s）。", said=said, lines=lines or _("没有可审核的类别"))


def _changed(detail: Mapping[str, Any]) -> str:
    return _("认定程序由%(old)s转换为%(new)s，申请编号不变。", old=tier(detail.get("from")), new=tier(detail.get("to")))


def _withdrawn(detail: Mapping[str, Any]) -> str:
    return _("申请人撤回同意，此后只审核所申请的一类。")


def _surveyed(detail: Mapping[str, Any]) -> str:
    return _(
        "%(who)s于 %(on)s 入户调查：%(found)s",
        who=detail.get("surveyors", ""),
        on=detail.get("on", ""),
        found=detail.get("findings", ""),
    )


def _decided(detail: Mapping[str, Any]) -> str:
    if detail.get("kind") != "override":
        return _("确认建议，认定为%(tier)s。", tier=tier(detail.get("tier")))
    proposed = tier(detail["proposed"]) if detail.get("proposed") else _("尚不能确定")
    return _(
        "认定为%(tier)s，建议为%(proposed)s。理由：%(reason)s",
        tier=tier(detail.get("tier")),
        proposed=proposed,
        reason=detail.get("reason") or "",
    )


def _told(detail: Mapping[str, Any]) -> str:
    return "、".join(_(label) for label in detail.get("facts", ()))


def _published(detail: Mapping[str, Any]) -> str:
    return _("公示至 %(day)s。", day=detail["until"]) if detail.get("until") else _("已公示。")


def _reopened(detail: Mapping[str, Any]) -> str:
    return _("退回重新审核。%(reason)s", reason=detail.get("reason") or "")


def _managed(detail: Mapping[str, Any]) -> str:
    following = _("下次走访：%(day)s。", day=detail["next_visit"]) if detail.get("next_visit") else ""
    return f"{detail.get('measures', '')} {following}".strip()


STEPS = {"opened": _opened, "judged": _judged, "changed_over": _changed, "consent_withdrawn": _withdrawn, "surveyed": _surveyed,
         "decided": _decided, "published": _published, "reopened": _reopened, "managed": _managed, "told": _told}  # fmt: skip


def closing(row: Application) -> str:
    """What else the decision says: measures that fit, monitoring that goes on."""
    return str((row.decision or {}).get("next_said") or "")
