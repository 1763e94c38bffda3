"""From a judged household to what workers should ask and when they should come: read from verdicts and what is unknown."""

from collections.abc import Container, Iterable, Iterator, Mapping
from fractions import Fraction

from fieldsvc.departments.load import Departments
from fieldsvc.eligibility.binding import Table, scalar
from fieldsvc.eligibility.explain import Explanation
from fieldsvc.eligibility.plan import Plan
from fieldsvc.eligibility.questions import unanswered
from fieldsvc.eligibility.rulebook import Rule

from .rules import Cycle, Place, Wanted, places, wanted

PERSON_VISIT, HOUSEHOLD_VISIT = "visit_due_person", "visit_due_household"
"""The ``signal`` of an indicator that asks for a visit each ``needs_parameter`` months, with the form ``source``."""


def answerable(departments: Departments) -> Mapping[str, Place]:
    """Where each fact is answered; kept with the departments."""
    kept: dict[str, Mapping[str, Place]] = departments.__dict__.setdefault("_answerable", {})
    if not kept:
        forms = [(form.id, form.title, form.klass, form.facts) for form in departments.forms]
        kept["places"] = places(forms, departments.vocabulary.facts)
    return kept["places"]


def to_ask(
    explanation: Explanation, departments: Departments, undecided: Container[tuple[str, str | None]] | None = None
) -> list[Wanted]:
    """``undecided``: see ``questions.unanswered``."""
    return wanted(unanswered(explanation, undecided), answerable(departments), explanation.household_id)


def schedules(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.signal in (PERSON_VISIT, HOUSEHOLD_VISIT))


def cycles(plan: Plan, household_id: str, fits: Iterable[tuple[str, str]]) -> Iterator[Cycle]:
    """``fits`` = (rule id, subject id) of the schedule rules that hold."""
    for rule_id, subject_id in fits:
        rule = plan.book.by_id[rule_id]
        months = scalar(plan, rule.needs_parameter)
        if isinstance(months, Table) or not isinstance(months, Fraction) or months < 1:
            continue
        subject = household_id if rule.signal == HOUSEHOLD_VISIT else subject_id
        yield Cycle(subject, rule.source, rule.id, rule.title, int(months))
