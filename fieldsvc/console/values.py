"""Facts, parameters, sources and outcomes in words: what a reader sees instead of codes."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from fieldsvc.eligibility.vocabulary import Derived, Fact, Vocabulary
from fieldsvc.kit.crypto import masked_text
from fieldsvc.policy.book import Parameter
from fieldsvc.policy.values import show

SOURCES = {
    "visit": "走访", "department": "部门数据", "registry": "登记信息", "officer": "经办人员登记", "engine": "系统推算",
    "matching": "大数据比对",
}  # fmt: skip
UNITS = {
    "yuan": "元", "yuan_per_month": "元/月", "yuan_per_year": "元/年", "month": "个月", "year": "年", "day": "天", "hour": "小时",
    "year_of_age": "周岁", "person": "人", "post": "个", "times": "倍",
}  # fmt: skip
OUTCOMES = {
    "result": "结果", "amount": "金额", "amount_yuan": "金额", "done_on": "办结日期", "starts": "起", "ends": "止", "reason": "理由",
    "note": "说明", "number": "文号", "programme": "项目",
}  # fmt: skip
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:")


def fact_words(fact: Fact | Derived | None, value: Any) -> str:
    """A fact's value: 是/否, the choice's label, money with its unit; what is not known says so."""
    if value is None:
        return _("不清楚")
    if isinstance(value, list | tuple):
        return "、".join(fact_words(fact, each) for each in value)
    if isinstance(value, bool) or (fact and fact.type == "bool" and value in ("true", "false")):
        return _("是") if value in (True, "true") else _("否")
    if fact is not None and fact.choices:
        return _(fact.choices[value]) if value in fact.choices else _("不在选项之内")
    text = masked_text(str(show(value)))
    return _("%(n)s 元", n=text) if fact is not None and fact.type == "money" else text


def question_words(ask: str, label: str) -> str:
    """What to ask: the form's own question, else that the fact is to be verified."""
    return _("请核实：%(label)s", label=_(label)) if ask == f"请核实：{label}" else ask


def source_words(kind: str) -> str:
    """What kind of source said so."""
    return _(SOURCES.get(kind, "其他来源"))


def parameter_words(parameter: Parameter | None, vocabulary: Vocabulary) -> str:
    """A parameter's value: lists by the text's own words, tables by what selects among them."""
    if parameter is None:
        return _("尚未设定")
    if parameter.unit == "test":
        return _("按本地设定的条件判断")
    if parameter.labels:
        return "、".join(dict.fromkeys(parameter.labels))
    value, unit = show(parameter.exact), _(UNITS.get(parameter.unit, ""))
    if isinstance(value, Mapping):
        chosen = vocabulary.get(parameter.by)
        return "；".join(f"{_choice(chosen, key)} {_amount(each, unit)}" for key, each in value.items())
    return _amount(value, unit)


def _choice(fact: Fact | Derived | None, key: str) -> str:
    label = fact.choices.get(key) if fact else None
    return _(label) if label else _("各项") if readable(key) == "" else key


def _amount(value: Any, unit: str) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list | tuple):
        return "—".join(readable(each) for each in value) + unit
    return f"{readable(value)}{unit}" if readable(value) else _("见原文")


def readable(value: Any) -> str:
    """The text, unless it is a code for machines: then nothing."""
    text = str(value)
    coded = any(sign.isascii() and sign.isalpha() for sign in text) and set(text) <= PLAIN
    return "" if coded else text


def outcome_words(outcome: Mapping[str, Any], vocabulary: Vocabulary) -> list[str]:
    """What a department answered, as “名称：内容”; facts it told by their labels. Keys nobody gave a name are left out of sight
    only where they are codes."""
    said = [(name, value) for name, value in outcome.items() if name != "facts"]
    told = [_pair(name, value) for name, value in said]
    facts = outcome.get("facts")
    if isinstance(facts, Mapping):
        told += [
            f"{_(vocabulary.label(name))}：{fact_words(vocabulary.get(name), value)}" for name, value in facts.items()
        ]
    return [text for text in told if text]


def _pair(name: str, value: Any) -> str:
    label = _(OUTCOMES[name]) if name in OUTCOMES else readable(name)
    text = _plain(value)
    if not text:
        return ""
    return text if name == "result" or not label else f"{label}：{text}"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Mapping):
        return "，".join(filter(None, (_pair(name, each) for name, each in value.items())))
    if isinstance(value, list | tuple):
        return "、".join(filter(None, (_plain(each) for each in value)))
    return "" if value is None else masked_text(readable(value))


def joined(parts: Iterable[str]) -> str:
    return "；".join(part for part in parts if part)
