"""Taking a household off a phone (撤户): only after the phone's unsent work is in, and remembered until acknowledged."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from fieldsvc.accounts.rules import Actor
from fieldsvc.feed.models import Removal
from fieldsvc.feed.queries import Row
from fieldsvc.feed.rules import REVOKE, TABLES
from fieldsvc.households.queries import in_caseload
from fieldsvc.households.redirects import survivors
from fieldsvc.kit import clock
from fieldsvc.registry.queries import moved_from

from . import queries


@dataclass(frozen=True, slots=True)
class Ask:
    """What the phone said when it pulled: its cursor, and how many records it has not sent (None: it did not say)."""

    cursor: int
    pending: int | None


def revoked(rows: Iterable[Row], held: set[str]) -> dict[str, int]:
    """``{household id: seq}`` of the page's revocations that still stand."""
    return {row.record_id: row.seq for row in rows if row.op == REVOKE and row.record_id not in held}


def owe(session: Session, actor: Actor, found: dict[str, int]) -> None:
    """Remember for this device each revocation its page has passed; the cursor will not come by again."""
    for household, seq in found.items():
        key = (actor.county, actor.id, actor.device_id, household)
        standing = session.get(Removal, key)
        if standing is None:
            county, account, device, _ = key
            session.add(Removal(county_code=county, account_id=account, device_id=device, household_id=household,
                                revoked_seq=seq, records={}, at=clock.now(), done=False))  # fmt: skip
        elif standing.revoked_seq < seq:
            standing.revoked_seq, standing.sent_seq, standing.done = seq, None, False
    session.flush()


def settle(session: Session, actor: Actor, ask: Ask) -> list[Removal]:
    """Close what the cursor acknowledges or a new grant overtook; return what is to be sent now (nothing while the phone
    has unsent work or does not say)."""
    owed = queries.removals(session, actor)
    again = in_caseload(session, actor, [each.household_id for each in owed])
    for each in owed:
        each.done = each.household_id in again or (each.sent_seq is not None and ask.cursor >= each.sent_seq)
    open_still = [each for each in owed if not each.done]
    for each in open_still:
        each.sent_seq = None  # an answer given before was lost: a later cursor must not acknowledge it
    return open_still if ask.pending == 0 else []


def deletions(session: Session, actor: Actor, removals: list[Removal], timestamp: int) -> dict[str, list[str]]:
    """The ids to delete, by table. ``timestamp`` is the cursor that will acknowledge them."""
    found: dict[str, list[str]] = {}
    for each in removals:
        each.sent_seq = timestamp
        for table, ids in _held(session, actor, each.household_id).items():
            found.setdefault(table, []).extend(ids)
    return found


def _held(session: Session, actor: Actor, household: str) -> dict[str, list[str]]:
    """Ids of all a phone may hold of a household. Of one that was merged away also what went along, unless the survivor is the
    actor's."""
    found = queries.belongings(session, actor.county, household)
    led = survivors(session, actor.county, [household])
    if led and not in_caseload(session, actor, led.values()):
        for table, ids in moved_from(session, actor.county, [household]).get(household, {}).items():
            found[table] = [*found.get(table, ()), *ids] if table in TABLES else []
    return {table: ids for table, ids in found.items() if ids}
