"""The pull: one page of the feed as the phone's tables. Killing any page and asking again ends in the same state."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from fieldsvc.accounts.access import record_access
from fieldsvc.accounts.queries import caseload_accounts
from fieldsvc.accounts.rules import CLASSES, GENERAL, Actor
from fieldsvc.feed import queries as feed
from fieldsvc.feed.queries import Head, Row
from fieldsvc.feed.rules import EVERYBODY, LAST_CURSOR, NAME, TABLES, UPDATE
from fieldsvc.feed.service import take
from fieldsvc.forms import service as forms
from fieldsvc.households.queries import in_caseload
from fieldsvc.households.rules import is_minor
from fieldsvc.kit import clock
from fieldsvc.kit.site import Site
from fieldsvc.visits import quarantine
from fieldsvc.visits import service as visits

from . import documents, queries, removals
from .removals import Ask


@dataclass(slots=True)
class Page:
    """What one pull answers, and whose data it shows."""

    updated: dict[str, list[dict[str, Any]]]
    gone: dict[str, list[str]]
    timestamp: int
    epoch: str
    more: bool
    rows: list[Row]
    held: set[str]
    resync: bool


def pull(site: Site, actor: Actor, ask: Ask, epoch: str | None, limit: int) -> dict[str, Any]:
    """Answer one page. An unknown epoch, or a cursor from the future, starts again from the beginning: everything is
    sent as ``updated`` and nothing unsent is touched."""
    with site.db.read() as session:
        head = feed.head(session, site.county)
        resync = bool(ask.cursor) and (epoch not in (None, "", head.epoch) or ask.cursor > head.seq)
        if resync:
            ask = Ask(0, ask.pending)
        page = _read(session, site, actor, ask.cursor, head, limit, resync)
        owed = bool(queries.removals(session, actor))
    deleted = _write(site, actor, ask, page, owed)
    changes = {name: {"created": [], "updated": page.updated.get(name, []),
                      "deleted": [*page.gone.get(name, ()), *deleted.get(name, ())]} for name in TABLES}  # fmt: skip
    return {"changes": changes, "timestamp": page.timestamp, "epoch": page.epoch, "more": page.more, "resync": page.resync}


def _read(session: Session, site: Site, actor: Actor, cursor: int, head: Head, limit: int, resync: bool) -> Page:
    scopes = [*caseload_accounts(session, actor), EVERYBODY]
    rows = feed.page(session, site.county, scopes, cursor, head.seq, limit)
    more = len(rows) == limit
    held = in_caseload(session, actor, {r.household_id for r in rows if r.household_id})
    updated, gone = _documents(session, site, actor, rows, held)
    timestamp = rows[-1].seq if more else max(head.seq, 1)
    return Page(updated, gone, min(timestamp, LAST_CURSOR), head.epoch, more, rows, held, resync)


def _documents(
    session: Session, site: Site, actor: Actor, rows: list[Row], held: set[str]
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[str]]]:
    """Each record of the page once, as it is now, and the ids of those that are no longer the actor's to see: moved to another
    household, or of another class now. What left the caseload is left out (its removal is owed)."""
    wanted: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        if row.op == UPDATE and (row.household_id is None or row.household_id in held):
            wanted[NAME[row.tbl]][row.record_id] = None
    shown, gone = {}, {}
    for table, ids in wanted.items():
        if table == "forms":
            shown[table] = _forms(session, actor, list(ids))
            continue
        found = queries.by_ids(session, site.county, table, ids)
        visible = _visible(session, actor, table, found, held)
        gone[table] = [row.id for row in found if row not in visible]
        if table == "persons":  # merged into another: nobody else ever loses a person
            gone[table] += sorted(ids.keys() - {row.id for row in found})
        shown[table] = READERS.get(table, _plain)(session, site, table, visible)
        if table == "visits":
            shown[table] += _waiting(session, site, actor, ids.keys() - {row.id for row in found})
    return shown, gone


def _visible(session: Session, actor: Actor, table: str, rows: list[Any], held: set[str]) -> list[Any]:
    """Rows of the actor's classes whose household, as they stand now, is in the caseload."""
    homes = {row: row.id if table == "households" else row.household_id for row in rows}
    others = {home for home in homes.values() if home} - held
    held = held | in_caseload(session, actor, others) if others else held
    seen = CLASSES[actor.role]
    return [row for row, home in homes.items() if getattr(row, "klass", GENERAL) in seen and (home is None or home in held)]


def _plain(_session: Session, site: Site, table: str, rows: list[Any]) -> list[dict[str, Any]]:
    return [documents.PLAIN[table](row, site.vault) for row in rows]


def _visits(session: Session, site: Site, _table: str, rows: list[Any]) -> list[dict[str, Any]]:
    return [documents.visit(row, site.vault.open(row.answers_sealed, visits.COLUMN),
                            forms.compiled(session, site.county, row.form_id, row.form_version)) for row in rows]  # fmt: skip


def _waiting(session: Session, site: Site, actor: Actor, ids: set[str]) -> list[dict[str, Any]]:
    latest = {row.record_id: row for row in queries.set_aside_visits(session, actor, ids)} if ids else {}
    shown = []
    for row in latest.values():
        content = site.vault.open(row.content_sealed, quarantine.COLUMN)
        document = documents.waiting_visit(row, content, None)
        if document is not None:
            compiled = forms.compiled(session, site.county, str(document["form_id"]), str(document["form_version"]))
            shown.append(documents.waiting_visit(row, content, compiled))
    return [document for document in shown if document is not None]


def _forms(session: Session, actor: Actor, ids: list[str]) -> list[dict[str, Any]]:
    rows = queries.forms_by_ids(session, actor.county, ids)
    return [documents.form(row) for row in rows if row.klass in CLASSES[actor.role]]


READERS = {"visits": _visits}


def _write(site: Site, actor: Actor, ask: Ask, page: Page, owed: bool) -> dict[str, list[str]]:
    """The access row, and the removals this device is owed. A page that shows nobody and removes nothing writes nothing."""
    revoked = removals.revoked(page.rows, page.held)
    persons, households = _shown(page)
    if not (revoked or owed or persons or households):
        return {}
    with site.db.write() as session:
        record_access(session, actor, "pull", persons, households, minors=_minors(session, site.county, persons))
        removals.owe(session, actor, revoked)
        leaving = removals.settle(session, actor, ask) if owed or revoked else []
        if not leaving or not _acknowledgeable(session, site, ask, page):
            return {}
        return removals.deletions(session, actor, leaving, page.timestamp)


def _acknowledgeable(session: Session, site: Site, ask: Ask, page: Page) -> bool:
    """A removal is acknowledged by a cursor beyond the one it was asked with. At the head there is none, so a number is
    taken; if another transaction took one meanwhile, the phone must read that first, and is told to ask again."""
    if page.timestamp > ask.cursor:
        return True
    taken = take(session, site.county, 1)
    page.more = taken != page.timestamp + 1
    page.timestamp = page.timestamp if page.more else taken
    return not page.more


ABOUT = ("visits", "tasks", "alerts", "referrals")


def _shown(page: Page) -> tuple[set[str], set[str]]:
    """Persons and households of whom the page tells anything."""
    told = [record for table in ABOUT for record in page.updated.get(table, ())]
    persons = {p["id"] for p in page.updated.get("persons", ())} | {r["person_id"] for r in told if r["person_id"]}
    households = {h["id"] for h in page.updated.get("households", ())} | {r["household_id"] for r in told if r["household_id"]}
    return persons, households | {p["household_id"] for p in page.updated.get("persons", ())}


def _minors(session: Session, county: str, persons: set[str]) -> bool:
    """Whether someone under 14 is among them (reads of children's data are marked)."""
    births = queries.births(session, county, persons) if persons else ()
    return any(is_minor(born, clock.today()) for born in births)
