"""A determination (认定意见) with every reason, ready for JSON: what was read, from where, under which text."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

VERDICTS = {
    "e": "符合",
    "n": "不符合",
    "u": "尚不能确定",
    "s": "此文件未规定",
    "x": "不在施行期",
    "o": "未启用",
}
LOCAL = "本地设定"
SAMPLE = "样例"


@dataclass(frozen=True, slots=True)
class FactValue:
    """A value as the facts feature keeps it. ``value``: JSON-like (decimals as strings) or Decimal, date. ``source_id``: the
    visit, list row or decision it came from; ``source_kind``: visit | department | registry | officer …"""

    value: Any
    as_of: date | None = None
    source_kind: str = ""
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class Authority:
    """Where a condition or parameter stands: the text's clause and quote, or a local document's reference (本地设定).

    ``via``: the notice that forwards the text to this jurisdiction, where it is not the place's own. ``label``: 文件, 本地设定
    or 本地设定（样例）.
    """

    label: str
    document: str = ""
    title: str = ""
    number: str = ""
    clause: str = ""
    quote: str = ""
    reference: str = ""
    via: str = ""
    starts: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class ParameterView:
    """A parameter a condition reads. ``state``: in_force | out_of_period | missing."""

    name: str
    title: str
    state: str
    value: Any = None
    unit: str = ""
    starts: date | None = None
    ends: date | None = None
    authority: Authority | None = None


@dataclass(frozen=True, slots=True)
class InputView:
    """A fact a condition reads. ``state``: known | unknown | expired | unreadable | computed. Computed ones name what from."""

    fact: str
    label: str
    subject_id: str
    state: str
    value: Any = None
    shown: str = ""
    as_of: date | None = None
    source_kind: str = ""
    source_id: str = ""
    note: str = ""
    parameters: tuple[ParameterView, ...] = ()
    computed_from: tuple["InputView", ...] = ()


@dataclass(frozen=True, slots=True)
class ConditionView:
    """``result``: true | false | unknown."""

    id: str
    label: str
    test: str
    result: str
    inputs: tuple[InputView, ...]
    parameters: tuple[ParameterView, ...]
    authority: Authority
    ask: str = ""


@dataclass(frozen=True, slots=True)
class MissingFact:
    fact: str
    label: str
    subject_id: str
    ask: str = ""


@dataclass(frozen=True, slots=True)
class AmountView:
    """``yuan``: two places, as a string, or None while an input is unknown. ``minimum``: the text sets a floor (不低于)."""

    yuan: str | None
    value: str
    cap: str
    minimum: bool
    inputs: tuple[InputView, ...]
    parameters: tuple[ParameterView, ...]
    authority: Authority


@dataclass(frozen=True, slots=True)
class Ruled:
    """One rule's verdict on one subject. ``missing_supplements``: what a deployment must add before it can be decided."""

    id: str
    title: str
    kind: str
    subject_id: str
    verdict: str
    verdict_label: str
    duty: str = ""
    office: str = ""
    note: str = ""
    conditions: tuple[ConditionView, ...] = ()
    amount: AmountView | None = None
    missing_facts: tuple[MissingFact, ...] = ()
    missing_supplements: tuple[ParameterView, ...] = ()
    out_of_period: tuple[ParameterView, ...] = ()
    late_documents: tuple[Authority, ...] = ()
    alert: bool = False


@dataclass(frozen=True, slots=True)
class SubjectView:
    """``tier_source``: recognised | proposed | "" (unknown); ``tier_rule``: the programme that proposes it."""

    subject: str
    id: str
    rules: tuple[Ruled, ...]
    tier: str | None = None
    tier_label: str = ""
    tier_source: str = ""
    tier_rule: str = ""


@dataclass(frozen=True, slots=True)
class Determination:
    """Every rule of a jurisdiction on a day for a household and its members; a proposal, an officer confirms."""

    household_id: str
    jurisdiction: str
    jurisdiction_name: str
    code: str
    on: date
    rule_hash: str
    subjects: tuple[SubjectView, ...] = field(default_factory=tuple)

    def to_json(self) -> bytes:
        """Canonical: the same facts under the same rules give the same bytes."""
        return msgspec.json.encode(self, order="deterministic")

    def ruled(self, rule: str, subject_id: str | None = None) -> Ruled:
        """The verdict of one rule. Raises KeyError."""
        for each in (r for s in self.subjects for r in s.rules):
            if each.id == rule and subject_id in (None, each.subject_id):
                return each
        raise KeyError(rule)
