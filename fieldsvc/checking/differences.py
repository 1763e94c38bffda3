"""Where the visit and the check differ (入户评估与信息核对不一致): the reviewer sees both words and chooses, with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CHILD, Actor
from fieldsvc.aidchain.service import append
from fieldsvc.eligibility.vocabulary import Vocabulary
from fieldsvc.facts import queries as facts
from fieldsvc.facts.rules import Entry, contradictions
from fieldsvc.facts.service import mark_dirty, record
from fieldsvc.kit import clock
from fieldsvc.kit.crypto import masked_text
from fieldsvc.kit.errors import Problem, not_found

from . import queries
from .models import Check, Choice
from .outbox import source_of
from .rules import DEPARTMENT, TAKEN, VISIT

OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact of which the visit and this check say different things; ``choice`` once the reviewer took one of these two words."""

    check_id: str
    person_id: str
    fact: str
    visit: Entry
    check: Entry
    choice: Choice | None

    @property
    def between(self) -> list[Any]:
        return [self.visit, self.check]

    def word(self, taken: str) -> Any:
        return (self.visit if taken == VISIT else self.check)[0]


def of_household(session: Session, county: str, household_id: str, vocabulary: Vocabulary) -> list[Difference]:
    """Every difference between the visits of a household and its checks, chosen or not."""
    checks = {source_of(one.id): one for one in queries.answered(session, county, household_id)}
    if not checks:
        return []
    taken = queries.choices(session, county, (one.id for one in checks.values()))
    subjects = {household_id, *(one.person_id for one in checks.values())}
    histories = facts.history(session, county, subjects)
    return [found for subject in sorted(subjects)
            for found in _of_subject(histories.get(subject, []), checks, taken, vocabulary)]  # fmt: skip


def _of_subject(
    history: list[Any], checks: Mapping[str, Check], taken: Mapping[tuple[str, str], Choice], vocabulary: Vocabulary
) -> list[Difference]:
    found = []
    for name, entries in contradictions(history, vocabulary.facts).items():
        words = {entry[2]: entry for entry in entries}
        visit, told = words.get(VISIT), words.get(DEPARTMENT)
        check = checks.get(told[3]) if told else None
        fact = vocabulary.facts.get(name)
        if (
            visit is None
            or told is None
            or check is None
            or visit[0] == told[0]
            or fact is None
            or fact.sensitivity == CHILD
        ):
            continue
        choice = taken.get((check.id, name))
        stands = choice if choice and choice.between == [visit, told] else None
        found.append(Difference(check.id, check.person_id, name, visit, told, stands))
    return found


def choose(
    session: Session, actor: Actor, check_id: str, fact: str, taken: str, reason: str, vocabulary: Vocabulary
) -> Choice:
    """Take one of the two words. The chosen value counts from now on as the officer's; both stay on record.

    Problems: 404; 409 ``no-difference``; 422 ``reason-missing``.
    """
    check = queries.visible(session, actor, check_id)
    mark_dirty(session, check.county_code, [check.household_id])
    all_of_it = of_household(session, check.county_code, check.household_id, vocabulary)
    found = next((one for one in all_of_it if (one.check_id, one.fact) == (check.id, fact)), None)
    if found is None:
        raise Problem(409, "no-difference", "这一项入户评估与信息核对没有不一致，不需要选择。")
    if taken not in TAKEN:
        raise not_found()
    if not reason.strip():
        raise Problem(422, "reason-missing", "请写明理由。", {"errors": {"reason": "必填"}})
    made = session.merge(Choice(
        county_code=check.county_code, check_id=check.id, fact=fact, taken=taken, between=found.between,
        reason=masked_text(reason.strip()), account_id=actor.id, at=clock.now(),
    ))  # fmt: skip
    record(session, check.county_code, check.household_id, check.person_id, {fact: found.word(taken)}, as_of=clock.now(),
           source_kind=OFFICER, source_id=f"{source_of(check.id)}:{actor.id}", declared=vocabulary.facts)  # fmt: skip
    append(session, check.county_code, check.household_id, "check_chosen", actor.name,
           {"check": check.id, "fact": fact, "taken": taken, "reason": made.reason}, person_id=check.person_id)  # fmt: skip
    return made


def refuse_unchosen(session: Session, county: str, household_id: str, vocabulary: Vocabulary) -> None:
    """Called before an application is decided. Problem 409 ``check-differs`` while a difference waits for a choice."""
    waiting = [one for one in of_household(session, county, household_id, vocabulary) if one.choice is None]
    if waiting:
        labels = "、".join(vocabulary.label(one.fact) for one in waiting)
        raise Problem(409, "check-differs", f"入户评估与信息核对不一致：{labels}。请先在核对报告中选择以哪一个为准并写明理由。",
                      {"checks": sorted({one.check_id for one in waiting})})  # fmt: skip
