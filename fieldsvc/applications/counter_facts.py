"""What the applicant says at the counter: entered by the officer, where a visit would otherwise have to ask (一次申请，不重复询问)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import CHILD
from fieldsvc.eligibility.reading import stored
from fieldsvc.eligibility.vocabulary import Fact, Vocabulary
from fieldsvc.facts.service import record
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.ids import new_id

from .models import Application
from .service import Counter, into_chain, judged_anew, note_step, still_open

TOLD, SEPARATOR = "told", "--"


@dataclass(frozen=True, slots=True)
class Asked:
    """One fact that a tier of the proposal waits for; ``subject_id``: the household or the member it is asked of."""

    subject_id: str
    fact: Fact

    @property
    def key(self) -> str:
        return f"{self.fact.name}{SEPARATOR}{self.subject_id}"


def asked(application: Application, vocabulary: Vocabulary) -> list[Asked]:
    """In the proposal's order, once each; what only a child visit (儿童走访) may tell is not for the counter."""
    found = {(one.subject_id, one.fact.name): one for one in _missing(application.proposal, vocabulary)}
    return [one for one in found.values() if one.fact.sensitivity != CHILD]


def _missing(proposal: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[Asked]:
    for tier in proposal.get("tried", ()):
        for one in tier["missing"]:
            if fact := vocabulary.facts.get(one.get("fact", "")):
                yield Asked(one["subject_id"], fact)


def tell(session: Session, at: Counter, application_id: str, said: Mapping[str, str]) -> Application:
    """Enter answers (``{Asked.key: text}``; empty ones are left open) as the officer's, as of now, and judge again.

    Problems: 404; 409 when it is not open; 422 ``nothing-told``, ``bad-answer`` with the keys it is about.
    """
    application = still_open(session, at, application_id)
    wanted = [one for one in asked(application, at.departments.vocabulary) if said.get(one.key, "").strip()]
    if not wanted:
        raise Problem(422, "nothing-told", "请至少填写一项；不清楚的留空。")
    values = {one.key: stored(one.fact, said[one.key].strip()) for one in wanted}
    if wrong := [key for key, value in values.items() if value is None]:
        raise Problem(422, "bad-answer", "有的内容没有填好，见各项下的说明。", {"errors": dict.fromkeys(wrong, "不是这一项可以填的内容。")})
    _record(session, at, application, wanted, values)
    labels = {"facts": list(dict.fromkeys(one.fact.label for one in wanted))}
    note_step(session, application, TOLD, at.actor, labels)
    into_chain(session, application, "application_told", at.actor, labels)
    return judged_anew(session, at, application)


def _record(session: Session, at: Counter, application: Application, wanted: Iterable[Asked], values: Mapping[str, Any]) -> None:
    source, by_subject = new_id(), dict[str, dict[str, Any]]()
    for one in wanted:
        by_subject.setdefault(one.subject_id, {})[one.fact.name] = values[one.key]
    for subject, facts in by_subject.items():
        person = None if subject == application.household_id else subject
        record(session, application.county_code, application.household_id, person, facts, as_of=clock.now(), source_kind="officer",
               source_id=source, declared=at.departments.vocabulary.facts)  # fmt: skip
