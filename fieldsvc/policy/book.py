"""What the policy files say, and what holds in a jurisdiction (地区) on a day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from .refusals import Refusal
from .values import Exact, exact


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document (政策文件). ``ends`` is the day its own text ends; ``confirmed`` a local notice that it goes on."""

    id: str
    title: str
    number: str
    starts: date
    ends: date | None = None
    issued: date | None = None
    text: str = ""
    confirmed: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a text says so: document id, clause (条款) and the verbatim quote."""

    document: str
    clause: str
    quote: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One dated value. Exactly one of ``cite`` and ``reference`` (本地设定) is set; ``sample`` marks demo data (样例).

    ``by`` names the choice fact that selects among the keys of a table value. With unit "test" the value is a condition,
    as an expression of the rule language, that a rule may use by the parameter's name (the tests a text leaves to 现有规定).
    """

    name: str
    jurisdiction: str
    title: str
    value: Any
    unit: str
    starts: date
    ends: date | None = None
    by: str = ""
    bound: str = "exact"
    force: str = "shall"
    labels: tuple[str, ...] = ()
    cite: Citation | None = None
    reference: str = ""
    sample: bool = False
    rest: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.jurisdiction}:{self.name}:{self.starts}"

    @property
    def exact(self) -> Exact:
        return exact(self.value, self.unit)


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """What a text uses but leaves open (待本地设定): declared so that rules may name it before a deployment sets it."""

    name: str
    title: str
    unit: str
    by: str = ""
    cite: Citation | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """Which office (科室) answers for a duty in a jurisdiction; ``about`` tells this duty of an office from its others."""

    name: str
    office: str
    cite: Citation | None = None
    reference: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A place and its chain of documents, nearest first: the first is its own, the others are inherited (转发)."""

    id: str
    name: str
    code: str
    documents: tuple[str, ...]
    duties: dict[str, Duty] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A parameter in force from ``starts`` until ``ends``; ``documents`` names every document the answer rests on."""

    value: Exact
    parameter: Parameter
    starts: date
    ends: date | None
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class OutOfPeriod:
    """不在施行期: the parameter exists, for other days only."""

    parameter: Parameter
    starts: date
    ends: date | None
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Neither the jurisdiction's documents nor a supplement (本地设定) give the value."""

    jurisdiction: str
    name: str


Answer = Found | OutOfPeriod | Missing


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation with its place in our own files. ``id`` is stable over edits elsewhere in the file."""

    id: str
    package: str
    file: str
    line: int
    cite: Citation


@dataclass(frozen=True)
class PolicyBook:
    """Everything the policy files and supplements say. The fields from ``quotes`` on are about the files themselves."""

    documents: dict[str, Document]
    jurisdictions: dict[str, Jurisdiction]
    parameters: tuple[Parameter, ...]
    open_points: dict[str, OpenPoint] = field(default_factory=dict)
    quotes: tuple[Quote, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    origins: dict[str, tuple[str, int]] = field(default_factory=dict)
    """File and line of each parameter's value, by ``Parameter.key``."""

    @cached_property
    def _by_name(self) -> dict[str, list[Parameter]]:
        found: dict[str, list[Parameter]] = {}
        for parameter in self.parameters:
            found.setdefault(parameter.name, []).append(parameter)
        return found

    def named(self, name: str) -> list[Parameter]:
        """Every dated value of a parameter, in any jurisdiction."""
        return self._by_name.get(name, [])

    def parents(self, jurisdiction: str) -> list[str]:
        """Jurisdictions whose own document this one forwards, nearest first."""
        inherited = self.jurisdictions[jurisdiction].documents[1:]
        own = {j.documents[0]: j.id for j in self.jurisdictions.values()}
        return [own[d] for d in inherited if d in own]

    def at(self, jurisdiction: str, name: str, on: date) -> Answer:
        """The value of a parameter in a jurisdiction on a day. Raises KeyError for an unknown jurisdiction."""
        nearest: Answer = Missing(jurisdiction, name)
        for candidates in self._generations(jurisdiction, name):
            for parameter in candidates:
                starts, ends, documents = self._period(jurisdiction, parameter)
                if in_time(on, starts, ends):
                    return Found(parameter.exact, parameter, starts, ends, documents)
            if candidates:
                return self._nearest(jurisdiction, candidates, on)
        return nearest

    def dated(self, jurisdiction: str, name: str) -> list[Found]:
        """Every value of a parameter in a jurisdiction, the earliest first."""
        own = next((held for held in self._generations(jurisdiction, name) if held), [])
        found = [Found(p.exact, p, *self._period(jurisdiction, p)) for p in own]
        return sorted(found, key=lambda each: each.starts)

    def period(self, jurisdiction: str, document: str) -> tuple[date, date | None]:
        """When a document is in force in a jurisdiction: not before the jurisdiction's own notice, not after its end."""
        starts, ends = date.min, None
        for each in self.basis(jurisdiction, document):
            starts = max(starts, each.starts)
            ends = _earlier(ends, each.ends)
        return starts, ends

    def basis(self, jurisdiction: str, document: str) -> tuple[Document, ...]:
        """The documents an answer taken from ``document`` rests on: the forwarding notice first, then the text."""
        own = self.jurisdictions[jurisdiction].documents[0]
        chain = [own] if own == document else [own, document]
        return tuple(self.documents[d] for d in chain)

    def office(self, jurisdiction: str, duty: str) -> Duty | None:
        """The office that answers for a duty, from the jurisdiction's own table or the one it inherits."""
        for each in (jurisdiction, *self.parents(jurisdiction)):
            if duty in self.jurisdictions[each].duties:
                return self.jurisdictions[each].duties[duty]
        return None

    def offices(self, jurisdiction: str) -> dict[str, str]:
        """``{duty: office}`` of every duty somebody answers for there, the jurisdiction's own word before an inherited one; what it is
        about stands behind the office's name where that is told."""
        found: dict[str, str] = {}
        for each in (jurisdiction, *self.parents(jurisdiction)):
            named = {d.name: f"{d.office}（{d.about}）" if d.about else d.office for d in self.jurisdictions[each].duties.values()}
            found = named | found
        return found

    def _generations(self, jurisdiction: str, name: str) -> Iterator[list[Parameter]]:
        yield [p for p in self.named(name) if p.jurisdiction == jurisdiction]
        for document in self.jurisdictions[jurisdiction].documents[1:]:
            yield [p for p in self.named(name) if p.cite is not None and p.cite.document == document]

    def _period(self, jurisdiction: str, parameter: Parameter) -> tuple[date, date | None, tuple[Document, ...]]:
        if parameter.cite is None:
            return parameter.starts, parameter.ends, ()
        starts, ends = self.period(jurisdiction, parameter.cite.document)
        return max(starts, parameter.starts), _earlier(ends, parameter.ends), self.basis(jurisdiction, parameter.cite.document)

    def _nearest(self, jurisdiction: str, candidates: list[Parameter], on: date) -> OutOfPeriod:
        def distance(parameter: Parameter) -> int:
            starts, ends, _ = self._period(jurisdiction, parameter)
            return (starts - on).days if on < starts else (on - (ends or on)).days

        closest = min(candidates, key=distance)
        return OutOfPeriod(closest, *self._period(jurisdiction, closest))


def in_time(day: date, starts: date, ends: date | None) -> bool:
    """Whether a day lies in a time, whose last day is in it."""
    return starts <= day and (ends is None or day <= ends)


def _earlier(one: date | None, other: date | None) -> date | None:
    if one is None or other is None:
        return one or other
    return min(one, other)
