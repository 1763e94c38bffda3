"""避免重复采集: a form opens filled in with what is known already, whichever form, list or office told it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CHILD, CLASSES, Actor
from fieldsvc.eligibility.vocabulary import Fact, Vocabulary
from fieldsvc.facts import queries as facts
from fieldsvc.facts.derive import MEMBER_QUESTION
from fieldsvc.facts.rules import Document, day_of
from fieldsvc.forms.model import CompiledForm, Question
from fieldsvc.kit import clock


def prefill(
    session: Session, actor: Actor, form: CompiledForm, vocabulary: Vocabulary, household_id: str, persons: list[str], person: str | None
) -> dict[str, Any]:
    """``values`` as answers of the form (a repeat has a row for each member of whom anything is known); ``sources`` say from where.

    What is past its time is asked again. ``person``: whom the visit is about.
    """
    known = facts.known(session, actor.county, [household_id, *persons])
    reader = _Reader(actor, vocabulary, {subject: each.document for subject, each in known.items()})
    values = reader.answers(form, (), household_id, person)
    for repeat in (q for q in form.items if q.type == "repeat"):
        rows = [{MEMBER_QUESTION: p, **told} for p in persons if (told := reader.answers(form, (repeat.name,), household_id, p))]
        values |= {repeat.name: rows} if rows else {}
    return {"form_id": form.id, "version": form.version, "values": values, "sources": reader.sources}


class _Reader:
    def __init__(self, actor: Actor, vocabulary: Vocabulary, documents: Mapping[str, Document]):
        self.vocabulary, self.documents, self.child = vocabulary, documents, CHILD in CLASSES[actor.role]
        self.sources: list[dict[str, Any]] = []

    def answers(self, form: CompiledForm, repeats: tuple[str, ...], household: str, person: str | None) -> dict[str, Any]:
        made = {}
        for question in (q for q in form.items if q.save_to and q.repeats == repeats):
            fact = self.vocabulary.facts.get(question.save_to)
            subject = person if fact and (question.save_to_subject or fact.subject) == "person" else household
            if fact and subject and (answer := self._answer(fact, question, subject)) is not None:
                made[question.name] = answer
        return made

    def _answer(self, fact: Fact, question: Question, subject: str) -> Any:
        entry = self.documents.get(subject, {}).get(fact.name)
        if entry is None or (fact.sensitivity == CHILD and not self.child):
            return None
        if not self.vocabulary.still_known(fact.name, day_of(entry), clock.today()):
            return None
        answer = answer_of(fact, question, entry[0])
        if answer is not None:
            day = day_of(entry)
            self.sources.append({"question": question.name, "subject_id": subject, "as_of": day.isoformat() if day else None,
                                 "source_kind": entry[2], "source_id": entry[3]})  # fmt: skip
        return answer


def answer_of(fact: Fact, question: Question, value: Any) -> Any:
    """The fact's value as the question would be answered; None where it offers no such answer. Numbers stay exact text unless whole."""
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if question.type == "select_multiple":
        offered = {c.name for c in question.choices}
        return [word for word in str(value).split() if word in offered] or None
    if question.type == "select_one":
        return value if value in {c.name for c in question.choices} else None
    if fact.type in ("money", "number"):
        number = Decimal(str(value))
        return int(number) if number == number.to_integral_value() else str(number)
    return value
