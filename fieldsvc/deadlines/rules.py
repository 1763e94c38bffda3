"""Which steps are awaited, and how long each may take: by a text's clause, or by a local setting that says it is one. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any

from fieldsvc.kit.clock import CHINA
from fieldsvc.policy.book import Document, Found, Parameter, PolicyBook
from fieldsvc.policy.limits import DAY_CLOSE, HOLIDAYS, MAKE_UP_DAYS, PREFIX, STEPS, UNITS
from fieldsvc.policy.values import show

from .working_days import Calendar, Length, due

VERIFY, DISPOSE, ACCEPT, ANSWER, DECIDE, AID_FIRST = "verify", "dispose", "accept", "answer", "decide", "aid_first"
KINDS = {**STEPS, AID_FIRST: "先行救助"}
ALERT, REFERRAL, APPLICATION, EMERGENCY = "alert", "referral", "application", "emergency"
SUBJECTS = {ALERT: "预警", REFERRAL: "转办", APPLICATION: "申请", EMERGENCY: "急难救助"}

CLAUSE, SETTING = "clause", "setting"


@dataclass(frozen=True, slots=True)
class Clock:
    """A step that is awaited since a moment. ``variant`` chooses among a kind's settings: severity, duty, tier; for ``AID_FIRST``
    it names the parameter itself, because there a text may set the length."""

    kind: str
    since: datetime
    variant: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters that may give the length, the closest first."""
        if self.kind == AID_FIRST:
            return (self.variant,)
        return (f"{PREFIX}{self.kind}_{self.variant}", f"{PREFIX}{self.kind}")


@dataclass(frozen=True, slots=True)
class Matter:
    """What steps are awaited of, and which ones run now. A running clock that is not among ``clocks`` has been answered,
    unless its kind is in ``keeps``."""

    subject: str
    id: str
    household_id: str
    village_code: str
    klass: str
    clocks: tuple[Clock, ...]
    keeps: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Limits:
    """The time limits of a deployment: what the texts in force and the local settings say."""

    policy: PolicyBook
    jurisdiction: str

    def length(self, clock: Clock) -> Length | None:
        """The limit in force on the day the step began; None where nobody set one (未设定时限): there is no default."""
        on = clock.since.astimezone(CHINA).date()
        for name in clock.names:
            found = self.policy.at(self.jurisdiction, name, on)
            if isinstance(found, Found) and isinstance(found.value, Fraction) and found.parameter.unit in UNITS:
                return Length(found.value, found.parameter.unit, _source(found))
        return None

    def calendar(self) -> Calendar:
        close = next((str(p.value) for p in self._own(DAY_CLOSE)), "")
        return Calendar(self._days(HOLIDAYS), self._days(MAKE_UP_DAYS), time.fromisoformat(close) if close else None)

    def due(self, clock: Clock) -> tuple[Length | None, datetime | None, bool]:
        length = self.length(clock)
        return (length, *due(length, clock.since, self.calendar())) if length else (None, None, False)

    def _days(self, name: str) -> frozenset[date]:
        return frozenset(date.fromisoformat(day) for each in self._own(name) for day in each.value)

    def _own(self, name: str) -> Iterator[Parameter]:
        """Every dated value: next year's days are set while this year's are still in force."""
        places = (self.jurisdiction, *self.policy.parents(self.jurisdiction))
        return (p for p in self.policy.named(name) if p.jurisdiction in places)


def _source(found: Found) -> dict[str, Any]:
    parameter, cite = found.parameter, found.parameter.cite
    told = {"name": parameter.name, "title": parameter.title, "amount": show(found.value), "unit": parameter.unit}
    if cite is None:
        return told | {"kind": SETTING, "reference": parameter.reference, "sample": parameter.sample}
    names = [_name(document) for document in found.documents]
    return told | {"kind": CLAUSE, "documents": names, "clause": cite.clause, "quote": cite.quote}


def _name(document: Document) -> str:
    return document.number or f"《{document.title}》"


def source_text(source: dict[str, Any] | None) -> str:
    """Where a limit comes from, as people read it."""
    if source is None:
        return "未设定时限"
    length = f"{source['amount']}{UNITS[source['unit']]}"
    if source["kind"] == CLAUSE:
        return f"{length}（{'、'.join(source['documents'])} {source['clause']}“{source['quote']}”）"
    return f"{length}（本地设定{'，样例' if source['sample'] else ''}：{source['reference']}）"
