"""The facts a department may tell with its answer (办理结果), as fields of a form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fieldsvc.accounts.rules import CHILD
from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.vocabulary import Fact
from fieldsvc.referrals.models import Referral

FIELD = "fact:"
ANSWERS = {"true": "是", "false": "否"}


@dataclass(frozen=True, slots=True)
class Tellable:
    """``choices`` is empty for what is typed in: money and numbers, dates (``kind`` "date"), text."""

    name: str
    label: str
    kind: str
    choices: Mapping[str, str]


def tellable(departments: Departments, referral: Referral) -> list[Tellable]:
    """The department's own facts, of the person when the matter has one."""
    plugin = departments.plugin_for(referral.duty)
    declared = departments.vocabulary.facts.values() if plugin else ()
    return [_field(fact) for fact in declared if plugin and fact.package == plugin.name and _fits(fact, referral)]


def _fits(fact: Fact, referral: Referral) -> bool:
    open_to = "department" in fact.sources and fact.sensitivity != CHILD
    return open_to and (fact.subject == "household" or referral.person_id is not None)


def _field(fact: Fact) -> Tellable:
    choices = ANSWERS if fact.type == "bool" else fact.choices
    return Tellable(fact.name, fact.label, fact.type, choices)


def told(fields: list[Tellable], form: Mapping[str, str]) -> dict[str, Any]:
    """What was filled in: ``{fact: value}``; the referral checks each against its declaration."""
    given = {each.name: form.get(FIELD + each.name, "").strip() for each in fields}
    return {name: {"true": True, "false": False}.get(text, text) for name, text in given.items() if text}
