"""Entries that visits make by their answers (走访登记): the worker is not asked to write the same thing twice."""

from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.eligibility.vocabulary import Vocabulary
from fieldsvc.kit import clock

from . import queries
from .models import Plan
from .rules import TOLD_BY


def told(session: Session, plan: Plan, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """What visits since the plan began told of the fact its item is told by, in the words of the form."""
    fact = vocabulary.facts.get(TOLD_BY.get(plan.item, ""))
    if fact is None:
        return []
    made = []
    for row in queries.told(session, plan, fact.name):
        day = clock.aware(row.as_of).astimezone(clock.CHINA).date()
        if plan.starts_on is None or day >= plan.starts_on:
            what = [fact.choices.get(word, word) for word in str(row.value).split()]
            made.append({"n": None, "on": day.isoformat(), "what": what, "note": None, "signed_by": None, "visit_id": row.source_id,
                         "actor": "走访", "at": clock.show(row.as_of), "checked": None})  # fmt: skip
    return made
