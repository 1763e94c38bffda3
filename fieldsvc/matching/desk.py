"""What a page or the API asks for: lists of runs, one run with its counts, rows by state, deliveries. Each a few statements, and
each view of persons leaves an access row, which the caller writes (``seen``)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.departments.load import Departments
from fieldsvc.facts import queries as facts
from fieldsvc.facts.rules import day_of
from fieldsvc.households.queries import by_identity, household_names
from fieldsvc.households.rules import TIERS, BadIdentity, read_identity
from fieldsvc.households.viewing import record_view
from fieldsvc.kit import clock
from fieldsvc.kit.errors import Problem
from fieldsvc.kit.site import Site

from . import queries, service, views
from .ledgers import Ledgers, compare
from .models import MatchingRow
from .names import likeness
from .rules import APPLIED
from .settle import settle_by_officer


@dataclass(frozen=True, slots=True)
class Desk:
    """Who asks, where, under which departments."""

    site: Site
    actor: Actor
    departments: Departments

    def holder(self, duty: str) -> str:
        return service.holder(self.departments, duty)


def runs(
    session: Session, desk: Desk, feed: str | None = None, before: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Newest first, one statement."""
    found = queries.runs(session, desk.actor, service.own_duties(desk.actor, desk.departments), feed, before, limit)
    return [views.run(each) for each in found]


def run(session: Session, desk: Desk, run_id: str) -> dict[str, Any]:
    """A run with its counts in the actor's scope: three statements. Problem 404."""
    found = queries.visible_run(session, desk.actor, run_id, desk.holder)
    tally = queries.tally(session, desk.actor, found, desk.holder(found.duty))
    alerts = queries.new_alerts(session, desk.site.county, run_id) if found.state == APPLIED else None
    return views.run(found) | tally | {"new_alerts": alerts}


def rows(
    session: Session, desk: Desk, run_id: str, *, state: str | None = None, outcome: str | None = None, changed: bool = False,
    after: int = 0, limit: int = 50,
) -> tuple[list[dict[str, Any]], list[MatchingRow]]:  # fmt: skip
    """Rows as shown, and as they stand for ``seen``: three statements. Problem 404."""
    found = queries.visible_run(session, desk.actor, run_id, desk.holder)
    holder = desk.holder(found.duty)
    kept = queries.rows(
        session, desk.actor, found, holder, state=state, outcome=outcome, changed=changed, after=after, limit=limit
    )
    return shown(session, desk, kept), kept


def ledgers_of(session: Session, desk: Desk, run_id: str) -> Ledgers:
    """The run's list beside the register. Problem 404."""
    found = queries.visible_run(session, desk.actor, run_id, desk.holder)
    return compare(session, desk.actor, found, desk.holder(found.duty))


def shown(session: Session, desk: Desk, kept: list[MatchingRow]) -> list[dict[str, Any]]:
    homes = household_names(session, desk.site.county, views.persons_of(kept)[1])
    return [views.row(each, desk.actor, desk.site.vault, desk.departments.vocabulary, homes) for each in kept]


def seen(session: Session, desk: Desk, rows: list[MatchingRow], purpose: str = "matching-rows") -> None:
    """The access row of a view or an export."""
    persons, homes = views.persons_of(rows)
    record_view(session, desk.actor, purpose[:32], persons, homes)


def deliveries(session: Session, desk: Desk) -> list[dict[str, Any]]:
    """Each feed of the actor's with its last delivery and when the next is due: one statement."""
    return [views.delivery(each) for each in service.deliveries(session, desk.site, desk.actor, desk.departments)]


def settle(
    session: Session, desk: Desk, run_id: str, n: int, same: bool, person_id: str | None, note: str | None
) -> MatchingRow:
    """An officer's word on a doubtful row. Problems as ``settle.settle_by_officer``."""
    found = queries.visible_run(session, desk.actor, run_id, desk.holder)
    return settle_by_officer(
        session, desk.actor, desk.departments, run_id, n, same, person_id, note, desk.holder(found.duty)
    )


def look_up(session: Session, desk: Desk, number: str, name: str) -> tuple[dict[str, Any], Any]:
    """Whether somebody is on the register and under which tier since when, in place of a paper proof; for who knows both the
    number and the name. Nothing else is told. Problem 422 ``bad-number``."""
    try:
        wanted = read_identity(number, clock.today()).number
    except BadIdentity as why:
        raise Problem(422, "bad-number", str(why), {"errors": {"id_number": str(why)}}) from None
    person = by_identity(session, desk.site.county, desk.site.vault.index("identity", wanted))
    if person is None or not likeness(name, person.name):
        return {"found": False, "tier": None, "tier_label": None, "as_of": None}, None
    known = facts.known(session, desk.site.county, [person.id]).get(person.id)
    entry = known.document.get("recognised_tier") if known else None
    tier = entry[0] if entry else None
    told = {
        "found": True,
        "tier": tier,
        "tier_label": TIERS.get(tier or "none"),
        "as_of": day_of(entry).isoformat() if entry else None,
    }
    return told, person
