"""Which unknown facts become questions to a worker, and when a visit is due. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from fieldsvc.accounts.rules import CHILD, GENERAL
from fieldsvc.eligibility.questions import Question
from fieldsvc.eligibility.vocabulary import Fact, shift
from fieldsvc.kit.clock import CHINA

ASK, VISIT, CHECK = "ask", "visit_due", "check"
MOST_OPEN = 10
AGAIN_DAYS = 180
LEAD_DAYS = 30
OPEN, DONE, CANCELLED = "open", "done", "cancelled"


class Answerable(Protocol):
    """What is used of a compiled form's question that saves to a fact."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fact is answered: a form, its class, and the names and labels of the questions in it."""

    form_id: str
    title: str
    klass: str
    questions: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fact to ask for in one household. ``persons``: of whom (empty: of the household); ``rules``: what it would settle."""

    fact: str
    label: str
    ask: str
    persons: tuple[str, ...]
    rules: tuple[str, ...]
    settles: int
    place: Place


def places(forms: Iterable[tuple[str, str, str, Mapping[str, Answerable]]], facts: Mapping[str, Fact]) -> dict[str, Place]:
    """Where each fact is answered, from forms as ``(id, title, class, {question: …})`` with what each question saves to; a
    form everybody may fill in goes before a child form, the first published before others."""
    found: dict[str, Place] = {}
    for form_id, title, klass, questions in sorted(forms, key=lambda form: (form[2] != GENERAL, form[0])):
        for fact, asked in _by_fact(questions).items():
            if fact in facts and fact not in found:
                klass_of = CHILD if CHILD in (klass, facts[fact].sensitivity) else GENERAL
                found[fact] = Place(form_id, title, klass_of, *zip(*asked, strict=True))
    return found


def _by_fact(questions: Mapping[str, Answerable]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for question in questions.values():
        found.setdefault(question.save_to, []).append((question.name, question.label))  # type: ignore[attr-defined]
    return found


def wanted(asked: Iterable[Question], where: Mapping[str, Place], household_id: str) -> list[Wanted]:
    """One for each fact that some form answers, those that settle most decisions first."""
    by_fact: dict[str, list[Question]] = {}
    for question in asked:
        if question.fact in where:
            by_fact.setdefault(question.fact, []).append(question)
    made = [_joined(fact, each, where[fact], household_id) for fact, each in by_fact.items()]
    return sorted(made, key=lambda w: (-w.settles, -len(w.rules), w.fact))


def _joined(fact: str, asked: list[Question], place: Place, household_id: str) -> Wanted:
    persons = tuple(sorted({q.subject_id for q in asked} - {household_id}))
    rules = tuple(dict.fromkeys(rule for q in asked for rule in (*q.settles, *q.concerns)))
    return Wanted(fact, asked[0].label, asked[0].ask, persons, rules, sum(len(q.settles) for q in asked), place)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question task as it stands. ``ended`` is the day a worker closed it by hand, else None."""

    task_id: str
    fact: str
    status: str
    ended: date | None


@dataclass(frozen=True, slots=True)
class Turn:
    """What to do with a household's question tasks: close those whose fact is known or no longer needed, open others."""

    close: tuple[str, ...]
    open: tuple[Wanted, ...]


def turn(now: Iterable[Wanted], standing: Iterable[Asked], today: date) -> Turn:
    """One open task for each fact, at most ``MOST_OPEN`` at a time. What a worker closed without an answer is not asked again
    for ``AGAIN_DAYS``: the household is not to be bothered twice."""
    needed = list(now)
    names = {each.fact for each in needed}
    kept = [asked for asked in standing if asked.status == OPEN and asked.fact in names]
    closed = tuple(asked.task_id for asked in standing if asked.status == OPEN and asked.fact not in names)
    rest = {asked.fact for asked in kept} | {asked.fact for asked in standing if _resting(asked, today)}
    free = [each for each in needed if each.fact not in rest]
    return Turn(closed, tuple(free[: max(0, MOST_OPEN - len(kept))]))


def _resting(asked: Asked, today: date) -> bool:
    return asked.ended is not None and (today - asked.ended).days < AGAIN_DAYS


def text(question: Wanted, titles: Mapping[str, str]) -> tuple[str, str]:
    """Title and detail of the task, as the worker reads them."""
    said = "、".join(f"“{label}”" for label in question.place.labels)
    about = "、".join(titles.get(rule, rule) for rule in question.rules[:6])
    more = f"等 {len(question.rules)} 项" if len(question.rules) > 6 else ""
    detail = f"{question.ask}\n在《{question.place.title}》中填写：{said}\n用于判断：{about}{more}"
    return f"核实：{question.label}"[:120], detail[:2000]


@dataclass(frozen=True, slots=True)
class Cycle:
    """A recurring visit that applies to a subject: by which rule, every how many months, with which form."""

    subject_id: str
    form_id: str
    rule_id: str
    title: str
    months: int


def shortest(cycles: Iterable[Cycle]) -> Iterator[Cycle]:
    """Where several rules ask for the same visit, the one that asks most often."""
    found: dict[tuple[str, str], Cycle] = {}
    for cycle in cycles:
        at = cycle.subject_id, cycle.form_id
        if at not in found or cycle.months < found[at].months:
            found[at] = cycle
    yield from found.values()


def due(months: int, last: datetime | None, since: date) -> date:
    """A period after the last visit, or after the schedule began."""
    return shift(last.astimezone(CHINA).date() if last else since, months, "MONTH")
