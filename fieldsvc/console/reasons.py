"""Determinations (认定意见) in words: verdict, every condition with value, parameter and text, what to ask, the nearest miss."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from fieldsvc.eligibility.plan import ELIGIBLE, NOT_ELIGIBLE, OFF, ORDER_PARAMETER, OUT_OF_PERIOD, SILENT, UNKNOWN, Plan
from fieldsvc.eligibility.vocabulary import Vocabulary
from fieldsvc.policy.book import Found, OutOfPeriod

from .filters import day
from .household_queries import Source
from .values import fact_words, parameter_words, question_words, source_words

RESULTS = {"true": "符合", "false": "不符合", "unknown": "尚不能确定"}
STATES = {"unknown": "不清楚", "expired": "已过有效期，需重新核实", "unreadable": "记录无法读取"}
LETTERS = {
    "fits": ELIGIBLE,
    "open": UNKNOWN,
    "refused": NOT_ELIGIBLE,
    "silent": SILENT,
    "late": OUT_OF_PERIOD,
    "off": OFF,
}
DECIDING = {NOT_ELIGIBLE: "false", UNKNOWN: "unknown"}
View = dict[str, Any]
DEEPEST = 3


class Words:
    """Words for one determination. ``names`` = {subject id: name}; ``told`` = who said what is behind a source's id."""

    def __init__(self, plan: Plan, names: Mapping[str, str], told: Mapping[str, Source]):
        self.plan, self.names, self.told = plan, names, told
        self.vocabulary: Vocabulary = plan.book.vocabulary

    def rule(self, rule: View, whole: bool) -> View:
        """One rule. ``whole``: every condition; else only those that make it fail or leave it open."""
        wanted = DECIDING.get(rule["verdict"])
        kept = [c for c in rule["conditions"] if whole or wanted is None or c["result"] == wanted]
        return {
            "id": rule["id"], "title": _(rule["title"]), "verdict": rule["verdict"], "label": _(rule["verdict_label"]),
            "office": rule["office"], "note": rule["note"], "conditions": [self.condition(c) for c in kept],
            "left": len(rule["conditions"]) - len(kept), "asks": list(dict.fromkeys(self._asks(rule))),
            "amount": self._amount(rule.get("amount")), "miss": self._miss(rule.get("nearest_miss")),
        }  # fmt: skip

    def condition(self, condition: View) -> View:
        return {
            "label": _(condition["label"]), "result": condition["result"], "said": _(RESULTS[condition["result"]]),
            "inputs": [line for one in condition["inputs"] for line in self.inputs(one)],
            "parameters": [self.parameter(one) for one in condition["parameters"]], "text": text_words(condition["authority"]),
            "quote": condition["authority"]["quote"],
        }  # fmt: skip

    def inputs(self, given: View, depth: int = 0) -> list[str]:
        """The fact and, of one that was worked out, what it was worked out from: a bare “是” tells an officer nothing."""
        below = given.get("computed_from", ()) if depth < DEEPEST else ()
        head = _("其中 ") if depth else ""
        measures = [_("其中 ") + self.parameter(one) for one in given.get("parameters", ()) if one["name"] != ORDER_PARAMETER]
        return [head + self.input(given), *measures, *(line for one in below for line in self.inputs(one, depth + 1))]

    def input(self, given: View) -> str:
        """“家庭月收入：800 元（张三，2025-03-01，走访，李四）”."""
        value = fact_words(self.vocabulary.get(given["fact"]), given["value"])
        if given["state"] in STATES:
            value = _(STATES[given["state"]])
        return f"{_(given['label'])}：{value}{self._whence(given)}"

    def _whence(self, given: View) -> str:
        parts = [self.names.get(given["subject_id"], "")] if len(self.names) > 2 else []
        if given["state"] == "computed":
            parts.append(_("系统推算"))
        elif given["state"] in ("known", "expired", "unreadable"):
            parts += [day(given["as_of"]), self.source(given["source_kind"], given["source_id"])]
        shown = [part for part in parts if part and part != "—"]
        return f"（{'，'.join(shown)}）" if shown else ""

    def source(self, kind: str, source_id: str | None) -> str:
        """“走访，李四”, or the kind alone."""
        by = self.told.get(source_id or "")
        return f"{source_words(kind)}，{by.by}" if by and by.by else source_words(kind)

    def parameter(self, view: View) -> str:
        answer = self.plan.answers.get(view["name"])
        if not isinstance(answer, Found | OutOfPeriod):
            return _("%(title)s：尚未设定，需本地设定后才能判断", title=_(view["title"]))
        value = parameter_words(answer.parameter, self.vocabulary)
        origin = text_words(view["authority"]) if view["authority"] else ""
        since = _("%(day)s 起施行", day=day(view["starts"])) if view["starts"] and view["starts"] > "1900" else ""
        return f"{_(view['title'])}：{value}（{'，'.join(filter(None, (since, origin)))}）"

    def _asks(self, rule: View) -> Iterable[str]:
        for fact in rule["missing_facts"]:
            who = self.names.get(fact["subject_id"], "")
            yield f"{who}：{question_words(fact['ask'], fact['label']) or self.question(fact['fact'], fact['label'])}"
        for parameter in rule["missing_supplements"]:
            yield _("待本地设定：%(title)s", title=_(parameter["title"]))

    def question(self, name: str, label: str) -> str:
        found = self.vocabulary.facts.get(name)
        return _(found.ask) if found and found.ask else _("请核实“%(label)s”", label=_(label))

    def _amount(self, amount: View | None) -> str:
        if not amount or amount["yuan"] is None:
            return ""
        floor = _("不低于 ") if amount["minimum"] else ""
        return _(
            "%(floor)s%(yuan)s 元（%(text)s）", floor=floor, yuan=amount["yuan"], text=text_words(amount["authority"])
        )

    def _miss(self, miss: View | None) -> str:
        if not miss:
            return ""
        fact, who = self.vocabulary.get(miss["fact"]), self.names.get(miss["subject_id"], "")
        now, value = fact_words(fact, miss["now"]), fact_words(fact, miss["value"])
        return _("%(who)s的“%(label)s”现为%(now)s；如为%(value)s，则%(becomes)s。", who=who, label=_(miss["label"]), now=now, value=value,
                 becomes=_(miss["becomes"]))  # fmt: skip


def text_words(authority: View) -> str:
    """“《办法》（文号）二(一)”, or 本地设定 with its document."""
    if authority["reference"]:
        return f"{_(authority['label'])}：{authority['reference']}"
    via = _("，经%(via)s转发", via=authority["via"]) if authority["via"] else ""
    number = f"（{authority['number']}）" if authority["number"] else ""
    return f"《{authority['title']}》{number}{authority['clause']}{via}"


def by_verdict(plan: Plan, subject: View) -> dict[str, list[View]]:
    """A subject's programmes by verdict, those that recognise a tier (分层) first; ``alerts``: indicators that warn."""
    programmes = [rule for rule in subject["rules"] if rule["kind"] == "programme"]
    programmes.sort(key=lambda rule: not plan.book.by_id[rule["id"]].tier)
    found = {name: [r for r in programmes if r["verdict"] == letter] for name, letter in LETTERS.items()}
    return found | {"alerts": [r for r in subject["rules"] if r["kind"] != "programme" and r["alert"]]}


def source_ids(whole: View) -> set[str]:
    """Ids of what was read, of every condition at any depth."""
    inputs = [i for s in whole["subjects"] for r in s["rules"] for c in r["conditions"] for i in c["inputs"]]
    found = set()
    while inputs:
        one = inputs.pop()
        found.add(one["source_id"])
        inputs += one["computed_from"]
    return found
