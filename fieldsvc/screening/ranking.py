"""智能研判: households ranked by how much speaks for looking into them, each place with what it stands on. It decides nothing.

The model is a sum whose every term is shown: open alerts by severity, a tier that fits and is not recognised, hardship told at a visit.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.queries import scope
from fieldsvc.alerts.rules import CLOSED
from fieldsvc.eligibility.rulebook import RuleBook
from fieldsvc.eligibility.vocabulary import NO_TIER, TIER
from fieldsvc.facts import queries as facts
from fieldsvc.facts.rules import day_of
from fieldsvc.households.models import Household, Person
from fieldsvc.kit import clock

from .models import DeterminationRow
from .views import closed_to

SEVERITY = {"high": 3, "medium": 2, "low": 1}
PROPOSED = {"tekun": 4, "dibao": 3, "dibao_margin": 2, "rigid_expense": 2}
TOLD = {"distress": 3, "basic_life_hard": 3, "hardship_complex": 2, "still_in_hardship": 2, "public_event_hit": 1}
"""Points; a household's facts count where they are told as true and still known."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One term of the sum: an alert, a proposed tier or a fact, with where it comes from."""

    household_id: str
    points: int
    kind: str
    label: str
    subject_id: str
    source: str


def ranked(session: Session, actor: Actor, book: RuleBook, village: str | None, limit: int) -> list[dict[str, Any]]:
    """The households of the actor's region for which anything speaks, the most first."""
    prefix = village if village and village.startswith(actor.region) else actor.region
    found = [*_alerts(session, actor, prefix), *_proposals(session, actor, book, prefix)]
    found += _told(session, actor, book, {reason.household_id for reason in found})
    groups: dict[str, list[Reason]] = defaultdict(list)
    for reason in found:
        groups[reason.household_id].append(reason)
    order = sorted(groups, key=lambda home: (-sum(r.points for r in groups[home]), home))[:limit]
    homes = {h.id: h for h in session.scalars(select(Household).where(Household.county_code == actor.county, Household.id.in_(order)))}
    return [
        {"household_id": home, "household": homes[home].name, "village_code": homes[home].village_code,
         "points": sum(r.points for r in groups[home]), "reasons": [
             {"points": r.points, "kind": r.kind, "label": r.label, "subject_id": r.subject_id, "source": r.source}
             for r in sorted(groups[home], key=lambda r: -r.points)]}
        for home in order if home in homes
    ]  # fmt: skip


def _alerts(session: Session, actor: Actor, prefix: str) -> Iterable[Reason]:
    columns = Alert.household_id, Alert.severity, Alert.title, Alert.subject_id, Alert.id
    mine = Alert.county_code == actor.county, scope(session, actor), Alert.status != CLOSED, Alert.village_code.startswith(prefix)
    for home, severity, title, subject, alert in session.execute(select(*columns).where(*mine)):
        yield Reason(home, SEVERITY[severity], "alert", title, subject, alert)


def _proposals(session: Session, actor: Actor, book: RuleBook, prefix: str) -> Iterable[Reason]:
    """Persons nobody has recognised for whom the rules propose a tier."""
    if book.vocabulary.get(TIER) is None:
        return
    d, labels = DeterminationRow, book.vocabulary.get(TIER).choices  # type: ignore[union-attr]
    person = (Person.county_code == d.county_code) & (Person.id == d.subject_id)
    home = (Household.county_code == d.county_code) & (Household.id == d.household_id)
    mine = (d.county_code == actor.county, d.current, d.rule_set == book.hash, d.tier.in_(sorted(PROPOSED)),
            Household.village_code.startswith(prefix))  # fmt: skip
    columns = d.household_id, d.subject_id, d.tier, Person.tier.label("own"), Household.tier.label("shared")
    for row in session.execute(select(*columns).join(Person, person).join(Household, home).where(*mine)):
        if (row.own or row.shared or NO_TIER) == NO_TIER:
            said = f"现有情况符合：{labels.get(row.tier, row.tier)}"
            yield Reason(row.household_id, PROPOSED[row.tier], "tier", said, row.subject_id, "rules")


def _told(session: Session, actor: Actor, book: RuleBook, homes: set[str]) -> Iterable[Reason]:
    closed, today = closed_to(actor, book), clock.today()
    for home, known in facts.known(session, actor.county, homes).items():
        for name, points in TOLD.items():
            entry = known.document.get(name)
            if entry and entry[0] is True and name not in closed and book.vocabulary.still_known(name, day_of(entry), today):
                yield Reason(home, points, "fact", book.vocabulary.label(name), home, f"{entry[2]} {entry[3] or ''}".strip())
